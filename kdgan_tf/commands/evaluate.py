"""AUROC of a saved model on the test images of a data set.

    python tools/evaluate.py --model=runs/mnist/student.tflite \\
        --dataset=mnist --normal_class=8

Images are normal or anomalous as in training: the normal class against all
others.
"""

import json

from kdgan_tf.commands import command_line, data_flags


def _define(flag):
    flag.string("model", None, "a .keras or .tflite file", required=True)
    flag.bool("json", False, "print one JSON line instead of a table")
    data_flags.define(flag)


def main(values):
    """Load, score, print."""
    command_line.load_tensorflow()
    from kdgan_tf.gan.evaluation import auroc
    from kdgan_tf.runs import models

    score = models.load_score(values.model)
    images = data_flags.load_images(values)
    value = auroc(score(images.test), images.anomalous)
    anomalies = int(images.anomalous.sum())
    normal = len(images.test) - anomalies
    if values.json:
        row = {
            "model": values.model,
            "dataset": images.name,
            "normal_class": images.normal_class,
            "auroc": value,
            "normal_images": normal,
            "anomalies": anomalies,
        }
        print(json.dumps(row))
    else:
        print(f"AUROC {value:.4f} of {values.model}")
        print(f"on {normal:,} normal images and {anomalies:,} anomalies")


run = command_line.Command(__doc__, _define, main)
