import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy import Scorer, convert, verify
from kdgan_tf.deploy.qat import fine_tuning
from kdgan_tf.deploy.qat.imitation import Imitator, imitate
from kdgan_tf.deploy.qat.tf_keras_twin import rebuild
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.gan.networks import unit_range
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import command, equal

NORMALIZATIONS = ("instance", "batch", "none", "contrast")
# "contrast" is "batch" and more; "none" is what both do less; of "instance"
# is the student of `test_conversion.py`.
SOME = [
    pytest.param(name, marks=[] if name == "contrast" else [pytest.mark.slow])
    for name in NORMALIZATIONS
]
TRAINED = [
    *("instance", "batch", "contrast"),
    pytest.param("none", marks=pytest.mark.slow),
]


class Students(dict):
    """Students by normalisation, trained for a moment when asked for."""

    def __init__(self, images, holdout):
        super().__init__()
        self.images, self.holdout = images, holdout

    def __missing__(self, normalization):
        keras.utils.set_random_seed(0)
        self[normalization] = gan = kdgan_tf.EDEGAN(
            kdgan_tf.GANConfig(
                image_shape=(8, 8, 1),
                channels=(4, 8),
                latent=4,
                score="both",
                normalization=normalization.replace("contrast", "batch"),
                contrast_normalization=normalization == "contrast",
                negatives=("rotation",),
            )
        )
        gan.compile(jit_compile=False)
        gan.fit(self.images, batch_size=16, epochs=10, verbose=0)
        gan.adapt_score(self.holdout)
        return gan


@pytest.fixture(scope="module")
def trained(digits):
    return Students(digits.train, digits.holdout)


@pytest.mark.parametrize("normalization", TRAINED)
def test_rebuilt_generator_equals_the_student(trained, digits, normalization):
    student = trained[normalization]
    images = unit_range(digits.test)
    found = rebuild(student)(images)
    expected = student.generator(images)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("normalization", TRAINED)
def test_rounding_generator_is_near_and_has_no_more_than_its_levels(
    trained, digits, normalization
):
    student = trained[normalization]
    generator = fine_tuning.quantized(student, digits.train)
    images = unit_range(digits.train)
    found = generator(images)
    for one, other in zip(found, student.generator(images), strict=True):
        levels = np.unique(one)
        assert len(levels) <= 256
        spread = float(np.ptp(other))
        assert np.max(np.abs(one - other)) < 0.1 * spread


@pytest.mark.parametrize("normalization", SOME)
def test_file_is_verified_and_scores_as_the_student(
    trained, digits, tmp_path, normalization
):
    student = trained[normalization]
    path = tmp_path / "student.tflite"
    sidecar = convert(
        student,
        path,
        digits.train,
        quantization="qat_int8",
        holdout=digits.holdout,
    )
    assert sidecar.quantization == "qat_int8"
    tensor = sidecar.input
    assert (tensor.dtype, tensor.scale, tensor.zero_point) == ("int8", 1, -128)
    # TFLite Micro bit for bit, nothing in float that need not be.
    result = verify(path, student, digits.test, anomalous=digits.anomalous)
    assert result.passed, str(result)
    found = Scorer(path).score(digits.test)
    assert auroc(found, digits.anomalous) == pytest.approx(
        auroc(student.score(digits.test), digits.anomalous), abs=0.01
    )


def with_negatives(images):
    return np.concatenate([images, np.rot90(images, axes=(1, 2))])


def loss_of(generator, target, images):
    imitator = Imitator(generator, target, kdgan_tf.DistillationConfig())
    imitator.compile()
    return imitator.evaluate(with_negatives(images), verbose=0)


def test_a_standardised_loss_is_over_the_targets_spread(trained, digits):
    student = trained["batch"]
    target = rebuild(student)
    latents = target(unit_range(digits.train), training=False)[0]
    config = kdgan_tf.DistillationConfig(1, 0, 0, 0)
    losses = []
    for standardised in (False, True):
        imitator = Imitator(
            fine_tuning.quantized(student, digits.train),
            target,
            dataclasses.replace(config, standardised=standardised),
        )
        imitator.adapt(digits.train)
        imitator.compile()
        losses.append(imitator.evaluate(digits.holdout, verbose=0))
    assert losses[0] / losses[1] == pytest.approx(
        np.mean(np.var(latents, axis=0)), rel=1e-3
    )


def test_training_mends_a_bad_start(trained, digits):
    student = trained["batch"]
    generator = fine_tuning.quantized(student, with_negatives(digits.train))
    target = rebuild(student)
    for weight in generator.trainable_weights[:2]:
        weight.assign(0.7 * weight)
    before = loss_of(generator, target, digits.holdout)
    imitator = Imitator(
        generator, target, kdgan_tf.DistillationConfig(), ("rotation",)
    )
    imitate(imitator, digits.train, PhaseConfig(steps=2))
    assert imitator.optimizer.iterations == 2
    imitate(imitator, digits.train, PhaseConfig(10, 1e-2))
    assert loss_of(generator, target, digits.holdout) < 0.2 * before


