"""Train a teacher, distil it into a student in two steps, convert, report.

    python tools/train.py --flagfile=mnist.flags --output_dir=runs/mnist

Run the same command again after an interruption: it goes on where it stopped.
"""

import dataclasses
import sys
from pathlib import Path

import _command_line
import _data_flags
from absl import flags

flags.DEFINE_string("output_dir", None, "the run directory", required=True)
flags.DEFINE_string("teacher", None, "preset; by default the data set's")
flags.DEFINE_string("student", None, "preset; by default the data set's")
flags.DEFINE_string(
    "teacher_from", None, "run directory whose finished teacher to take"
)
flags.DEFINE_integer("teacher_epochs", 6, "epochs of the teacher")
flags.DEFINE_integer("step1_epochs", 6, "epochs of distillation step 1")
flags.DEFINE_integer("step2_epochs", 1, "epochs of step 2; 0 leaves it out")
flags.DEFINE_integer("batch_size", 16, "images a step, over all replicas")
flags.DEFINE_integer(
    "steps_per_execution",
    1,
    "steps a call of TensorFlow, at most; changes no result",
    lower_bound=1,
)
flags.DEFINE_float("learning_rate", 1e-3, "teacher and step 1: first rate")
flags.DEFINE_float("step2_learning_rate", 1e-4, "step 2: first rate")
flags.DEFINE_float("distill_latent", 100.0, "w1, weight of the first latents")
flags.DEFINE_float("distill_reconstruction", 5.0, "wx, of reconstructions")
flags.DEFINE_float(
    "distill_reconstruction_latent", 100.0, "w2, weight of the second latents"
)
flags.DEFINE_float("distill_score", 10.0, "weight of the anomaly distances")
flags.DEFINE_bool("step1_train_teacher", False, "train the teacher in step 1")
flags.DEFINE_bool("step1_student_gan_loss", True, "own GAN loss in step 1")
flags.DEFINE_bool("step2_train_teacher", True, "train the teacher in step 2")
flags.DEFINE_bool("step2_student_gan_loss", True, "own GAN loss in step 2")
flags.DEFINE_bool(
    "distill_negatives", True, "imitate on turned normal images too"
)
flags.DEFINE_float(
    "upright_accuracy",
    0.0,
    "leave out negatives where rotations are told less often than this",
)
flags.DEFINE_enum(
    "score_without_rotation",
    "both",
    ["latent", "reconstruction", "both"],
    "the score where rotation is left out",
)
flags.DEFINE_bool("student_alone", False, "also train one without a teacher")
flags.DEFINE_bool(
    "epoch_auroc", False, "test AUROC after every student epoch, a diagnostic"
)
flags.DEFINE_float(
    "false_positive_rate", 0.05, "share of normal images that may be rejected"
)
flags.DEFINE_enum(
    "quantization",
    "int8",
    ["float32", "float16", "dynamic", "int8", "qat_int8"],
    "recipe of the .tflite file",
)
flags.DEFINE_bool("deterministic", False, "bit-identical repetition")
flags.DEFINE_enum(
    "strategy",
    "default",
    ["default", "one_device", "mirrored", "multi_worker_mirrored"],
    "on which devices: TensorFlow's choice, the first GPU, all GPUs, those of "
    "every process in TF_CONFIG",
)
flags.DEFINE_bool(
    "synchronized_batch_norm", True, "take its statistics over all replicas"
)
flags.DEFINE_enum(
    "mixed_precision",
    "none",
    ["none", "float16", "bfloat16"],
    "compute in half precision while training",
)
flags.DEFINE_integer(
    "logical_cpus",
    0,
    "split the CPU into so many devices, to try --strategy=mirrored on",
    lower_bound=0,
)
flags.DEFINE_integer("threads", 0, "threads to compute with, 0: all cores")
flags.DEFINE_enum(
    "jit_compile", "auto", ["auto", "true", "false"], "compile with XLA"
)
flags.adopt_module_key_flags(_data_flags)
FLAGS = flags.FLAGS


