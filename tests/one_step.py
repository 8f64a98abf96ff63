"""One training step of a phase under a strategy; a program for tests.

python tests/one_step.py STRATEGY FOLDER PHASE

The chief writes the weights after the step, FOLDER/PHASE.npz.
"""

import dataclasses
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import kdgan_tf
from kdgan_tf.training import distribution

NAME, FOLDER, PHASE = sys.argv[1:]
if NAME == "mirrored":
    # Devices must be split before TensorFlow starts.
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
# Before anything else that TensorFlow does.
strategy = distribution.strategy(NAME)

CONFIG = kdgan_tf.GANConfig(
    image_shape=(8, 8, 1),
    channels=(4, 8),
    latent=4,
    negatives=("rotation", "inversion"),
)
# As in the presets: the student has batch normalisation.
STUDENT = dataclasses.replace(CONFIG, normalization="batch")
PHASES = {
    "alone": lambda teacher, student: student,
    "step1": kdgan_tf.FrozenTeacherDistiller,
    "step2": kdgan_tf.JointDistiller,
}


def main():
    """Train, then write."""
    images = kdgan_tf.data.load("digits", 3).train
    workers = distribution.Workers(strategy)
    # Other seeds elsewhere: weights must come from the chief.
    keras.utils.set_random_seed(1 if workers.is_chief else 7)
    with strategy.scope():
        model = PHASES[PHASE](kdgan_tf.EDEGAN(CONFIG), kdgan_tf.EDEGAN(STUDENT))
        model.compile(jit_compile=False)
    model.fit(
        workers.batches(images, 16),
        steps_per_epoch=1,
        verbose=0,
        shuffle=False,
    )
    if workers.is_chief:
        arrays = [weight.numpy() for weight in model.weights]
        np.savez(Path(FOLDER) / f"{PHASE}.npz", *arrays)
    assert workers.from_chief([PHASE, 1.5, None]) == [PHASE, 1.5, None]


if __name__ == "__main__":
    main()