def fine_tuned(student, digits, **kwargs):
    return fine_tuning.fine_tuned(
        student, digits.train, digits.train, digits.holdout, **kwargs
    )


@pytest.mark.slow
def test_training_is_repeatable_and_never_makes_it_worse(trained, digits):
    student = trained["batch"]
    weights = [weight.numpy() for weight in student.weights]
    start, better, again, saved = (
        fine_tuned(student, digits, phase=phase)
        for phase in (
            PhaseConfig(0),
            *[PhaseConfig(3, 1e-4)] * 2,
            # A rate that destroys whatever it is let loose on.
            PhaseConfig(1, 10.0),
        )
    )
    target = rebuild(student)
    assert loss_of(better, target, digits.holdout) < loss_of(
        start, target, digits.holdout
    )
    assert equal(better.get_weights(), again.get_weights())
    assert equal(saved.get_weights(), start.get_weights())
    assert equal(weights, [weight.numpy() for weight in student.weights])


def test_student_can_imitate_a_teacher(trained, digits):
    student = trained["batch"]
    config = dataclasses.replace(student.config, channels=(8, 16))
    keras.utils.set_random_seed(1)
    teacher = kdgan_tf.EDEGAN(config)
    generator = fine_tuned(
        student, digits, teacher=teacher, phase=PhaseConfig(3, 1e-3)
    )
    target = rebuild(teacher)
    assert loss_of(generator, target, digits.test) < loss_of(
        rebuild(student), target, digits.test
    )


def test_bad_arguments(trained, digits, tmp_path, make_gan, tiny_config):
    path = tmp_path / "student.tflite"
    student = trained["batch"]
    with pytest.raises(InputError, match="teacher with quantization qat_int8"):
        convert(student, path, digits.train, teacher=student)
    other = make_gan(dataclasses.replace(tiny_config, latent=5))
    with pytest.raises(InputError, match="the same latent. Received: 5 and 4"):
        convert(
            student,
            path,
            digits.train,
            quantization="qat_int8",
            teacher=other,
        )
    assert not list(tmp_path.iterdir())


def test_keras_goes_on_as_before(make_gan, digits):
    assert keras.__version__.startswith("3.")
    gan = make_gan()
    gan.fit(digits.train, batch_size=16, epochs=1, verbose=0)
    assert np.all(np.isfinite(gan.score(digits.test)))


# What is loaded can only be seen in a process that did nothing else.
UNUSED = """
import os, sys
import numpy as np
import tensorflow as tf
import kdgan_tf
images = kdgan_tf.data.load("digits", 3).train
student = kdgan_tf.EDEGAN(kdgan_tf.presets.digits_student)
kdgan_tf.deploy.convert(student, sys.argv[1], images)
assert not {"tf_keras", "tensorflow_model_optimization"} & set(sys.modules)
from kdgan_tf.deploy.qat import fine_tuning
assert "tf_keras" in sys.modules
assert "TF_USE_LEGACY_KERAS" not in os.environ
assert tf.keras.layers.Layer.__module__.startswith("keras.")
"""


def test_tf_keras_is_loaded_only_by_who_uses_it(tmp_path):
    finished = command("-c", UNUSED, tmp_path / "student.tflite")
    assert finished.returncode == 0, finished.stderr[-2000:]


# Devices must be split before TensorFlow starts, hence the process.
REPLICAS = """
import sys
import keras
import numpy as np
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
import kdgan_tf
from kdgan_tf.training import distribution
from kdgan_tf.training.config import PhaseConfig
from kdgan_tf.deploy.qat import fine_tuning

keras.utils.set_random_seed(0)
student = kdgan_tf.EDEGAN(kdgan_tf.GANConfig(
    image_shape=(8, 8, 1), channels=(4, 8), latent=4, normalization="batch",
    negatives=("rotation", "inversion"),
))
student.compile(jit_compile=False)
images = kdgan_tf.data.load("digits", 3).train
student.fit(images, batch_size=16, epochs=10, verbose=0)

def after_one_step(strategy):
    generator = fine_tuning.fine_tuned(
        student, images[:16], images, strategy=strategy,
        phase=PhaseConfig(1, 1e-4, 16),
    )
    return generator.get_weights()

mirrored = distribution.strategy("mirrored")
assert mirrored.num_replicas_in_sync == 2
one, two = after_one_step(None), after_one_step(mirrored)
start = fine_tuning.quantized(student, images).get_weights()
print(max(np.abs(a - b).max() for a, b in zip(one, start)))
worst = max(np.abs(a - b).max() for a, b in zip(one, two))
print(worst)
assert worst < 1e-6
kdgan_tf.deploy.convert(
    student, sys.argv[1], images, quantization="qat_int8", strategy=mirrored
)
"""


@pytest.mark.slow
def test_one_step_on_two_replicas_equals_one_on_one(tmp_path):
    finished = command("-c", REPLICAS, tmp_path / "student.tflite")
    assert finished.returncode == 0, finished.stdout + finished.stderr[-2000:]
