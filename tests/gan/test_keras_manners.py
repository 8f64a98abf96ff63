"""What people expect of a Keras model beside fit, save and load."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import kdgan_tf
from kdgan_tf.gan.optimization import default_optimizer
from kdgan_tf.runtime.errors import InputError
from tests.conftest import equal, values


def rates(model):
    return [float(one.learning_rate) for one in model.all_optimizers()]


@pytest.fixture(params=["gan", "joint"])
def model(request, make_gan):
    """A GAN, or a distiller with four optimizers."""
    if request.param == "gan":
        return make_gan()
    found = kdgan_tf.JointDistiller(make_gan(), make_gan(seed=1))
    found.compile(run_eagerly=True)
    return found


def test_learning_rate_scheduler_moves_every_optimizer(model, digits):
    model.all_optimizers()[1].learning_rate = 4e-4
    model.fit(
        digits.train[:8],
        epochs=2,
        callbacks=[keras.callbacks.LearningRateScheduler(lambda _, r: r / 2)],
        verbose=0,
    )
    first, second, *others = rates(model)
    assert first == pytest.approx(1e-3 / 4)
    # The ratio of rates is kept.
    assert second == pytest.approx(4e-4 / 4)
    assert others == pytest.approx([1e-3 / 4] * len(others))


def test_reduce_on_plateau_moves_every_optimizer_before_others_save(
    model, digits
):
    seen = []
    plateau = keras.callbacks.ReduceLROnPlateau(
        "loss", factor=0.1, patience=1, min_delta=1e9
    )
    look = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: seen.append(rates(model))
    )
    model.fit(digits.train[:8], epochs=2, callbacks=[plateau, look], verbose=0)
    assert seen[0] == pytest.approx([1e-3] * len(seen[0]))
    assert seen[1] == pytest.approx([1e-4] * len(seen[1]))


def test_a_rate_with_a_schedule_of_its_own_is_left_to_it(make_gan, digits):
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    gan = make_gan()
    gan.compile(
        discriminator_optimizer=default_optimizer(schedule), run_eagerly=True
    )
    halve = keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2)
    gan.fit(digits.train[:8], callbacks=[halve], verbose=0)
    assert rates(gan) == pytest.approx([5e-4, float(schedule(1))])


def test_export_after_fit_and_after_load(make_gan, digits, tmp_path):
    gan = make_gan()
    gan.fit(digits.train[:8], verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    images = digits.test[:4].astype(np.float32)
    for name, exported in (("fitted", gan), ("loaded", loaded)):
        exported.export(tmp_path / name, verbose=False)
        served = tf.saved_model.load(tmp_path / name)
        np.testing.assert_allclose(
            served.serve(images)["score"], gan.score(images), rtol=1e-4
        )


def test_summary_shows_every_shape(make_gan):
    lines = []
    gan = make_gan()
    gan.summary(expand_nested=True, print_fn=lines.append)
    text = "\n".join(lines)
    assert "?" not in text
    assert "(None, 2, 2, 8)" in text
    lines.clear()
    kdgan_tf.JointDistiller(gan, make_gan()).summary(print_fn=lines.append)
    assert "?" not in "\n".join(lines)


@pytest.mark.parametrize(
    "ignored",
    [
        {"sample_weight": np.ones(8)},
        {"class_weight": {0: 2.0}},
        {"y": np.zeros(8)},
    ],
)
def test_what_fit_would_ignore_is_refused(model, digits, ignored):
    with pytest.raises(InputError, match="Expected no.*al"):
        model.fit(digits.train[:8], verbose=0, **ignored)


def test_weights_and_labels_in_a_data_set_are_refused(model, digits):
    images, ones = digits.train[:8], np.ones(8)
    for parts in ((images, ones), (images, ones, ones)):
        dataset = tf.data.Dataset.from_tensor_slices(parts).batch(8)
        with pytest.raises(InputError, match="Expected no"):
            model.fit(dataset, verbose=0)
    with pytest.raises(InputError, match="sample_weight"):
        model.evaluate(images, ones * 0, sample_weight=ones)


@pytest.mark.parametrize("name", ["loss", "loss_weights", "weighted_metrics"])
def test_losses_in_compile_are_refused(model, name):
    with pytest.raises(InputError, match=f"no {name} in compile"):
        model.compile(**{name: ["mse"]})


def test_one_optimizer_for_two_networks_is_refused(make_gan):
    one = default_optimizer()
    gan = make_gan()
    with pytest.raises(InputError, match="for generator and discriminator"):
        gan.compile(one, one)
    step1 = kdgan_tf.FrozenTeacherDistiller(make_gan(), gan)
    with pytest.raises(InputError, match="student and student_discriminator"):
        step1.compile(one, {"student_discriminator": one})


def test_no_optimizer_averages_weights(make_gan):
    """Keras would give the generator's to all networks, at the end of fit."""
    averaging = keras.optimizers.Adam(use_ema=True)
    gan = make_gan()
    with pytest.raises(InputError, match="without use_ema.* for discriminator"):
        gan.compile(discriminator_optimizer=averaging)
    step1 = kdgan_tf.FrozenTeacherDistiller(gan, make_gan(seed=1))
    with pytest.raises(InputError, match="without use_ema.* for student"):
        step1.compile(averaging)