def main():
    """Flags to library call, result to the terminal."""
    from kdgan_tf.runs import report
    from kdgan_tf.runs.progressive import ProgressiveRun
    from kdgan_tf.runtime.files import write_text

    # Before the images are read: several processes join first of all.
    strategy = _strategy()
    images = _data_flags.load_images()
    run = ProgressiveRun(
        _config(images),
        images,
        FLAGS.output_dir,
        teacher_from=FLAGS.teacher_from,
        strategy=strategy,
        verbose=1 if sys.stdout.isatty() else 2,
    )
    if not run.workers.is_chief:
        run.run()
        print("finished; the chief has written the results")
        return
    write_text(Path(FLAGS.output_dir) / "flags.txt", _flagfile())
    print(report.table(run.run()))
    print(f"written to {FLAGS.output_dir}")


def _strategy():
    import tensorflow as tf

    from kdgan_tf.training import distribution

    # Within an operation, and of operations side by side.
    tf.config.threading.set_intra_op_parallelism_threads(FLAGS.threads)
    tf.config.threading.set_inter_op_parallelism_threads(FLAGS.threads)
    if FLAGS.deterministic:
        tf.config.experimental.enable_op_determinism()
    if FLAGS.logical_cpus:
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * FLAGS.logical_cpus,
        )
    return distribution.strategy(FLAGS.strategy)


def _flagfile():
    """The value of every flag of this command, usable as a flagfile."""
    ours = FLAGS.get_key_flags_for_module(sys.argv[0])
    lines = [flag.serialize() for flag in ours if flag.value is not None]
    return "".join(f"{line}\n" for line in sorted(lines))


def _config(images):
    from kdgan_tf.distillation.config import DistillationConfig
    from kdgan_tf.gan import presets
    from kdgan_tf.runs.config import RunConfig
    from kdgan_tf.training.config import PhaseConfig

    shape = images.preprocessing.image_shape
    family = presets.family_for(images.name, shape)
    weights = {
        "latent_weight": FLAGS.distill_latent,
        "reconstruction_weight": FLAGS.distill_reconstruction,
        "reconstruction_latent_weight": FLAGS.distill_reconstruction_latent,
        "score_weight": FLAGS.distill_score,
        "negatives": FLAGS.distill_negatives,
    }
    teacher, student = (
        dataclasses.replace(
            presets.named(name, shape),
            synchronized_batch_norm=FLAGS.synchronized_batch_norm,
        )
        for name in (
            FLAGS.teacher or f"{family}_teacher",
            FLAGS.student or f"{family}_student",
        )
    )
    steps = (FLAGS.batch_size, FLAGS.steps_per_execution)
    return RunConfig(
        teacher=teacher,
        student=student,
        teacher_phase=PhaseConfig(
            FLAGS.teacher_epochs, FLAGS.learning_rate, *steps
        ),
        step1_phase=PhaseConfig(
            FLAGS.step1_epochs, FLAGS.learning_rate, *steps
        ),
        step2_phase=PhaseConfig(
            FLAGS.step2_epochs, FLAGS.step2_learning_rate, *steps
        ),
        step1=DistillationConfig(
            **weights,
            train_teacher=FLAGS.step1_train_teacher,
            student_gan_loss=FLAGS.step1_student_gan_loss,
        ),
        step2=DistillationConfig(
            **weights,
            train_teacher=FLAGS.step2_train_teacher,
            student_gan_loss=FLAGS.step2_student_gan_loss,
        ),
        student_alone=FLAGS.student_alone,
        upright_accuracy=FLAGS.upright_accuracy,
        score_without_rotation=FLAGS.score_without_rotation,
        epoch_auroc=FLAGS.epoch_auroc,
        seed=FLAGS.seed,
        false_positive_rate=FLAGS.false_positive_rate,
        quantization=FLAGS.quantization,
        jit_compile={"auto": "auto", "true": True, "false": False}[
            FLAGS.jit_compile
        ],
        mixed_precision=FLAGS.mixed_precision,
    )


if __name__ == "__main__":
    _command_line.run(main)
