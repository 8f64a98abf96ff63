"""A run that is over in moments."""

import dataclasses

from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.training.config import PhaseConfig


def tiny(**changes):
    """A `RunConfig` for digits, with some of its fields changed."""
    config = GANConfig(
        image_shape=(8, 8, 1),
        channels=(4, 8),
        latent=4,
        negatives=("rotation", "inversion"),
    )
    phase = PhaseConfig(epochs=1)
    return RunConfig(
        **{
            "teacher": dataclasses.replace(config, channels=(6, 12)),
            "student": config,
            "teacher_phase": phase,
            "step1_phase": phase,
            "step2_phase": phase,
            "jit_compile": False,
            "upright_accuracy": 0.7,
            **changes,
        }
    )
