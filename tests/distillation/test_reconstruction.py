"""A distilled student draws what it sees, not what suits its second encoder."""

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.commands import train
from tests.conftest import ROOT


def off(gan, images):
    """Mean |x - x_hat| of images."""
    drawn = gan.predict(images, verbose=0)["reconstruction"]
    return np.mean(np.abs(drawn - (images / 127.5 - 1)))


def fitted(model, *data, epochs):
    model.compile(jit_compile=False, steps_per_execution=5)
    model.fit(*data, batch_size=16, epochs=epochs, verbose=0)


@pytest.mark.slow
def test_it_reconstructs_nearly_as_well_as_by_itself():
    images = kdgan_tf.data.load("digits", 0, holdout=0.1)
    values = train.run.parse(["train", f"--flagfile={ROOT / 'digits.flags'}"])
    config = train.config(values, images)
    keras.utils.set_random_seed(0)
    teacher = kdgan_tf.EDEGAN(config.teacher)
    fitted(teacher, images.train, epochs=50)
    alone, taught = (kdgan_tf.EDEGAN(config.student) for _ in range(2))
    fitted(alone, images.train, epochs=150)
    step1 = kdgan_tf.FrozenTeacherDistiller(teacher, taught, config.step1)
    step1.adapt(images.train)
    fitted(step1, images.train, step1.targets(images.train), epochs=150)
    normal = images.test[~images.anomalous]
    assert off(taught, normal) < 1.5 * off(alone, normal)
