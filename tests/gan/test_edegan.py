import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.runtime.errors import InputError
from tests.conftest import equal, values


@pytest.mark.parametrize("negatives", [(), ("rotation", "color")])
def test_every_sub_network_changes_in_one_step(
    make_gan, tiny_config, digits, negatives
):
    gan = make_gan(dataclasses.replace(tiny_config, negatives=negatives))
    parts = {
        "encoder": gan.generator.encoder,
        "decoder": gan.generator.decoder,
        "second encoder": gan.generator.reconstruction_encoder,
        "discriminator": gan.discriminator,
    }
    before = {name: values(part) for name, part in parts.items()}
    gan.train_on_batch(digits.train[:8])
    for name, part in parts.items():
        for old, new in zip(before[name], values(part), strict=True):
            assert not np.array_equal(old, new), name


def test_fit_lowers_the_loss(make_gan, digits):
    gan = make_gan()
    # So many steps pay for the tracing.
    gan.compile(jit_compile=False)
    history = gan.fit(digits.train, batch_size=16, epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert set(history) == {
        "loss",
        "adversarial",
        "reconstruction",
        "latent",
        "discriminator_loss",
    }


def test_score_is_the_latent_distance(make_gan, digits):
    gan = make_gan()
    outputs = gan.predict(digits.test[:6], verbose=0)
    by_hand = np.mean(
        (outputs["latent"] - outputs["reconstruction_latent"]) ** 2, axis=1
    )
    np.testing.assert_allclose(gan.score(digits.test[:6]), by_hand, rtol=1e-5)
    assert gan.score(digits.test[:6]).dtype == np.float32


@pytest.mark.parametrize("normalization", ["instance", "batch", "none"])
@pytest.mark.parametrize("score", ["latent", "reconstruction", "both"])
def test_score_depends_on_the_image_alone(
    make_gan, tiny_config, digits, normalization, score
):
    config = dataclasses.replace(
        tiny_config, normalization=normalization, score=score
    )
    gan = make_gan(config)
    gan.fit(digits.train[:32], batch_size=16, verbose=0)
    gan.adapt_score(digits.holdout)
    images = digits.test[:20]
    together = gan.score(images)
    alone = np.concatenate([gan.score(image[None]) for image in images])
    reverse = gan.score(images[::-1], batch_size=7)[::-1]
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(reverse, together, rtol=1e-4, atol=1e-5)


def test_uint8_and_float_pixels_score_alike(make_gan, digits):
    gan = make_gan()
    images = digits.test[:4]
    np.testing.assert_array_equal(
        gan.score(images), gan.score(images.astype(np.float32))
    )


def test_score_of_both_is_standardised_on_normal_images(
    make_gan, tiny_config, digits
):
    gan = make_gan(dataclasses.replace(tiny_config, score="both"))
    gan.adapt_score(digits.holdout)
    logarithms = np.log(gan.evidence_of(digits.holdout) + 1e-9)
    standard = (logarithms - logarithms.mean(0)) / logarithms.std(0)
    np.testing.assert_allclose(
        gan.score(digits.holdout), standard.sum(axis=1), atol=1e-4
    )


@pytest.mark.parametrize("score", ["latent", "both"])
def test_keras_file_gives_equal_scores_and_optimizers(
    make_gan, tiny_config, digits, tmp_path, score
):
    gan = make_gan(dataclasses.replace(tiny_config, score=score))
    gan.fit(digits.train[:32], batch_size=16, verbose=0)
    gan.adapt_score(digits.holdout)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.config == gan.config
    np.testing.assert_array_equal(
        loaded.score(digits.test), gan.score(digits.test)
    )
    for name in ("optimizer", "discriminator_optimizer"):
        assert equal(
            [v.numpy() for v in getattr(gan, name).variables],
            [v.numpy() for v in getattr(loaded, name).variables],
        )
    # Training goes on alike: nothing that matters was left behind.
    for model in (gan, loaded):
        model.train_on_batch(digits.train[:16])
    assert equal(values(gan), values(loaded))


def test_wrong_shape_is_refused_with_both_shapes(make_gan):
    with pytest.raises(InputError, match=r"\(n, 8, 8, 1\).*\(2, 8, 8, 3\)"):
        make_gan().score(np.zeros((2, 8, 8, 3), np.uint8))


def test_no_images_give_no_scores(make_gan):
    assert make_gan().score(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0,)


@pytest.mark.slow
def test_user_code_of_the_readme(tmp_path):
    """The library as a user writes it: fit, distil twice, score, convert."""
    train, test = kdgan_tf.data.one_class("digits", normal_class=8)
    teacher = kdgan_tf.EDEGAN(kdgan_tf.presets.digits_teacher)
    teacher.compile(run_eagerly=True)
    teacher.fit(train, epochs=1, verbose=0)
    student = kdgan_tf.EDEGAN(kdgan_tf.presets.digits_student)
    step1 = kdgan_tf.FrozenTeacherDistiller(teacher, student)
    step1.compile(run_eagerly=True)
    step1.fit(train, epochs=1, verbose=0)
    step2 = kdgan_tf.JointDistiller(teacher, student)
    step2.compile()
    step2.fit(train, epochs=1, verbose=0)
    images, labels = next(test.as_numpy_iterator())
    scores = student.score(images)
    assert scores.shape == labels.shape
    kdgan_tf.deploy.convert(
        student, tmp_path / "student.tflite", calibration=train
    )
    scorer = kdgan_tf.deploy.Scorer(tmp_path / "student.tflite")
    assert np.corrcoef(scorer.score(images), scores)[0, 1] > 0.9
    assert teacher.evaluate(test, verbose=0, return_dict=True)["loss"] > 0


def test_score_of_all_evidence_comes_back_from_a_keras_file(
    make_gan, tiny_config, digits, tmp_path
):
    config = dataclasses.replace(
        tiny_config,
        score="evidence",
        prototypes=8,
        normalized_input=True,
        negatives=("defect",),
        restoration_weight=1.0,
        augmentations=("shift",),
    )
    gan = make_gan(config)
    gan.fit(digits.train[:64], batch_size=16, verbose=0)
    gan.adapt_score(digits.holdout, digits.train)
    assert np.sum(gan.anomaly_score.weight) == pytest.approx(1)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.config == config
    np.testing.assert_array_equal(
        loaded.score(digits.test), gan.score(digits.test)
    )
    assert np.mean(gan.score(digits.holdout)) == pytest.approx(0, abs=1e-4)
