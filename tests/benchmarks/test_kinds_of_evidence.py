"""What each kind of evidence tells, and the score without it."""

import numpy as np
import pytest

import kdgan_tf
from benchmarks.kinds_of_evidence import measure, rendered
from kdgan_tf.gan.evaluation import auroc


def test_each_kind_alone_and_left_out(make_gan, digits):
    gan = make_gan(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 8),
            latent=4,
            score="evidence",
            evidence=("latent", "residual"),
        )
    )
    gan.adapt_score(digits.holdout, digits.train[:50])
    expected = gan.score(digits.test)
    found = measure(gan, digits)
    assert found["score"] == auroc(expected, digits.anomalous)
    # With one kind left its order is that of the kind by itself.
    latent, residual = found["kinds"].values()
    assert latent["without"] == pytest.approx(residual["alone"], abs=1e-6)
    assert residual["without"] == pytest.approx(latent["alone"], abs=1e-6)
    assert latent["weight"] + residual["weight"] == pytest.approx(1)
    np.testing.assert_array_equal(gan.score(digits.test), expected)


def test_the_table_has_the_mean_of_a_set_and_its_last_line():
    def row(name, normal_class, alone):
        kinds = {"latent": {"weight": 1, "alone": alone, "without": 0.5}}
        return {
            "set": name,
            "normal_class": normal_class,
            "seed": 0,
            "score": alone,
            "kinds": kinds,
        }

    text = rendered(
        [
            row("cifar10", 0, 0.1),
            row("cifar10", 0, 0.7),
            row("cifar10", 1, 0.9),
            row("casting", None, 0.6),
        ]
    )
    assert "|  | CIFAR-10 | casting |" in text
    assert "| runs | 2 | 1 |" in text
    assert "| latent | 80.0 / 50.0 | 60.0 / 50.0 |" in text
