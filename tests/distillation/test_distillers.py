import dataclasses
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kdgan_tf.distillation import (
    FrozenTeacherDistiller,
    JointDistiller,
    distiller,
)
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.runtime.errors import InputError
from tests.conftest import compiled, equal, values


@pytest.fixture(scope="module")
def trained_weights():
    """A teacher's weights after a moment, by normalisation."""
    return {}


@pytest.fixture(params=["instance", "batch"])
def pair(request, make_gan, tiny_config, digits, trained_weights):
    """A teacher trained for a moment and a fresh student."""
    config = dataclasses.replace(
        tiny_config, normalization=request.param, negatives=("rotation",)
    )
    teacher = make_gan(dataclasses.replace(config, channels=(6, 12)))
    if request.param not in trained_weights:
        teacher.fit(digits.train[:32], batch_size=16, verbose=0)
        trained_weights[request.param] = teacher.get_weights()
    teacher.set_weights(trained_weights[request.param])
    return teacher, make_gan(config, seed=1)


def test_frozen_teacher_is_bit_identical(pair, digits):
    teacher, student = pair
    before = values(teacher)
    step1 = compiled(FrozenTeacherDistiller(teacher, student))
    step1.fit(digits.train[:32], batch_size=16, verbose=0)
    # Batch-normalisation statistics are among the weights.
    assert equal(before, values(teacher))


@pytest.mark.parametrize(
    ("train_teacher", "student_gan_loss"),
    list(itertools.product([False, True], repeat=2)),
)
def test_each_structure_trains_what_it_says_and_nothing_else(
    pair, digits, train_teacher, student_gan_loss
):
    teacher, student = pair
    model = compiled(
        distiller(
            teacher,
            student,
            DistillationConfig(
                train_teacher=train_teacher, student_gan_loss=student_gan_loss
            ),
        )
    )
    trained = {
        "student encoder": (student.generator.encoder, True),
        "student decoder": (student.generator.decoder, True),
        "student second encoder": (
            student.generator.reconstruction_encoder,
            True,
        ),
        "student discriminator": (student.discriminator, student_gan_loss),
        "teacher generator": (teacher.generator, train_teacher),
        "teacher discriminator": (teacher.discriminator, train_teacher),
    }
    before = {name: values(part) for name, (part, _) in trained.items()}
    model.train_on_batch(digits.train[:8])
    for name, (part, expected) in trained.items():
        assert equal(before[name], values(part)) != expected, name


def test_the_weight_of_the_score_rises(pair, digits):
    teacher, student = pair
    model = compiled(
        FrozenTeacherDistiller(
            teacher,
            student,
            DistillationConfig(score_warmup=2, negatives=False),
        )
    )
    images = digits.train[:8]
    taught = teacher.outputs_of(images)

    def score(step, training=True):
        _, terms = model.student_losses(images, None, taught, step, training)
        return float(np.mean(terms["score"]))

    whole = score(2)
    assert whole > 0
    assert [score(step) for step in (0, 1, 5)] == pytest.approx(
        [0, whole / 2, whole]
    )
    # What is measured, and not trained, counts whole.
    assert score(0, training=False) > 0


def test_loss_is_the_weighted_sum(pair, digits):
    teacher, student = pair
    model = compiled(
        FrozenTeacherDistiller(
            teacher,
            student,
            DistillationConfig(
                latent_weight=2,
                reconstruction_weight=3,
                reconstruction_latent_weight=4,
                score_weight=0,
                student_gan_loss=False,
                negatives=False,
            ),
        )
    )
    images = digits.train[:8]
    taught = teacher.predict(images, verbose=0)
    learned = student.predict(images, verbose=0)
    logs = model.test_on_batch(images, return_dict=True)
    difference = {name: taught[name] - learned[name] for name in taught}
    expected = {
        "latent": 2 * np.mean(difference["latent"] ** 2),
        "reconstruction": 3 * np.mean(np.abs(difference["reconstruction"])),
        "reconstruction_latent": 4
        * np.mean(difference["reconstruction_latent"] ** 2),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-4)
    np.testing.assert_allclose(logs["loss"], sum(expected.values()), rtol=1e-4)


def test_imitation_makes_the_student_like_the_teacher(pair, digits):
    teacher, student = pair
    model = FrozenTeacherDistiller(
        teacher, student, DistillationConfig(student_gan_loss=False)
    )
    # So many steps pay for the tracing.
    model.compile(jit_compile=False)
    history = model.fit(
        digits.train, batch_size=16, epochs=10, verbose=0
    ).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]


@pytest.mark.parametrize("kind", [FrozenTeacherDistiller, JointDistiller])
def test_keras_file_round_trip(pair, digits, tmp_path, kind):
    teacher, student = pair
    model = compiled(kind(teacher, student))
    model.fit(digits.train[:16], batch_size=16, verbose=0)
    model.save(tmp_path / "phase.keras")
    loaded = keras.saving.load_model(tmp_path / "phase.keras")
    assert loaded.config == model.config
    for mine, theirs in (
        (teacher, loaded.teacher),
        (student, loaded.student),
    ):
        np.testing.assert_array_equal(
            mine.score(digits.test), theirs.score(digits.test)
        )
    for model_ in (model, loaded):
        model_.train_on_batch(digits.train[:16])
    assert equal(values(model), values(loaded))


