"""Train a teacher, distil it into a student in two steps, convert, report.

    python tools/train.py --flagfile=mnist.flags --output_dir=runs/mnist

Run the same command again after an interruption: it goes on where it stopped.
"""

import dataclasses
import sys
from pathlib import Path

from kdgan_tf.commands import command_line, data_flags


def _define(flag):
    flag.string("output_dir", None, "the run directory", required=True)
    flag.string("teacher", None, "preset; by default the data set's")
    flag.string("student", None, "preset; by default the data set's")
    flag.string(
        "teacher_from", None, "run directory whose finished teacher to take"
    )
    flag.integer("teacher_epochs", 6, "epochs of the teacher")
    flag.integer("step1_epochs", 6, "epochs of distillation step 1")
    flag.integer("step2_epochs", 1, "epochs of step 2; 0 leaves it out")
    flag.integer("batch_size", 16, "images a step, over all replicas")
    flag.integer(
        "steps_per_execution",
        1,
        "steps a call of TensorFlow, at most; changes no result",
        lower_bound=1,
    )
    flag.float("learning_rate", 1e-3, "teacher and step 1: first rate")
    flag.float("step2_learning_rate", 1e-4, "step 2: first rate")
    flag.float("distill_latent", 100.0, "w1, weight of the first latents")
    flag.float("distill_reconstruction", 5.0, "wx, of reconstructions")
    flag.float(
        "distill_reconstruction_latent",
        100.0,
        "w2, weight of the second latents",
    )
    flag.float("distill_score", 10.0, "weight of the anomaly distances")
    flag.bool("step1_train_teacher", False, "train the teacher in step 1")
    flag.bool("step1_student_gan_loss", True, "own GAN loss in step 1")
    flag.bool("step2_train_teacher", True, "train the teacher in step 2")
    flag.bool("step2_student_gan_loss", True, "own GAN loss in step 2")
    flag.bool("distill_negatives", True, "imitate on turned normal images too")
    flag.float(
        "upright_accuracy",
        0.0,
        "leave out negatives where rotations are told less often than this",
    )
    flag.enum(
        "score_without_rotation",
        "both",
        ["latent", "reconstruction", "both"],
        "the score where rotation is left out",
    )
    flag.bool("student_alone", False, "also train one without a teacher")
    flag.bool(
        "epoch_auroc",
        False,
        "test AUROC after every student epoch, a diagnostic",
    )
    flag.float(
        "false_positive_rate",
        0.05,
        "share of normal images that may be rejected",
    )
    flag.enum(
        "quantization",
        "int8",
        ["float32", "float16", "dynamic", "int8", "qat_int8"],
        "recipe of the .tflite file",
    )
    flag.bool("deterministic", False, "bit-identical repetition")
    flag.enum(
        "strategy",
        "default",
        ["default", "one_device", "mirrored", "multi_worker_mirrored"],
        "on which devices: TensorFlow's choice, the first GPU, all GPUs, those "
        "of every process in TF_CONFIG",
    )
    flag.bool(
        "synchronized_batch_norm", True, "take its statistics over all replicas"
    )
    flag.enum(
        "mixed_precision",
        "none",
        ["none", "float16", "bfloat16"],
        "compute in half precision while training",
    )
    flag.integer(
        "logical_cpus",
        0,
        "split the CPU into so many devices, to try --strategy=mirrored on",
        lower_bound=0,
    )
    flag.integer("threads", 0, "threads to compute with, 0: all cores")
    flag.enum(
        "jit_compile", "auto", ["auto", "true", "false"], "compile with XLA"
    )
    data_flags.define(flag)


def main(values):
    """Flags to library call, result to the terminal."""
    # Before the images are read: several processes join first of all.
    strategy = _strategy(values)
    from kdgan_tf.runs import report
    from kdgan_tf.runs.progressive import ProgressiveRun
    from kdgan_tf.runtime.files import write_text

    images = data_flags.load_images(values)
    for note in images.notes:
        print(f"images: {note}", flush=True)
    run = ProgressiveRun(
        _config(values, images),
        images,
        values.output_dir,
        teacher_from=values.teacher_from,
        strategy=strategy,
        verbose=1 if sys.stdout.isatty() else 2,
    )
    if not run.workers.is_chief:
        run.run()
        print("finished; the chief has written the results")
        return
    write_text(
        Path(values.output_dir) / "flags.txt", command_line.flagfile(values)
    )
    print(report.table(run.run()))
    print(f"written to {values.output_dir}")


def _strategy(values):
    tf = command_line.load_tensorflow()
    from kdgan_tf.training import distribution

    # Within an operation, and of operations side by side.
    tf.config.threading.set_intra_op_parallelism_threads(values.threads)
    tf.config.threading.set_inter_op_parallelism_threads(values.threads)
    if values.deterministic:
        tf.config.experimental.enable_op_determinism()
    if values.logical_cpus:
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * values.logical_cpus,
        )
    return distribution.strategy(values.strategy)


def _config(values, images):
    from kdgan_tf.distillation.config import DistillationConfig
    from kdgan_tf.gan import presets
    from kdgan_tf.runs.config import RunConfig
    from kdgan_tf.training.config import PhaseConfig

    shape = images.preprocessing.image_shape
    family = presets.family_for(images.name, shape)
    weights = {
        "latent_weight": values.distill_latent,
        "reconstruction_weight": values.distill_reconstruction,
        "reconstruction_latent_weight": values.distill_reconstruction_latent,
        "score_weight": values.distill_score,
        "negatives": values.distill_negatives,
    }
    teacher, student = (
        dataclasses.replace(
            presets.named(name, shape),
            synchronized_batch_norm=values.synchronized_batch_norm,
        )
        for name in (
            values.teacher or f"{family}_teacher",
            values.student or f"{family}_student",
        )
    )
    steps = (values.batch_size, values.steps_per_execution)
    return RunConfig(
        teacher=teacher,
        student=student,
        teacher_phase=PhaseConfig(
            values.teacher_epochs, values.learning_rate, *steps
        ),
        step1_phase=PhaseConfig(
            values.step1_epochs, values.learning_rate, *steps
        ),
        step2_phase=PhaseConfig(
            values.step2_epochs, values.step2_learning_rate, *steps
        ),
        step1=DistillationConfig(
            **weights,
            train_teacher=values.step1_train_teacher,
            student_gan_loss=values.step1_student_gan_loss,
        ),
        step2=DistillationConfig(
            **weights,
            train_teacher=values.step2_train_teacher,
            student_gan_loss=values.step2_student_gan_loss,
        ),
        student_alone=values.student_alone,
        upright_accuracy=values.upright_accuracy,
        score_without_rotation=values.score_without_rotation,
        epoch_auroc=values.epoch_auroc,
        seed=values.seed,
        false_positive_rate=values.false_positive_rate,
        quantization=values.quantization,
        jit_compile={"auto": "auto", "true": True, "false": False}[
            values.jit_compile
        ],
        mixed_precision=values.mixed_precision,
    )


run = command_line.Command(__doc__, _define, main)
