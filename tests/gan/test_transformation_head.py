"""A head that tells which version of an image the first encoder was shown."""

import dataclasses

import keras
import numpy as np
import pytest

from kdgan_tf.data.transformations import versions
from kdgan_tf.distillation import FrozenTeacherDistiller, JointDistiller
from kdgan_tf.gan.objective import gan_losses, term_names
from kdgan_tf.gan.transformation_head import version_logits, version_odds
from tests.conftest import compiled, equal, values


@pytest.fixture
def config(tiny_config):
    return dataclasses.replace(
        tiny_config,
        negatives=("rotation", "inversion"),
        negative_weight=0.0,
        transformation_weight=2.0,
        score="evidence",
        evidence=("latent", "prototype", "transformation"),
        prototypes=4,
    )


def test_the_loss_is_the_cross_entropy_of_all_versions(
    make_gan, config, digits
):
    gan = make_gan(config)
    images = digits.train[:3]
    negatives = gan.negatives_of(images, 0)
    found = gan_losses(gan, images, negatives, 0, training=False)
    expected = []
    for seen in versions(images, config.negatives).numpy():
        latents = gan.outputs_of(seen).latent
        logits = version_logits(gan.generator.transformation, latents).numpy()
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        # Itself, three quarter turns, inverted.
        assert chances.shape == (5, 5)
        expected.append(np.mean(-np.log(np.diagonal(chances))))
    np.testing.assert_allclose(
        found.terms["transformation"], expected, rtol=1e-4
    )
    total = sum(
        getattr(config, f"{name}_weight") * np.array(found.terms[name])
        for name in term_names(config)
    )
    np.testing.assert_allclose(found.generator, total, rtol=1e-5)


def test_no_pass_of_negatives_where_no_loss_is_about_them(make_gan, config):
    images = np.zeros((2, 8, 8, 1), np.uint8)
    assert make_gan(config).negatives_of(images, 0) is None
    weighty = dataclasses.replace(config, negative_weight=1.0)
    assert len(make_gan(weighty).negatives_of(images, 0)) == 2


def test_the_batch_that_is_normalised_holds_all_versions(
    make_gan, config, digits
):
    """Statistics of one batch a version would tell the versions apart."""
    gan = make_gan(dataclasses.replace(config, normalization="batch"))
    seen = []
    encoder = gan.generator.encoder
    call = encoder.call
    encoder.call = lambda images, **more: (
        seen.append(len(images)) or call(images, **more)
    )
    compiled(gan).fit(digits.train[:4], batch_size=4, verbose=0)
    assert seen == [4 * 5]


def test_training_learns_to_tell_versions_apart(make_gan, config, digits):
    gan = make_gan(dataclasses.replace(config, transformation_weight=30.0))
    gan.compile(jit_compile=False)
    losses = gan.fit(digits.train, batch_size=16, epochs=10, verbose=0)
    # By chance: log 5.
    assert losses.history["transformation"][-1] < 0.7 * np.log(5)


def test_odds_are_ratios_of_probabilities_and_stay_finite(make_gan, config):
    head = make_gan(config).generator.transformation
    latents = np.random.default_rng(0).normal(size=(4, config.latent))
    latents = latents.astype(np.float32)
    logits = version_logits(head, latents).numpy()
    np.testing.assert_allclose(
        version_odds(head, latents),
        np.exp(logits[:, 1:] - logits[:, :1]),
        rtol=1e-4,
    )
    assert np.isfinite(version_odds(head, 1e6 * latents)).all()


def test_a_keras_file_keeps_the_head(make_gan, config, digits, tmp_path):
    gan = compiled(make_gan(config))
    gan.fit(digits.train[:16], batch_size=16, verbose=0)
    gan.adapt_score(digits.holdout)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(
        loaded.score(digits.test[:8]), gan.score(digits.test[:8])
    )


def test_a_student_starts_with_its_teachers_head_and_trains_its_own(
    make_gan, config, digits
):
    teacher, student = make_gan(config), make_gan(config, seed=1)
    teacher.adapt_score(digits.holdout)
    step1 = FrozenTeacherDistiller(teacher, student)
    heads = [gan.generator.transformation for gan in (teacher, student)]
    assert not equal(*map(values, heads))
    step1.adapt(digits.train)
    assert equal(*map(values, heads))
    compiled(step1).fit(digits.train[:16], batch_size=16, verbose=0)
    assert not equal(*map(values, heads))


def test_in_step_2_the_student_follows_on_negatives_the_teacher_has_not(
    make_gan, config, digits
):
    teacher, student = make_gan(config), make_gan(config, seed=1)
    teacher.adapt_score(digits.holdout)
    step2 = compiled(JointDistiller(teacher, student))
    logs = step2.fit(digits.train[:16], batch_size=16, verbose=0).history
    assert all(np.isfinite(value).all() for value in logs.values())
    assert logs["score"][0] > 0