def test_networks_that_cannot_be_compared_are_refused(make_gan, tiny_config):
    other = dataclasses.replace(tiny_config, latent=5)
    with pytest.raises(InputError, match=r"same latent.*4 and 5"):
        FrozenTeacherDistiller(make_gan(), make_gan(other))


def test_optimizer_for_a_network_that_is_not_trained_is_refused(make_gan):
    model = FrozenTeacherDistiller(make_gan(), make_gan())
    with pytest.raises(InputError, match=r"Received one for \['teacher'\]"):
        model.compile(optimizers={"teacher": "adam"})


def test_a_student_of_all_evidence_learns_from_changed_images(
    make_gan, tiny_config, digits
):
    config = dataclasses.replace(
        tiny_config,
        score="evidence",
        prototypes=8,
        negatives=("defect",),
        augmentations=("shift",),
    )
    teacher, student = make_gan(config), make_gan(config, seed=1)
    teacher.adapt_score(digits.holdout, digits.train)
    step1 = FrozenTeacherDistiller(
        teacher, student, DistillationConfig(1, 1, 1, 1, standardised=True)
    )
    step1.adapt(digits.train)
    assert np.all(step1.spread != 1)
    # Images that are new each step have no answers beforehand.
    assert not step1.targets_pay(digits.train, 1000)
    compiled(step1)
    before = step1.evaluate(digits.train, verbose=0, return_dict=True)
    step1.fit(digits.train, batch_size=16, epochs=2, verbose=0)
    after = step1.evaluate(digits.train, verbose=0, return_dict=True)
    for name in ("latent", "reconstruction", "score"):
        assert after[name] < before[name]


def test_unknown_evidence_of_the_score_is_refused():
    with pytest.raises(InputError, match="score_evidence among.*peak"):
        DistillationConfig(score_evidence="peak")


def test_of_a_score_of_more_the_distance_alone_may_be_imitated(
    make_gan, tiny_config, digits
):
    config = dataclasses.replace(
        tiny_config,
        score="evidence",
        evidence=("latent", "prototype"),
        prototypes=8,
    )
    teacher, student = make_gan(config), make_gan(config, seed=1)
    images = digits.train[:8]

    def score(imitated):
        asked = DistillationConfig(
            score_weight=3, score_evidence=imitated, negatives=False
        )
        model = compiled(FrozenTeacherDistiller(teacher, student, asked))
        return model.test_on_batch(images, return_dict=True)["score"]

    taught, learned = (
        np.log(gan.evidence_of(images)[:, 0] + 1e-3)
        for gan in (teacher, student)
    )
    # Nothing is to be measured for it, and nothing measured changes it.
    expected = 3 * np.mean((taught - learned) ** 2)
    assert score("latent") == pytest.approx(expected, rel=1e-4)
    teacher.adapt_score(digits.holdout, digits.train)
    assert score("latent") == pytest.approx(expected, rel=1e-4)
    assert score("all") != pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("kind", [FrozenTeacherDistiller, JointDistiller])
def test_anomalies_count_in_no_loss(make_gan, digits, kind):
    model = compiled(kind(make_gan(), make_gan(seed=1)))
    images, labels = digits.test[:40], digits.anomalous[:40]
    found = model.evaluate(images, labels, verbose=0)
    alone = model.evaluate(images[~labels], verbose=0)
    np.testing.assert_allclose(found, alone, rtol=1e-5)
    every = model.evaluate(images, verbose=0)
    assert not np.allclose(every, alone, rtol=1e-3)


def test_targets_asked_before_are_of_no_use_with_augmentations(
    tiny_config, make_gan, digits
):
    images = digits.train[:16]
    teacher = make_gan(tiny_config)
    targets = FrozenTeacherDistiller(teacher, make_gan()).targets(images)
    changing = dataclasses.replace(tiny_config, augmentations=("mirror",))
    step1 = compiled(FrozenTeacherDistiller(teacher, make_gan(changing)))
    with pytest.raises(InputError, match="a student with augmentations"):
        step1.targets(images)
    with pytest.raises(InputError, match="a student with augmentations"):
        step1.fit(images, targets, verbose=0)


def test_fit_measures_the_spread_where_nobody_did(make_gan, digits):
    images = digits.train[:16]
    config = DistillationConfig(standardised=True)
    teacher = make_gan()
    step1 = compiled(FrozenTeacherDistiller(teacher, make_gan(), config))
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(8)
    with pytest.raises(InputError, match=r"adapt\(normal images\)"):
        step1.fit(dataset, verbose=0)
    step1.fit(images, verbose=0)
    spread = step1.spread.numpy()
    step1.adapt(images)
    np.testing.assert_array_equal(step1.spread, spread)
    # What was measured stays.
    step1.fit(digits.train[16:32], verbose=0)
    np.testing.assert_array_equal(step1.spread, spread)


def test_evidence_of_a_teacher_that_has_measured_none_is_refused(
    tiny_config, make_gan, digits
):
    config = dataclasses.replace(tiny_config, score="evidence", prototypes=4)
    teacher, student = make_gan(config), make_gan(config, seed=1)
    step1 = compiled(FrozenTeacherDistiller(teacher, student))
    with pytest.raises(InputError, match="Expected adapt_score"):
        step1.fit(digits.train[:16], verbose=0)
    imitating = DistillationConfig(score_evidence="latent")
    step1 = compiled(FrozenTeacherDistiller(teacher, student, imitating))
    step1.fit(digits.train[:16], verbose=0)
