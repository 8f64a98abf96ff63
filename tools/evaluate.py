"""AUROC of a saved model on the test images of a data set.

    python tools/evaluate.py --model=runs/mnist/student.tflite \\
        --dataset=mnist --normal_class=8

Images are normal or anomalous as in training: the normal class against all
others.
"""

import json

import _command_line
import _data_flags
from absl import flags

flags.DEFINE_string("model", None, "a .keras or .tflite file", required=True)
flags.DEFINE_bool("json", False, "print one JSON line instead of a table")
flags.adopt_module_key_flags(_data_flags)
FLAGS = flags.FLAGS


def main():
    """Load, score, print."""
    from kdgan_tf.gan.evaluation import auroc
    from kdgan_tf.runs import models

    score = models.load_score(FLAGS.model)
    images = _data_flags.load_images()
    value = auroc(score(images.test), images.anomalous)
    anomalies = int(images.anomalous.sum())
    normal = len(images.test) - anomalies
    if FLAGS.json:
        row = {
            "model": FLAGS.model,
            "dataset": images.name,
            "normal_class": images.normal_class,
            "auroc": value,
            "normal_images": normal,
            "anomalies": anomalies,
        }
        print(json.dumps(row))
    else:
        print(f"AUROC {value:.4f} of {FLAGS.model}")
        print(f"on {normal:,} normal images and {anomalies:,} anomalies")


if __name__ == "__main__":
    _command_line.run(main)
