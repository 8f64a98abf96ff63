"""Two replicas on two logical CPUs, in a process of their own."""

import pytest

from kdgan_tf import distribution
from kdgan_tf.errors import InputError
from tests.conftest import command

# Devices must be split before TensorFlow starts, hence the process.
PROGRAM = """
import sys
import numpy as np
import keras
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
import kdgan_tf
from kdgan_tf import distribution

config = kdgan_tf.GANConfig(
    image_shape=(8, 8, 1), channels=(4, 8), latent=4,
    negatives=("rotation", "inversion"),
)
images = kdgan_tf.data.load("digits", 3).train[:16]
kinds = {
    "teacher": lambda teacher, student: teacher,
    "step1": kdgan_tf.FrozenTeacherDistiller,
    "step2": kdgan_tf.JointDistiller,
}

def after_one_step(strategy, kind):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = kind(kdgan_tf.EDEGAN(config), kdgan_tf.EDEGAN(config))
        model.compile(jit_compile=False)
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(16)
    model.fit(dataset, epochs=1, verbose=0, shuffle=False)
    return [weight.numpy() for weight in model.weights]

mirrored = distribution.strategy("mirrored")
assert mirrored.num_replicas_in_sync == 2
for name, kind in kinds.items():
    one = after_one_step(distribution.strategy(), kind)
    two = after_one_step(mirrored, kind)
    worst = max(np.abs(a - b).max() for a, b in zip(one, two))
    print(name, worst)
    assert worst < 1e-6
"""


def test_one_step_on_two_replicas_equals_one_on_one():
    finished = command("-c", PROGRAM)
    assert finished.returncode == 0, finished.stdout + finished.stderr[-2000:]


@pytest.mark.parametrize("name", ["one_device", "mirrored"])
def test_a_run_under_a_strategy(tmp_path, name):
    finished = command(
        "tools/train.py",
        "--dataset=digits",
        "--normal_class=3",
        "--teacher_epochs=1",
        "--step1_epochs=1",
        f"--strategy={name}",
        f"--output_dir={tmp_path}",
    )
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "result.json").exists()


def test_unknown_strategy():
    with pytest.raises(InputError, match="Received: tpu"):
        distribution.strategy("tpu")
