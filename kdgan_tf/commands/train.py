"""Train a teacher, distil it into a student in two steps, convert, report.

    python tools/train.py --flagfile=mnist.flags --output_dir=runs/mnist

Run the same command again after an interruption: it goes on where it stopped.
"""

import dataclasses
from pathlib import Path

from kdgan_tf.commands import command_line, data_flags
from kdgan_tf.runtime.errors import InputError, printable

# How often an upright must be told in images of one's own.
UPRIGHT_ACCURACY = 0.99


def _define(flag):
    flag.string("output_dir", None, "the run directory", required=True)
    flag.string("teacher", None, "preset; by default the data set's")
    flag.string("student", None, "preset; by default the data set's")
    flag.enum(
        "student_budget",
        None,
        ["tiny", "small", "medium"],
        "how much the student may cost, about 0.5, 2 or "
        "8 million multiply-accumulates, 110, 160 or 400 KB, 48, 64 or 160 KB "
        "of arena; for parts",
    )
    flag.string(
        "teacher_from", None, "run directory whose finished teacher to take"
    )
    flag.string(
        "outliers_dir",
        None,
        "unrelated images, none of them normal, that training is to call "
        "anomalous: outlier exposure, another protocol than one-class",
    )
    flag.bool("verbose", False, "the losses of every epoch, as Keras says them")
    flag.bool("deterministic", False, "bit-identical repetition")
    flag.enum(
        "strategy",
        "default",
        ["default", "one_device", "mirrored", "multi_worker_mirrored"],
        "on which devices: TensorFlow's choice, the first GPU, all GPUs, those "
        "of every process in TF_CONFIG",
    )
    flag.integer(
        "logical_cpus",
        0,
        "split the CPU into so many devices, to try --strategy=mirrored on",
        lower_bound=0,
    )
    flag.integer("threads", 0, "threads to compute with, 0: all cores")
    # The configs' fields are the flags, and these load TensorFlow.
    command_line.load_tensorflow()
    from kdgan_tf.commands import run_flags
    from kdgan_tf.data import augmentation
    from kdgan_tf.gan.evidence import KINDS

    flag.list(
        "evidence",
        None,
        f"what the score is made of, among {', '.join(KINDS)}; by default what "
        "the presets name",
    )
    flag.list(
        "augmentations",
        None,
        "what leaves a normal image normal, among "
        f"{', '.join(augmentation.KINDS)}; by default what the teacher's "
        "preset names, less the symmetries that --symmetry_accuracy leaves out",
    )
    data_flags.define(flag, seed="Of initial weights and the order of images.")
    run_flags.define(flag, elsewhere=data_flags.names())


def main(values):
    """Flags to library call, result to the terminal."""
    # Before the images are read: several processes join first of all.
    strategy = _strategy(values)
    from kdgan_tf.data.outliers import with_outliers
    from kdgan_tf.runs import report
    from kdgan_tf.runs.progressive import ProgressiveRun
    from kdgan_tf.runtime.files import write_text

    images = data_flags.load_images(values)
    if values.outliers_dir:
        images = with_outliers(images, values.outliers_dir)
    for note in images.notes:
        print(f"images: {printable(note)}", flush=True)
    run = ProgressiveRun(
        config(values, images),
        images,
        values.output_dir,
        teacher_from=values.teacher_from,
        strategy=strategy,
        verbose=2 if values.verbose else "auto",
    )
    if not run.workers.is_chief:
        run.run()
        print("finished; the chief has written the results")
        return
    write_text(
        Path(values.output_dir) / "flags.txt", command_line.flagfile(values)
    )
    result = run.run()
    print(report.table(result))
    print(f"written to {values.output_dir}")
    # Last, where they are seen.
    for warning in result.get("warnings", []):
        print(f"warning: {warning}")
    if result["tflite"]["bytes"] is None:
        raise InputError(
            "Expected a .tflite file that scores as the student does, and no "
            "recipe gave one: see the warnings above. The models and the "
            f"report are in {values.output_dir}."
        )


def _strategy(values):
    tf = command_line.load_tensorflow()
    from kdgan_tf.training import distribution

    if values.threads:
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


def config(values, images):
    """The `RunConfig` that the flags stand for, for these images."""
    from kdgan_tf.commands import run_flags
    from kdgan_tf.gan import presets

    shape = images.preprocessing.image_shape
    family = presets.family_for(images.name, shape)
    student = values.student or f"{family}_student"
    if values.student_budget:
        student = presets.of_budget(student, values.student_budget)
    teacher = values.teacher or f"{family}_teacher"
    networks = [presets.named(name, shape) for name in (teacher, student)]
    found = run_flags.config(values, *networks)
    if images.name == "folder" and not values["upright_accuracy"].present:
        # Nobody has said that parts of one's own have an upright.
        found = dataclasses.replace(found, upright_accuracy=UPRIGHT_ACCURACY)
    if values.augmentations is not None:
        found = found.with_augmentations(values.augmentations)
    if values.evidence is not None:
        found = found.with_evidence(values.evidence)
    if images.outliers is not None:
        found = found.with_outliers()
    return found


run = command_line.Command(__doc__, _define, main)
