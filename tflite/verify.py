"""Check a `.tflite` file against its sidecar, its model and its runtimes.

    python tflite/verify.py student.tflite
    python tflite/verify.py student.tflite --against=student.keras \\
        --dataset=mnist --normal_class=8 --max_bytes=65536 --max_arena=32768

Prints a table; exit status 1 when a check fails. With a data set it takes test
images and compares AUROC, otherwise the images in the sidecar.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))

import _command_line
import _data_flags
import numpy as np
from absl import flags

flags.DEFINE_string("model", None, "the .tflite file", required=True)
flags.DEFINE_string("against", None, "the .keras file it was made of")
flags.DEFINE_integer(
    "max_bytes", None, "most that the file may take", lower_bound=1
)
flags.DEFINE_integer(
    "max_arena", None, "most bytes of TFLite Micro's arena", lower_bound=1
)
flags.DEFINE_integer(
    "images", 1000, "how many test images to score", lower_bound=2
)
FLAGS = flags.FLAGS


def main():
    """Flags to library call, table to the terminal."""
    from kdgan_tf.deploy import verify

    model = images = anomalous = None
    if FLAGS.against:
        from kdgan_tf.runs.models import load_gan

        model = load_gan(FLAGS.against)
    if FLAGS["dataset"].present:
        images, anomalous = _test_images()
    result = verify(
        FLAGS.model,
        model,
        images,
        anomalous=anomalous,
        max_bytes=FLAGS.max_bytes,
        max_arena=FLAGS.max_arena,
    )
    print(result)
    if not result.passed:
        names = ", ".join(check.name for check in result.failures)
        print(f"error: {FLAGS.model} failed: {names}", file=sys.stderr)
        sys.exit(1)


def _test_images():
    """The first test images in an order that the seed fixes."""
    images = _data_flags.load_images()
    order = np.random.default_rng(FLAGS.seed).permutation(len(images.test))
    chosen = np.sort(order[: FLAGS.images])
    return images.test[chosen], images.anomalous[chosen]


if __name__ == "__main__":
    _command_line.run(main, first="model")
