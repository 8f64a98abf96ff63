import pytest

import kdgan_tf
from kdgan_tf.gan import presets
from kdgan_tf.gan.complexity import compression
from kdgan_tf.runtime.errors import InputError


def test_unknown_preset_lists_the_known():
    with pytest.raises(InputError, match="mnist_teacher.*Received: mnist_x"):
        presets.named("mnist_x")
    with pytest.raises(InputError):
        presets.named("GANConfig")


def test_preset_with_another_image_shape():
    found = presets.named("cifar10_student", (64, 64, 3))
    assert found.image_shape == (64, 64, 3)
    # One halving more: the smallest map stays 4 x 4.
    assert found.channels == (12, 24, 42, 42)
    found = presets.named("mnist_student", (128, 128, 1))
    assert found.channels == (3, 7, 15, 15, 15)
    assert found.decoder_channels == (8, 8, 8, 4, 2)
    assert presets.named("mnist_student", (24, 24, 1)).channels == (3, 7, 15)
    assert presets.named("mnist_student", (8, 8, 1)).channels == (3, 7)


@pytest.mark.parametrize("shape", [(32, 32, 1), (32, 32, 3), (64, 64, 3)])
def test_parts_keep_their_ratio_in_grey_and_in_colour(shape):
    teacher, student = (
        kdgan_tf.EDEGAN(presets.named(f"parts_{role}", shape))
        for role in ("teacher", "student")
    )
    assert compression(teacher, student)["macs"] >= 24


def test_students_of_other_budgets():
    for budget in ("tiny", "small", "medium"):
        found = presets.named(presets.of_budget("parts_student", budget))
        assert found.latent == presets.parts_teacher.latent
    with pytest.raises(InputError, match="mnist_student, tiny"):
        presets.of_budget("mnist_student", "tiny")


def test_every_data_set_finds_its_family():
    assert presets.family_for("mnist", (32, 32, 1)) == "mnist"
    assert presets.family_for("folder", (32, 32, 3)) == "cifar10"
    assert presets.family_for("folder", (32, 32, 1)) == "mnist"
    assert presets.family_for("folder", (8, 8, 1)) == "digits"
