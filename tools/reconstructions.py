"""Picture of what a run's teacher and student make of test images.

    python tools/reconstructions.py --run=runs/mnist --output=picture.png

The first normal test images, and anomalies spread evenly over the test set.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kdgan_tf.commands import command_line


def _define(flag):
    flag.string("run", None, "a finished run directory", required=True)
    flag.string("output", None, "PNG file to write", required=True)
    flag.string("data_dir", None, "where tensorflow-datasets keeps data")
    flag.string("train_dir", None, "folder: as the run was trained with")
    flag.string("test_dir", None, "folder: as the run was trained with")
    flag.integer("image_size", None, "folder: likewise")


def main(values):
    """Load, draw, write."""
    command_line.load_tensorflow()
    from kdgan_tf import data
    from kdgan_tf.runs import report
    from kdgan_tf.runs.directory import read_settings
    from kdgan_tf.runs.evaluation_set import best_set, evaluation_sets
    from kdgan_tf.runs.models import load_gan
    from kdgan_tf.runtime.files import atomic_path

    settings = read_settings(values.run)
    names = ("teacher", "student")
    models = {
        name: load_gan(Path(values.run) / f"{name}.keras") for name in names
    }
    images = data.load(
        settings["dataset"],
        settings["normal_class"],
        data_dir=values.data_dir,
        train_dir=values.train_dir,
        test_dir=values.test_dir,
        image_size=values.image_size,
    )
    with atomic_path(values.output) as path:
        shown = best_set(evaluation_sets(images), images)
        report.reconstructions(shown, models).savefig(path, dpi=120)
    print(f"written to {values.output}")


run = command_line.Command(__doc__, _define, main)

if __name__ == "__main__":
    sys.exit(run())
