"""What makes a run the same run: its settings and its images."""

import dataclasses
import json

from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig

# What a teacher depends on.
TEACHER_SETTINGS = (
    *("teacher", "teacher_phase", "seed", "mixed_precision"),
    *("upright_accuracy", "symmetry_accuracy", "score_without_rotation"),
    "input_share",
    *("dataset", "normal_class", "train_images", "preprocessing"),
    *("normal_images_sha256", "outliers_sha256"),
)


def settings(config, images):
    """What must be equal for a run to go on, as JSON holds it."""
    found = {**dataclasses.asdict(config), **images.summary()}
    # To look at it changes nothing.
    del found["tensorboard"]
    return json.loads(json.dumps(found))


def relevant(settings):
    """Settings without what the score of a network makes nothing of.

    Runs of an older version name kinds of evidence that there are no more.

    Args:
        settings: As `settings` gives them, complete.
    """
    found = dict(settings)
    for name in ("teacher", "student"):
        if found[name]["score"] != "evidence":
            found[name] = {
                key: value
                for key, value in found[name].items()
                if key not in ("evidence", "prototypes", "components")
            }
    return found


def defaults(images):
    """What settings mean that a run of an older version does not have.

    Such a run knows its images by name and number only, and goes on.
    """
    found = dataclasses.asdict(
        RunConfig(teacher=GANConfig(), student=GANConfig())
    )
    del found["tensorboard"]
    found["preprocessing"] = {"fit": "square", "bit_depth": 16}
    found.update(images.fingerprints)
    return json.loads(json.dumps(found))
