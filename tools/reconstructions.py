"""Picture of what a run's teacher and student make of test images.

    python tools/reconstructions.py --run=runs/mnist --output=picture.png

The first normal test images, and anomalies spread evenly over the test set.
"""

from pathlib import Path

import _command_line
from absl import flags

flags.DEFINE_string("run", None, "a finished run directory", required=True)
flags.DEFINE_string("output", None, "PNG file to write", required=True)
flags.DEFINE_string("data_dir", None, "where tensorflow-datasets keeps data")
flags.DEFINE_string("train_dir", None, "folder: as the run was trained with")
flags.DEFINE_string("test_dir", None, "folder: as the run was trained with")
flags.DEFINE_integer("image_size", None, "folder: likewise")
FLAGS = flags.FLAGS


def main():
    """Load, draw, write."""
    from kdgan_tf import data
    from kdgan_tf.runs import report
    from kdgan_tf.runs.directory import read_settings
    from kdgan_tf.runs.models import load_gan
    from kdgan_tf.runtime.files import atomic_path

    settings = read_settings(FLAGS.run)
    names = ("teacher", "student")
    models = {
        name: load_gan(Path(FLAGS.run) / f"{name}.keras") for name in names
    }
    images = data.load(
        settings["dataset"],
        settings["normal_class"],
        data_dir=FLAGS.data_dir,
        train_dir=FLAGS.train_dir,
        test_dir=FLAGS.test_dir,
        image_size=FLAGS.image_size,
    )
    with atomic_path(FLAGS.output) as path:
        report.reconstructions(images, models).savefig(path, dpi=120)
    print(f"written to {FLAGS.output}")


if __name__ == "__main__":
    _command_line.run(main)
