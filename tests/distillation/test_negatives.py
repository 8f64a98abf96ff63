"""Each network's negatives are its own, in both phases."""

import dataclasses

import numpy as np
import pytest

from kdgan_tf.data.transformations import transformed
from kdgan_tf.distillation import FrozenTeacherDistiller, JointDistiller
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.distillation.losses import distillation_losses
from kdgan_tf.gan.networks import GeneratorOutputs, unit_range
from tests.conftest import equal, values


@pytest.fixture
def make_pair(make_gan, tiny_config):
    """Teacher and student of the given kinds of negatives."""

    def make(teacher, student):
        return tuple(
            make_gan(dataclasses.replace(tiny_config, negatives=kinds), seed)
            for seed, kinds in enumerate((teacher, student))
        )

    return make


def compiled(kind, teacher, student, **config):
    model = kind(teacher, student, DistillationConfig(**config))
    model.compile(jit_compile=False, run_eagerly=True)
    return model


@pytest.mark.parametrize("student_kinds", [("rotation",), (), ("inversion",)])
def test_in_step_2_the_teacher_goes_on_as_it_was_trained(
    make_pair, digits, student_kinds
):
    """Its weights after a step are those of a step of its own training."""
    images = digits.train[:8]
    kinds = ("rotation", "inversion")
    teacher, student = make_pair(kinds, student_kinds)
    compiled(JointDistiller, teacher, student).train_on_batch(images)
    alone, _ = make_pair(kinds, student_kinds)
    alone.train_on_batch(images)
    assert equal(values(alone), values(teacher))


@pytest.mark.parametrize("kind", [FrozenTeacherDistiller, JointDistiller])
def test_without_imitation_on_negatives_the_students_own_loss_keeps_them(
    make_pair, digits, kind
):
    """With imitation weighted 0 a step is one of the student's training."""
    images = digits.train[:8]
    nothing = {
        f"{name}_weight": 0.0
        for name in (
            *("latent", "reconstruction", "reconstruction_latent", "score"),
        )
    }
    for negatives in (True, False):
        teacher, student = make_pair(("inversion",), ("rotation",))
        model = compiled(kind, teacher, student, negatives=negatives, **nothing)
        model.train_on_batch(images)
        _, alone = make_pair(("inversion",), ("rotation",))
        alone.train_on_batch(images)
        assert equal(values(alone), values(student))


def outputs_of(gan, images):
    return GeneratorOutputs(*gan.generator(unit_range(images), training=False))


@pytest.mark.parametrize("kind", [FrozenTeacherDistiller, JointDistiller])
@pytest.mark.parametrize("negatives", [True, False])
def test_the_student_imitates_on_normal_images_and_its_own_negatives(
    make_pair, digits, kind, negatives
):
    images = digits.train[:8]
    teacher, student = make_pair(("inversion",), ("rotation",))
    model = compiled(
        kind, teacher, student, negatives=negatives, student_gan_loss=False
    )
    logs = model.test_on_batch(images, return_dict=True)
    seen = [images]
    if negatives:
        seen.append(transformed(images, ("rotation",), 0))
    terms = distillation_losses(
        *(outputs_of(gan, np.concatenate(seen)) for gan in (teacher, student)),
        model.config,
    )
    for name, term in terms.items():
        assert logs[name] == pytest.approx(float(np.mean(term)), rel=1e-5)
