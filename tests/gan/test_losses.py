"""Each loss against a value computed by hand."""

import math

import numpy as np
import pytest

from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.distillation.losses import distillation_losses, teacher_spread
from kdgan_tf.gan import losses
from kdgan_tf.gan.networks import GeneratorOutputs


def floats(*rows):
    return np.array(rows, np.float32)


def test_squared_distance():
    found = losses.squared_distance(floats([1, 2], [0, 0]), floats([3, 2]))
    np.testing.assert_allclose(found, [(4 + 0) / 2, (9 + 4) / 2])


def test_absolute_distance_averages_over_all_pixels():
    images = np.zeros((2, 2, 2, 1), np.float32)
    images[1, 0, 0, 0] = -8
    found = losses.absolute_distance(images, np.zeros_like(images))
    np.testing.assert_allclose(found, [0, 2])


def test_binary_cross_entropy():
    logits = floats([0], [2])
    np.testing.assert_allclose(
        losses.binary_cross_entropy(logits, real=True),
        [math.log(2), math.log(1 + math.exp(-2))],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        losses.binary_cross_entropy(logits, real=False),
        [math.log(2), math.log(1 + math.exp(2))],
        rtol=1e-6,
    )


@pytest.mark.parametrize("distance", [0.1, 1.0, 10.0])
def test_hypersphere(distance):
    found = losses.hypersphere(floats([distance])[0])
    np.testing.assert_allclose(
        found, [-math.log(1 - math.exp(-distance))], rtol=1e-4, atol=1e-5
    )


def test_hypersphere_is_finite_where_a_negative_looks_normal():
    assert np.all(np.isfinite(losses.hypersphere(floats([0.0])[0])))


def test_distillation_has_three_weighted_terms():
    def outputs(latent, pixel, second):
        return GeneratorOutputs(
            floats([latent, latent]),
            np.full((1, 2, 2, 1), pixel, np.float32),
            floats([second, second]),
        )

    found = distillation_losses(
        outputs(1, 0.5, 0),
        outputs(3, 0.0, 2),
        DistillationConfig(
            latent_weight=10,
            reconstruction_weight=100,
            reconstruction_latent_weight=1000,
            score_weight=0,
        ),
    )
    assert {name: float(value[0]) for name, value in found.items()} == {
        "latent": 10 * 4,
        "reconstruction": 100 * 0.5,
        "reconstruction_latent": 1000 * 4,
    }


def test_distillation_of_the_score_by_hand():
    def outputs(distance):
        image = np.zeros((1, 2, 2, 1), np.float32)
        return GeneratorOutputs(
            floats([distance, distance]), image, floats([0, 0])
        )

    found = distillation_losses(
        outputs(2), outputs(1), DistillationConfig(score_weight=5)
    )
    expected = 5 * (math.log(4 + 1e-3) - math.log(1 + 1e-3)) ** 2
    np.testing.assert_allclose(found["score"], [expected], rtol=1e-5)


def test_a_student_that_knows_the_mean_only_has_every_distance_1():
    latents = floats([1, 2], [3, 6])
    outputs = GeneratorOutputs(latents, latents * 2, latents * 3)
    mean = GeneratorOutputs(
        *(np.tile(part.mean(0), (2, 1)) for part in outputs)
    )
    config = DistillationConfig(1, 1, 1, 0)
    found = distillation_losses(outputs, mean, config, teacher_spread(outputs))
    for term in found.values():
        assert np.mean(term) == pytest.approx(1, rel=1e-5)
