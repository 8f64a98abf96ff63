"""Check a `.tflite` file against its sidecar, its model and its runtimes.

    python tflite/verify.py student.tflite
    python tflite/verify.py student.tflite --against=student.keras \\
        --dataset=mnist --normal_class=8 --max_bytes=65536 --max_arena=32768

Prints a table; exit status 1 when a check fails. With a data set it takes test
images and compares AUROC, otherwise the images in the sidecar.
"""

import numpy as np

from kdgan_tf.commands import command_line, data_flags
from kdgan_tf.runtime.errors import InputError


def _define(flag):
    flag.string("model", None, "the .tflite file", required=True)
    flag.string("against", None, "the .keras file it was made of")
    flag.integer(
        "max_bytes", None, "most that the file may take", lower_bound=1
    )
    flag.integer(
        "max_arena", None, "most bytes of TFLite Micro's arena", lower_bound=1
    )
    flag.integer("images", 1000, "how many test images to score", lower_bound=2)
    data_flags.define(flag)


def main(values):
    """Flags to library call, table to the terminal."""
    from kdgan_tf.deploy import verify

    model = images = anomalous = None
    if values.against:
        command_line.load_tensorflow()
        from kdgan_tf.runs.models import load_gan

        model = load_gan(values.against)
    if values["dataset"].present:
        images, anomalous = _test_images(values)
    result = verify(
        values.model,
        model,
        images,
        anomalous=anomalous,
        max_bytes=values.max_bytes,
        max_arena=values.max_arena,
    )
    print(result)
    if not result.passed:
        names = ", ".join(check.name for check in result.failures)
        raise InputError(f"{values.model} failed: {names}")


def _test_images(values):
    """The first test images in an order that the seed fixes."""
    images = data_flags.load_images(values)
    if not len(images.test):
        raise InputError(
            "Expected test images to verify with, found none. Name their "
            "folder with --test_dir."
        )
    order = np.random.default_rng(values.seed).permutation(len(images.test))
    chosen = np.sort(order[: values.images])
    return images.test[chosen], images.anomalous[chosen]


run = command_line.Command(__doc__, _define, main, first="model")