@pytest.mark.parametrize("normalization", ["instance", "batch"])
def test_a_frozen_gan_can_be_trained_around(
    make_gan, tiny_config, digits, normalization
):
    config = dataclasses.replace(tiny_config, normalization=normalization)
    gan = make_gan(config)
    gan.trainable = False
    gan.compile(run_eagerly=True)
    before = values(gan)
    gan.fit(digits.train[:8], verbose=0)
    assert equal(before, values(gan))


def test_what_is_frozen_is_frozen_in_a_copy(make_gan):
    gan = make_gan()
    gan.generator.encoder.layers[0].trainable = False
    gan.discriminator.trainable = False
    copy = gan.detached()
    assert not copy.generator.encoder.layers[0].trainable
    assert not copy.discriminator.features.trainable
    assert copy.generator.decoder.trainable
    for part in ("generator", "discriminator"):
        assert len(getattr(copy, part).trainable_variables) == len(
            getattr(gan, part).trainable_variables
        )
    gan.trainable = False
    assert not gan.detached().trainable_variables


def test_what_is_frozen_is_frozen_in_a_file(make_gan, digits, tmp_path):
    gan = make_gan()
    gan.generator.encoder.trainable = False
    gan.generator.decoder.layers[0].trainable = False
    gan.compile(run_eagerly=True)
    gan.fit(digits.train[:8], verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert len(loaded.trainable_variables) == len(gan.trainable_variables)
    assert loaded.optimizer.iterations == gan.optimizer.iterations
    before = values(loaded.generator.encoder)
    loaded.fit(digits.train[:8], verbose=0)
    assert equal(before, values(loaded.generator.encoder))


@pytest.mark.parametrize(
    ("normalization", "compiled_before"),
    [
        *(("batch", True), ("batch", False), ("instance", False)),
        pytest.param("instance", True, marks=pytest.mark.slow),
    ],
)
def test_a_frozen_teacher_stays_as_it_is_in_step_2(
    make_gan, tiny_config, digits, normalization, compiled_before
):
    config = dataclasses.replace(tiny_config, normalization=normalization)
    teacher, student = make_gan(config), make_gan(config, seed=1)
    model = kdgan_tf.JointDistiller(teacher, student)
    if compiled_before:
        # A graph, which Keras has to make anew.
        model.compile(jit_compile=False)
        model.fit(digits.train[:8], verbose=0)
    teacher.trainable = False
    if not compiled_before:
        model.compile(run_eagerly=True)
    before, learning = values(teacher), values(student.generator)
    model.fit(digits.train[:8], verbose=0)
    assert equal(before, values(teacher))
    assert not equal(learning, values(student.generator))


def test_thawed_after_compile_is_said(make_gan, digits):
    gan = make_gan()
    gan.discriminator.trainable = False
    gan.compile(run_eagerly=True)
    gan.discriminator.trainable = True
    with pytest.raises(InputError, match="compile it again"):
        gan.fit(digits.train[:8])


def test_a_score_of_both_needs_its_measurement(
    make_gan, tiny_config, digits, tmp_path
):
    gan = make_gan(dataclasses.replace(tiny_config, score="both"))
    with pytest.raises(InputError, match="Expected adapt_score"):
        gan.score(digits.test[:4])
    with pytest.raises(InputError, match="Expected adapt_score"):
        kdgan_tf.deploy.convert(gan, tmp_path / "a.tflite", digits.train[:50])
    assert not list(tmp_path.iterdir())
    gan.adapt_score(digits.holdout)
    assert np.isfinite(gan.score(digits.test[:4])).all()


def test_data_sets_are_scored_as_arrays_are(make_gan, digits):
    gan = make_gan()
    images = digits.test[:20]
    expected = gan.score(images)
    slices = tf.data.Dataset.from_tensor_slices
    for dataset in (slices(images), slices((images, digits.anomalous[:20]))):
        np.testing.assert_allclose(
            gan.score(dataset.batch(7)), expected, rtol=1e-4, atol=1e-6
        )
    with pytest.raises(InputError, match="tf.data.Dataset of images to score"):
        gan.score(iter([images]))


def test_a_single_callback_will_do(model, digits):
    seen = []
    look = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(epoch)
    )
    model.fit(digits.train[:8], callbacks=look, verbose=0)
    assert seen == [0]


def test_no_auroc_of_a_validation_split(make_gan, digits):
    gan = make_gan()
    gan.compile(metrics=["auroc"])
    with pytest.raises(InputError, match="validation_data with labels"):
        gan.fit(digits.train[:8], validation_split=0.5, verbose=0)
    assert gan.optimizer.iterations == 0


def test_one_image_is_told_to_be_a_batch(model, digits):
    with pytest.raises(InputError, match=r"images\[None\]"):
        model.predict(digits.train[0])
    with pytest.raises(InputError, match=r"images\[\.\.\., None\]"):
        model.predict(digits.train[:4, ..., 0])
