"""Outlier exposure: unrelated images, and what a GAN learns from them."""

import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.distillation import FrozenTeacherDistiller, JointDistiller
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.gan.objective import gan_losses
from kdgan_tf.runtime.errors import InputError
from tests.conftest import compiled, equal, values


@pytest.fixture
def exposed_config(tiny_config):
    return dataclasses.replace(tiny_config, outlier_weight=1.0)


@pytest.fixture(scope="module")
def outliers(digits):
    """Stripes, of which no digit has any."""
    stripes = np.zeros((20, 8, 8, 1), np.uint8)
    stripes[:, ::2] = np.linspace(60, 250, 20)[:, None, None, None]
    return stripes


def test_outliers_change_nothing_but_their_own_term(
    make_gan, exposed_config, digits, outliers
):
    gan, plain = make_gan(exposed_config), make_gan()
    gan.expose_to(outliers)
    images = digits.train[:6]
    found = gan_losses(gan, images, None, 3, training=False)
    expected = gan_losses(plain, images, None, 3, training=False)
    assert {*found.terms} == {*expected.terms, "outlier"}
    assert len(found.outputs.latent) == len(images)
    for name, term in expected.terms.items():
        np.testing.assert_allclose(found.terms[name], term, rtol=1e-5)
    np.testing.assert_allclose(
        found.generator, expected.generator + found.terms["outlier"], rtol=1e-5
    )
    # -log(1 - exp(-d) + 1e-6), d the latent distances of those drawn
    drawn = gan.exposure.outliers_for(images, 3)
    distances = gan.evidence_of(np.asarray(drawn))[:, 0]
    np.testing.assert_allclose(
        found.terms["outlier"],
        -np.log(1 - np.exp(-distances) + 1e-6),
        rtol=1e-3,
    )


def test_which_outlier_depends_on_the_image_and_the_step(
    make_gan, exposed_config, digits, outliers
):
    gan = make_gan(exposed_config)
    gan.expose_to(outliers)
    images = digits.train[:40]
    first, again, later = (
        np.asarray(gan.exposure.outliers_for(images, step))
        for step in (1, 1, 2)
    )
    assert first.dtype == images.dtype
    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)
    shuffled = np.asarray(gan.exposure.outliers_for(images[::-1], 1))
    assert np.array_equal(shuffled[::-1], first)
    assert len(np.unique(first[:, 0, 0])) > 10


def test_exposure_helps_against_other_images_of_that_kind(digits):
    anomalies = digits.test[digits.anomalous]
    normal = digits.test[~digits.anomalous]
    unseen = anomalies[1::2]
    strange = np.arange(len(normal) + len(unseen)) >= len(normal)
    found = []
    for weight in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        gan = kdgan_tf.EDEGAN(
            kdgan_tf.GANConfig(
                image_shape=(8, 8, 1),
                channels=(8, 16),
                latent=8,
                outlier_weight=weight,
            )
        )
        if weight:
            gan.expose_to(anomalies[::2])
        gan.compile(jit_compile=False)
        gan.fit(digits.train, batch_size=16, epochs=20, verbose=0)
        scores = gan.score(np.concatenate([normal, unseen]))
        found.append(auroc(scores, strange))
    assert found[1] > found[0] + 0.02


@pytest.mark.parametrize("kind", [FrozenTeacherDistiller, JointDistiller])
def test_students_learn_from_them_in_both_steps(
    make_gan, exposed_config, digits, outliers, kind
):
    def trained(strange):
        gans = [make_gan(exposed_config, seed) for seed in (0, 1)]
        for gan in gans:
            gan.expose_to(strange)
        model = compiled(kind(*gans))
        model.fit(digits.train[:16], batch_size=16, verbose=0)
        return values(gans[1].generator)

    assert equal(trained(outliers), trained(outliers))
    assert not equal(trained(outliers), trained(outliers[::-1] // 2))


def test_a_loaded_model_is_evaluated_without_them(
    make_gan, exposed_config, digits, outliers, tmp_path
):
    gan = make_gan(exposed_config)
    gan.expose_to(outliers)
    gan.fit(digits.train[:16], verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(
        loaded.score(digits.holdout), gan.score(digits.holdout)
    )
    found, expected = (
        model.evaluate(digits.holdout, return_dict=True, verbose=0)
        for model in (loaded, gan)
    )
    assert found["outlier"] == 0 < expected["outlier"]
    assert found["latent"] == pytest.approx(expected["latent"])


def test_they_are_asked_for_and_refused_by_the_config(
    make_gan, tiny_config, exposed_config, digits, outliers
):
    with pytest.raises(InputError, match="expose_to"):
        make_gan(exposed_config).fit(digits.train[:16], verbose=0)
    with pytest.raises(InputError, match="outlier_weight above 0"):
        make_gan(tiny_config).expose_to(outliers)
    with pytest.raises(InputError, match=r"shape \(n, 8, 8, 1\)"):
        make_gan(exposed_config).expose_to(outliers[:, :4])
    gan = make_gan(exposed_config)
    gan.expose_to(outliers)
    with pytest.raises(InputError, match="outliers once"):
        gan.expose_to(outliers)
    images = dataclasses.replace(digits, outliers=outliers)
    config = kdgan_tf.RunConfig(tiny_config, tiny_config)
    with pytest.raises(InputError, match="outlier_weight with images"):
        kdgan_tf.ProgressiveRun(config, images, "unused")
    assert config.with_outliers().student == exposed_config
