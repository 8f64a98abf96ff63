"""Training on several devices equals training on one."""

import numpy as np
import pytest

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training import distribution
from tests.conftest import command, one_step

# Two logical CPUs, in a process of its own.
ON_TWO_REPLICAS = """
import keras, numpy as np, tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
import dataclasses
import kdgan_tf
from kdgan_tf.gan import optimization
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training import distribution
from kdgan_tf.training.config import PhaseConfig
from kdgan_tf.training.phase import train_phase

strategy = distribution.strategy("mirrored")
workers = distribution.Workers(strategy)
assert strategy.num_replicas_in_sync == 2

# The two halves of a batch make up the batch of a single device.
images = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1)
whole = kdgan_tf.data.training_stream(images, 8, 0, 3)
shared = workers.batches(images, 8, 0, 3)
for one, two, _ in zip(whole, shared, range(12)):
    halves = strategy.experimental_local_results(two)
    np.testing.assert_array_equal(one, np.concatenate(halves))

# What replicas cannot do is refused.
def refused(*parts, **phase):
    try:
        workers.check_batch_size(phase.pop("batch_size", 8))
        with strategy.scope():
            gan = kdgan_tf.EDEGAN(kdgan_tf.presets.digits_student)
        train_phase(
            gan, np.zeros((16, 8, 8, 1), np.uint8), PhaseConfig(1, **phase),
            workers=workers, verbose=0,
        )
    except InputError as error:
        assert all(part in str(error) for part in parts), error
    else:
        raise AssertionError(parts)
refused("multiple of the 2 replicas", "15", batch_size=15)
refused("steps_per_execution 1", "4", batch_size=8, steps_per_execution=4)

# An overflow in one replica is one in both.
def gradients():
    context = tf.distribute.get_replica_context()
    bad = context.replica_id_in_sync_group == 1
    part = tf.where(bad, np.inf, 1.0) * tf.ones(3)
    return optimization._finite_everywhere_or_nowhere([part, tf.ones(2)])
found = tf.function(lambda: strategy.run(gradients))()
for replica in strategy.experimental_local_results(found[1]):
    assert np.isnan(replica).all()

# Batch statistics are shared where they are asked to be.
config = kdgan_tf.GANConfig(
    image_shape=(8, 8, 1), channels=(2, 2), latent=2, normalization="batch"
)
for asked in (True, False):
    asking = dataclasses.replace(config, synchronized_batch_norm=asked)
    with strategy.scope():
        gan = kdgan_tf.EDEGAN(asking)
    layers = [
        layer for layer in gan.generator.encoder.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert [layer.synchronized for layer in layers] == [asked]

# Parts of a batch may be unequal, but none empty.
config = dataclasses.replace(config, negatives=("rotation",), channels=(4, 4))
pixels = np.random.default_rng(0).integers(0, 256, (19, 8, 8, 1), np.uint8)
def of_arrays(images):
    return {"x": images, "batch_size": 16, "shuffle": False}
def of_data_set(images):
    return {"x": tf.data.Dataset.from_tensor_slices(images).batch(16)}
def trained(make, source):
    keras.utils.set_random_seed(0)
    model = make(kdgan_tf.EDEGAN(config), kdgan_tf.EDEGAN(config))
    # Replicas need a graph; what they are compared with does not.
    model.compile(
        jit_compile=False,
        run_eagerly=not tf.distribute.has_strategy(),
    )
    logs = model.fit(**source(pixels), verbose=0)
    return model, logs.history
for make, source in (
    (lambda gan, _: gan, of_data_set), (kdgan_tf.JointDistiller, of_arrays)
):
    alone, expected = trained(make, source)
    with strategy.scope():
        shared, found = trained(make, source)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3)
    for one, two in zip(alone.weights, shared.weights):
        np.testing.assert_allclose(one.numpy(), two.numpy(), atol=2e-4)
    assert all(np.isfinite(part.numpy()).all() for part in shared.weights)
    if source is of_data_set:
        labels = np.zeros(19)
        pairs = tf.data.Dataset.from_tensor_slices((pixels, labels)).batch(16)
        np.testing.assert_allclose(
            shared.evaluate(pairs, verbose=0),
            alone.evaluate(pairs, verbose=0),
            rtol=2e-3,
        )
    try:
        shared.fit(**source(pixels[:17]), verbose=0)
        raise AssertionError("an empty part was taken")
    except kdgan_tf.InputError as error:
        assert "each of 2 replicas" in str(error)
"""


@pytest.mark.slow
def test_two_replicas_share_batches_overflows_and_statistics():
    finished = command("-c", ON_TWO_REPLICAS)
    assert finished.returncode == 0, finished.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("mirrored", "step1"),
        # The ragged batches above are of these two.
        pytest.param("mirrored", "alone", marks=pytest.mark.slow),
        pytest.param("mirrored", "step2", marks=pytest.mark.slow),
        *(
            pytest.param("one_device", phase, marks=pytest.mark.slow)
            for phase in ("alone", "step1", "step2")
        ),
    ],
)
def test_one_step_equals_one_on_a_single_device(
    one_step_alone, tmp_path, name, phase
):
    found = one_step(name, tmp_path, phase)
    for one, other in zip(one_step_alone(phase), found, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_run_on_two_replicas(tmp_path):
    finished = command(
        "tools/train.py",
        "--dataset=digits",
        "--normal_class=3",
        "--teacher_epochs=1",
        "--step1_epochs=1",
        # What step 2 does on two replicas, the test above holds.
        "--step2_epochs=0",
        "--strategy=mirrored",
        "--logical_cpus=2",
        f"--output_dir={tmp_path}",
    )
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "result.json").exists()


def test_unknown_strategy():
    with pytest.raises(InputError, match="Received: tpu"):
        distribution.strategy("tpu")


CLUSTER = '"cluster": {"worker": ["localhost:1", "localhost:2"]}'


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[]",
        f"{{{CLUSTER}}}",
        f'{{{CLUSTER}, "task": {{"type": "worker", "index": 2}}}}',
        f'{{{CLUSTER}, "task": {{"type": "worker", "index": -1}}}}',
        f'{{{CLUSTER}, "task": {{"type": "chief", "index": 0}}}}',
        '{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
        f'{{{CLUSTER}, "task": "worker"}}',
    ],
)
def test_bad_tf_config(monkeypatch, value):
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(InputError, match="TF_CONFIG to be like") as caught:
        distribution.strategy("multi_worker_mirrored")
    assert (value or "none") in str(caught.value)
