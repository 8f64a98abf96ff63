"""What a run is for: the file for the device, figures and pictures."""

from kdgan_tf.deploy.conversion.converter import convert
from kdgan_tf.deploy.micro.interpreter import smallest_arena
from kdgan_tf.deploy.verification.verifier import verify
from kdgan_tf.gan import complexity
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs import report
from kdgan_tf.runtime.files import write_json
from kdgan_tf.runtime.scorer import Scorer
from kdgan_tf.runtime.versions import versions

_VERIFIED = 100


def publish(directory, config, images, teacher, student, strategy=None):
    """Convert the student, evaluate the file, write report and result.

    Args:
        directory: The `RunDirectory`; its phases are done.
        config: The `RunConfig`.
        images: `data.OneClassImages`.
        teacher: The trained teacher.
        student: The trained student.
        strategy: A `tf.distribute.Strategy` for quantisation-aware training.

    Raises:
        InputError: The file does not score as the student does, or gives all
            images one score; the disk is full.
    """
    sidecar = convert(
        student,
        directory.tflite,
        images.train,
        quantization=config.quantization,
        holdout=images.holdout,
        false_positive_rate=config.false_positive_rate,
        preprocessing=images.preprocessing,
        dataset=images.name,
        normal_class=images.normal_class,
        **_fine_tuning(config, strategy),
    )
    scores = {
        "teacher": teacher.score(images.test),
        "student": student.score(images.test),
        config.quantization: Scorer(directory.tflite).score(images.test),
    }
    verification = verify(
        directory.tflite, student, images.reference[:_VERIFIED]
    )
    records = {
        name: directory.record(name) or {}
        for name in (*("negatives", "teacher", "step1", "student", "alone"),)
    }
    report.write(
        directory,
        images,
        scores,
        {"teacher": teacher, "student": student},
        sidecar.threshold.value,
    )
    result = {
        "dataset": images.name,
        "normal_class": images.normal_class,
        "seed": config.seed,
        "versions": versions(),
        "recipe": {
            "rotation_accuracy": records["negatives"].get("rotation_accuracy"),
            "negatives": student.config.negatives,
            "score": student.config.score,
        },
        "teacher": _size(teacher) | records["teacher"],
        "student": {
            **_size(student),
            "auroc": records["student"]["auroc"],
            "seconds": records["step1"]["seconds"]
            + records["student"]["seconds"],
            "auroc_step1": records["step1"]["auroc"],
            "auroc_alone": records["alone"].get("auroc"),
        },
        "compression": complexity.compression(teacher, student),
        "tflite": {
            "auroc": auroc(scores[config.quantization], images.anomalous),
            "bytes": sidecar.model_bytes,
            "arena_bytes": smallest_arena(directory.tflite.read_bytes()),
            "quantization": config.quantization,
            "threshold": sidecar.threshold.value,
            "verified": verification.passed,
        },
    }
    curves = {
        name: record["epochs"]
        for name, record in records.items()
        if "epochs" in record
    }
    if curves:
        result["diagnostics"] = {"test_auroc_after_epoch": curves}
    write_json(directory.result, result)


def _fine_tuning(config, strategy):
    """How the student is made ready for 8 bits, where it is asked for."""
    if config.quantization != "qat_int8":
        return {}
    return {
        "distillation": config.step1,
        "seed": config.seed,
        "strategy": strategy,
    }


def _size(model):
    return {
        "parameters": complexity.parameters(model),
        "macs": complexity.multiply_accumulates(model),
    }
