"""What a run is for: the file for the device, figures and pictures."""

import functools

from kdgan_tf.deploy.micro.interpreter import smallest_arena
from kdgan_tf.deploy.page.writer import write_page
from kdgan_tf.deploy.verification.verifier import verify
from kdgan_tf.gan import complexity
from kdgan_tf.runs import report
from kdgan_tf.runs.alarms import alarms
from kdgan_tf.runs.baselines import LABELS, baseline_scores
from kdgan_tf.runs.delivery import deliver
from kdgan_tf.runs.evaluation_set import (
    SYNTHETIC,
    TEST,
    best_set,
    evaluation_sets,
)
from kdgan_tf.runs.knowledge import knowledge
from kdgan_tf.runs.remarks import remarks
from kdgan_tf.runs.report_page import write_pages
from kdgan_tf.runtime.files import write_json
from kdgan_tf.runtime.scorer import Scorer
from kdgan_tf.runtime.versions import versions

_VERIFIED = 100
_PHASES = ("negatives", "augmentations", "teacher", "step1", "student", "alone")
_AUROC = {TEST: "auroc", SYNTHETIC: "synthetic_auroc"}


def publish(
    directory,
    config,
    images,
    teacher,
    student,
    strategy=None,
    synthetic=None,
):
    """Convert the student, evaluate the file, write report and result.

    A file that does not score as the student does is made again by another
    recipe; where none holds, the result has no file and says why.

    Args:
        directory: The `RunDirectory`; its phases are done.
        config: The `RunConfig`.
        images: `data.OneClassImages`.
        teacher: The trained teacher.
        student: The trained student.
        strategy: A `tf.distribute.Strategy` for quantisation-aware training.
        synthetic: Defects (k, side, side, c), uint8, made from held-out
            normal images.

    Raises:
        InputError: The disk is full.
    """
    known = (
        {}
        if synthetic is None
        else knowledge(teacher, student, images.reference, synthetic)
    )
    sidecar, failures = deliver(
        student,
        directory.tflite,
        images.train,
        quantization=config.quantization,
        fine_tuning=_fine_tuning(config, strategy),
        holdout=images.holdout,
        false_positive_rate=config.false_positive_rate,
        preprocessing=images.preprocessing,
        dataset=images.name,
        normal_class=images.normal_class,
        anomaly_map=True,
        evidence=known or None,
    )
    score = {"teacher": teacher.score, "student": student.score}
    scorer = Scorer(directory.tflite) if sidecar else None
    if scorer:
        score["tflite"] = functools.partial(scorer.score, fitted=True)
    sets = evaluation_sets(images, synthetic)
    shown = best_set(sets, images)
    scores = {
        found.source: {name: score[name](found.images) for name in score}
        for found in (sets or [shown])
    }
    report.write(
        directory,
        shown,
        scores[shown.source],
        {"teacher": teacher, "student": student},
        sidecar,
        _steps(config, len(images.train)),
    )
    records = {name: directory.record(name) or {} for name in _PHASES}
    figures = {
        name: {
            key: next(
                (
                    found.auroc(scores[source][name])
                    for found in sets
                    if found.source == source and name in score
                ),
                None,
            )
            for source, key in _AUROC.items()
        }
        for name in ("teacher", "student", "tflite")
    }
    result = {
        "dataset": images.name,
        "normal_class": images.normal_class,
        "seed": config.seed,
        "versions": versions(),
        "images": _images(images),
        "recipe": {
            "rotation_accuracy": records["negatives"].get("rotation_accuracy"),
            "negatives": student.config.negatives,
            "symmetry_accuracies": records["augmentations"],
            "augmentations": student.config.augmentations,
            "input_spreads": student.config.input_spreads,
            "score": student.config.score,
        },
        "teacher": _size(teacher) | figures["teacher"] | records["teacher"],
        "student": {
            **_size(student),
            **figures["student"],
            "auroc": records["student"]["auroc"],
            "seconds": records["step1"]["seconds"]
            + records["student"]["seconds"],
            # Not in the records of earlier versions.
            "device": records["student"].get("device"),
            "auroc_step1": records["step1"]["auroc"],
            "auroc_alone": records["alone"].get("auroc"),
        },
        "evidence": known,
        "compression": complexity.compression(teacher, student),
        "tflite": {
            **figures["tflite"],
            **_file(directory, sidecar, student, images),
            "failures": failures,
        },
        "kinds": shown.by_kind(
            [*scores[shown.source].values()][-1],
            sidecar.threshold.value if sidecar else None,
        ),
        "baselines": _baselines(images, sets, config.seed),
        **alarms(
            config.false_positive_rate,
            images,
            shown,
            scores[shown.source].get("tflite"),
            score.get("tflite"),
            sidecar,
        ),
    }
    result["warnings"] = remarks(result, _steps(config, len(images.train)))
    curves = {
        name: record["epochs"]
        for name, record in records.items()
        if "epochs" in record
    }
    if curves:
        result["diagnostics"] = {"test_auroc_after_epoch": curves}
    if sidecar:
        write_page(directory.tflite, directory.demo)
    write_pages(directory, result, scorer, images, shown, scores[shown.source])
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


def _images(images):
    """How many images of each kind there were, and what was said of them."""
    anomalies = int(images.anomalous.sum())
    return {
        "train": len(images.train),
        "held_out": len(images.holdout),
        "test_normal": len(images.test) - anomalies,
        "test_anomalous": anomalies,
        "outliers": 0 if images.outliers is None else len(images.outliers),
        "notes": [*images.notes],
    }


def _file(directory, sidecar, student, images):
    """What there is to say of the `.tflite`; all `None` where there is none."""
    if sidecar is None:
        names = ("bytes", "arena_bytes", "quantization", "threshold")
        return {**dict.fromkeys(names), "verified": False}
    verification = verify(
        directory.tflite, student, images.reference[:_VERIFIED]
    )
    return {
        "bytes": sidecar.model_bytes,
        "arena_bytes": _arena(directory, sidecar),
        "quantization": sidecar.quantization,
        "threshold": sidecar.threshold.value,
        "verified": verification.passed,
    }


def _arena(directory, sidecar):
    """Bytes of arena; `None` of a file that no microcontroller takes."""
    if not sidecar.integer and sidecar.quantization != "float32":
        return None
    return smallest_arena(directory.tflite.read_bytes())


def _baselines(images, sets, seed):
    """AUROC of what needs no network, on the best set there is."""
    nothing = dict.fromkeys(LABELS)
    if not sets:
        return {**nothing, "measured_on": None}
    source = sets[0].source
    if source == SYNTHETIC and images.reference is images.train:
        # They know by heart what they would be asked about.
        return {**nothing, "measured_on": source}
    found = baseline_scores(images.train, sets[0].images, seed)
    return {
        **{name: sets[0].auroc(scores) for name, scores in found.items()},
        "measured_on": source,
    }


def _steps(config, count):
    """Training steps by phase, for so many images."""
    phases = {
        "teacher": config.teacher_phase,
        "step1": config.step1_phase,
        "step2": config.step2_phase,
    }
    return {name: phase.total_steps(count) for name, phase in phases.items()}
