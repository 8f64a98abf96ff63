import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.gan.latent_metric import whitening
from tests.conftest import fitted


def test_directions_that_vary_much_count_little():
    # Variances 8 and 2, their mean 5: a tenth of it in each.
    differences = np.array([[4.0, 0], [-4.0, 0], [0, 2.0], [0, -2.0]])
    shrunk = 0.9 * np.array([8.0, 2.0]) / 5 + 0.1
    np.testing.assert_allclose(
        whitening(differences), np.diag(1 / np.sqrt(shrunk)), atol=1e-6
    )


def test_what_varies_together_counts_once():
    along = np.array([[1.0, 1.0], [-1.0, -1.0]])
    found = whitening(along)
    np.testing.assert_allclose(found, found.T)
    # Along the diagonal 1.9, across it 0.1, of a mean variance of 1.
    np.testing.assert_allclose(found @ [1, 1], [1.9**-0.5] * 2, rtol=1e-5)
    np.testing.assert_allclose(
        found @ [1, -1], [0.1**-0.5, -(0.1**-0.5)], rtol=1e-5
    )


@pytest.mark.parametrize("differences", [np.ones((3, 4)), np.zeros((1, 1))])
def test_images_all_alike_leave_the_distance_as_it_is(differences):
    size = differences.shape[1]
    np.testing.assert_array_equal(whitening(differences), np.eye(size))


@pytest.fixture
def gan(tiny_config, digits):
    config = dataclasses.replace(tiny_config, mahalanobis=True)
    return fitted(config, digits.train, epochs=1)


def test_the_score_is_the_distance_in_that_metric(gan, digits):
    outputs = gan.outputs_of(digits.train)
    difference = outputs.latent - outputs.reconstruction_latent
    plain = np.mean(difference**2, axis=-1)
    np.testing.assert_allclose(gan.score(digits.train), plain, rtol=1e-4)
    gan.adapt_score(digits.train)
    covariance = np.cov(difference.T, bias=True)
    size = len(covariance)
    variance = np.trace(covariance) / size
    inverse = np.linalg.inv(0.9 * covariance / variance + 0.1 * np.eye(size))
    expected = np.sum(difference @ inverse * difference, axis=-1) / size
    found = gan.score(digits.train)
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert "Mahalanobis" in gan.score_definition


def test_no_loss_knows_of_the_metric(gan, digits):
    gan.compile()
    before = gan.evaluate(digits.train, verbose=0)
    gan.adapt_score(digits.train)
    assert gan.evaluate(digits.train, verbose=0) == before


def test_a_saved_metric_is_loaded(gan, digits, tmp_path):
    gan.adapt_score(digits.train)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(
        loaded.score(digits.test), gan.score(digits.test)
    )


def test_the_two_distances_are_added_in_that_metric(
    make_gan, tiny_config, digits
):
    config = dataclasses.replace(tiny_config, mahalanobis=True, score="both")
    gan = make_gan(config)
    gan.adapt_score(digits.holdout, digits.train)
    assert not np.array_equal(gan.evidence.metric, np.eye(config.latent))
    standardised = gan.anomaly_score.standardised(
        gan.evidence_of(digits.holdout)
    )
    np.testing.assert_allclose(np.mean(standardised, axis=0), 0, atol=1e-3)


def test_it_is_off_unless_asked_for(tiny_config):
    assert not GANConfig().mahalanobis
    assert not kdgan_tf.EDEGAN(tiny_config).evidence.weights
