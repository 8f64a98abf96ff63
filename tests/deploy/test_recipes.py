"""Recipes with the students there are presets for."""

import dataclasses
import functools

import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.deploy import Scorer, convert
from kdgan_tf.deploy.conversion.recipes import RECIPES, calibration_of
from kdgan_tf.deploy.micro import interpreter
from kdgan_tf.gan import presets
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.training.config import PhaseConfig
from tests import conftest

# What each data set's flagfile asks for, digits excepted, of which every test
# of a run is. The other recipes differ little from network to network, and
# `test_conversion.py` tries them all on one.
CASES = [
    ("mnist_student", "qat_int8"),
    ("cifar10_student", "int8"),
    ("parts_student", "int8"),
]
MORE = [
    pytest.param(name, recipe, marks=pytest.mark.slow)
    for name in presets.names()
    for recipe in RECIPES
    if name.endswith("_student")
    or (name.endswith("_student_plain") and "int8" in recipe)
    or (name.startswith("parts_student") and recipe == "int8")
    if (name, recipe) not in CASES
    # It has no twin for images without their exposure.
    and (name, recipe) != ("parts_student", "qat_int8")
]
# Share of AUROC that a recipe may cost.
COST = {"float32": 1e-6, "float16": 0.001, "dynamic": 0.01}
# What a device has for a student: KB of file and of arena.
BUDGETS = {
    "cifar10_student": (160, 32),
    # Instance normalisation stays in float.
    "cifar10_student_plain": (168, 64),
    "fashion_mnist_student_plain": (64, 36),
    "mnist_student_plain": (64, 36),
    "parts_student_tiny": (110, 48),
    "parts_student": (160, 64),
    "parts_student_medium": (400, 160),
}
BUDGET = (64, 32)


def fitted(images, shape):
    """Real digits as large and as colourful as a network wants them."""
    side, _, channels = shape
    block = np.ones((side // 8, side // 8, 1), np.uint8)
    return np.stack([np.kron(image, block) for image in images]).repeat(
        channels, axis=-1
    )


@functools.cache
def trained(name):
    """A student as the preset says, trained for a moment; train, test."""
    config = presets.named(name)
    images = kdgan_tf.data.load("digits", 3)
    train = fitted(images.train, config.image_shape)
    some = np.r_[0:60, np.flatnonzero(~images.anomalous)[:40]]
    test = fitted(images.test[some], config.image_shape)
    gan = conftest.fitted(config, train[:48])
    gan.adapt_score(train[:60], train[60:])
    return gan, train, test, images.anomalous[some]


@pytest.mark.parametrize(("name", "recipe"), [*CASES, *MORE])
def test_student_is_converted_verified_and_scores(name, recipe, tmp_path):
    gan, train, test, anomalous = trained(name)
    path = tmp_path / "student.tflite"
    quick = {"calibration_images": 32, "holdout": train[:32]}
    if recipe == "qat_int8":
        quick["phase"] = PhaseConfig(1, 1e-4, batch_size=64)
    # Nothing is written unless `verify` passes it.
    convert(gan, path, train, quantization=recipe, **quick)
    expected, found = gan.score(test), Scorer(path).score(test)
    assert auroc(found, anomalous) == pytest.approx(
        auroc(expected, anomalous), abs=COST.get(recipe, 0.02)
    )
    assert len(np.unique(found)) > 0.9 * len(found)
    kinds = Scorer(path).sidecar.evidence
    if gan.config.score == "evidence":
        assert [*kinds] == [*gan.config.evidence]
        weights = [kind["weight"] for kind in kinds.values()]
        assert sum(weights) == pytest.approx(1)
    if "int8" in recipe:
        most_bytes, most_arena = BUDGETS.get(name, BUDGET)
        assert path.stat().st_size <= 1024 * most_bytes
        arena = interpreter.smallest_arena(path.read_bytes())
        assert arena is None or arena <= 1024 * most_arena


def test_what_sets_the_ranges_is_not_normal_alone(digits):
    """Synthetic defects are among them where contrast is normalised."""
    images = digits.train[:20]
    plain = kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8))
    np.testing.assert_array_equal(calibration_of(plain, images), images)
    for where in ("contrast_normalization", "normalized_input"):
        config = dataclasses.replace(plain, **{where: True})
        found = calibration_of(config, images)
        np.testing.assert_array_equal(found[:20], images)
        np.testing.assert_array_equal(found[20:], synthetic_defects(images[:2]))


@pytest.mark.parametrize("recipe", ["float32", "int8", "qat_int8"])
def test_relu_and_clip_are_no_operators_of_their_own(recipe, digits, tmp_path):
    """They are part of the convolution before, in the second encoder too."""
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1),
        channels=(4, 8),
        latent=8,
        normalization="batch",
        activation="relu",
        pixel_activation="clip",
    )
    gan = conftest.fitted(config, digits.train[:48])
    path = tmp_path / "student.tflite"
    quick = {"phase": PhaseConfig(1, 1e-4)} if recipe == "qat_int8" else {}
    sidecar = convert(gan, path, digits.train, quantization=recipe, **quick)
    others = {"RELU", "RELU_N1_TO_1", "LEAKY_RELU", "TANH"}
    others |= {"MAXIMUM", "MINIMUM"}
    assert not others & {*sidecar.operators}
    found = Scorer(path).score(digits.test[:40])
    np.testing.assert_allclose(found, gan.score(digits.test[:40]), rtol=0.2)
