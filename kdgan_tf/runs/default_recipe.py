"""The recipe of images that come without one: that of what is most alike."""

import dataclasses
import math

from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan import presets
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.training.config import PhaseConfig

_BATCH = 16
# A student of parts takes so many times its teacher's steps.
_LONGER = 5


def default_config(task, steps, **others):
    """The `RunConfig` for images: that of parts for a folder's.

    Args:
        task: `data.OneClassImages`.
        steps: Training steps of the teacher and of step 1, of 16 images each,
            at least one pass; step 2 has a tenth, step 1 of parts five times
            as many.
        **others: Further fields of `RunConfig`, such as `seed`.
    """
    shape = task.preprocessing.image_shape
    parts = task.name == "folder"
    family = "parts" if parts else presets.family_for(task.name, shape)
    batch = min(_BATCH, len(task.train))
    an_epoch = len(task.train) // batch

    def phase(steps, rate):
        return PhaseConfig(math.ceil(steps / an_epoch), rate, batch)

    recipe = {
        "teacher": presets.named(f"{family}_teacher", shape),
        "student": presets.named(f"{family}_student", shape),
        "teacher_phase": phase(steps, 1e-3),
        "step1_phase": phase(steps, 1e-3),
        "step2_phase": phase(steps / 10, 1e-4),
    }
    if parts:
        recipe |= {
            "step1_phase": phase(_LONGER * steps, 1e-3),
            "step2_phase": phase(steps / 10, 2e-5),
            **_of_parts(),
        }
    elif family == "mnist":
        recipe |= _of_digits()
    return RunConfig(**recipe, **others)


def _of_digits():
    """What `mnist.flags` says of the score that a student imitates."""
    taught = DistillationConfig(score_evidence="latent")
    return {
        "step1": taught,
        "step2": dataclasses.replace(taught, train_teacher=True),
    }


def _of_parts():
    """What `parts.flags` says besides networks and steps."""
    taught = DistillationConfig(
        latent_weight=10,
        reconstruction_weight=10,
        reconstruction_latent_weight=10,
        score_weight=1,
        standardised=True,
    )
    return {
        "step1": dataclasses.replace(taught, score_warmup=1000),
        "step2": dataclasses.replace(taught, train_teacher=True),
        "symmetry_accuracy": 0.7,
        "input_share": 0.98,
    }
