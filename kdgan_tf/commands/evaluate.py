"""AUROC of a saved model on the test images of a data set.

    python tools/evaluate.py --model=runs/mnist/student.tflite \\
        --dataset=mnist --normal_class=8

Images are normal or anomalous as in training: the normal class against all
others.
"""

import dataclasses
import json
from pathlib import Path

from kdgan_tf.commands import command_line, data_flags
from kdgan_tf.runtime.errors import InputError


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
    images = data_flags.load_images(values, _preprocessing(values))
    if Path(values.model).suffix == ".tflite":
        _require_same_task(values.model, images)
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


def _preprocessing(values):
    """That of the sidecar, which fits the images of a folder."""
    if (
        Path(values.model).suffix != ".tflite"
        or values.dataset != "folder"
        or values.image_size
        or values.fit
    ):
        return None
    from kdgan_tf.runtime.sidecar import Sidecar

    return Sidecar.read(Sidecar.path_for(values.model)).input.preprocessing


def _require_same_task(model, images):
    """Raise InputError unless these are images of the kind trained on."""
    from kdgan_tf.runtime.sidecar import Sidecar

    path = Sidecar.path_for(model)
    sidecar = Sidecar.read(path)
    pairs = {
        "dataset": (sidecar.dataset, images.name),
        "normal_class": (sidecar.normal_class, images.normal_class),
    }
    # `resize` says which sizes came, and changes no image that is taken.
    made, comes = sidecar.input.preprocessing, images.preprocessing
    for part in dataclasses.fields(made):
        if part.name != "resize":
            pairs[f"preprocessing {part.name}"] = (
                getattr(made, part.name),
                getattr(comes, part.name),
            )
    for name, (trained, given) in pairs.items():
        if trained is not None and trained != given:
            raise InputError(
                f"Expected {name} {trained!r} as in {path}, found {given!r}. "
                "Name the data that the model was made for."
            )


run = command_line.Command(__doc__, _define, main)
