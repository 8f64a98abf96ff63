import dataclasses

import numpy as np
import pytest

from kdgan_tf.data.transformations import transformed
from kdgan_tf.distillation import FrozenTeacherDistiller
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.distillation.targets import targets_at, targets_of, targets_pay
from kdgan_tf.runtime.errors import InputError
from tests.conftest import equal, values

KINDS = ("rotation", "inversion")


@pytest.fixture
def make_distiller(make_gan, tiny_config, digits):
    """Makes equal distillers, each with a teacher trained for a moment."""
    config = dataclasses.replace(tiny_config, negatives=KINDS)

    def make(**switches):
        teacher = make_gan(dataclasses.replace(config, channels=(6, 12)))
        teacher.fit(digits.train[:32], batch_size=16, verbose=0)
        model = FrozenTeacherDistiller(
            teacher, make_gan(config, seed=1), DistillationConfig(**switches)
        )
        model.compile(jit_compile=False, run_eagerly=True)
        return model

    return make


def fit(model, images, targets=None):
    model.fit(images, targets, batch_size=16, shuffle=False, verbose=0)
    return values(model.student)


@pytest.mark.parametrize("negatives", [True, False])
def test_training_with_targets_equals_training_with_the_teacher(
    make_distiller, digits, negatives
):
    images = digits.train[:48]
    asking, asked = (make_distiller(negatives=negatives) for _ in range(2))
    expected = fit(asking, images)
    found = fit(asked, images, asked.targets(images))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert equal(values(asking.teacher), values(asked.teacher))


def test_targets_are_what_the_teacher_says_of_the_images_of_a_step(
    make_distiller, digits
):
    teacher, images = make_distiller().teacher, digits.train[:20]
    targets = targets_of(teacher, images, KINDS)
    # The image, three turns, one inversion.
    assert targets.latent.shape == (20, 5, teacher.config.latent)
    for step in range(6):
        seen = np.concatenate([images, transformed(images, KINDS, step)])
        expected = teacher.predict(seen, verbose=0)
        found = targets_at(targets, images, KINDS, step)._asdict()
        for name, value in found.items():
            np.testing.assert_allclose(value, expected[name], atol=1e-5)


def test_labels_are_no_targets(make_distiller, digits):
    images = digits.train[:16]
    with pytest.raises(InputError, match="normal images alone"):
        fit(make_distiller(), images, np.arange(len(images)))


def test_targets_pay_from_the_epoch_on_where_they_are_less_work():
    images = np.zeros((100, 8, 8, 1), np.uint8)
    # Four versions of an image; a step asks for two of them.
    assert not targets_pay(images, 4, ("rotation",), epochs=2)
    assert targets_pay(images, 4, ("rotation",), epochs=3)
    assert not targets_pay(images, 4, (), epochs=1)
    assert targets_pay(images, 4, (), epochs=2)


def test_targets_that_would_fill_the_memory_do_not_pay():
    many = np.broadcast_to(np.uint8(0), (2**20, 32, 32, 3))
    assert not targets_pay(many, 64, (), epochs=12)
    assert targets_pay(many[: 2**17], 64, (), epochs=12)
