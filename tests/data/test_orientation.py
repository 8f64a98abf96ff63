import dataclasses

import numpy as np
import pytest

from kdgan_tf.data.orientation import (
    rotation_accuracy,
    symmetry_accuracies,
)
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig


@pytest.mark.parametrize(
    ("upright", "low", "high"), [(True, 0.9, 1.0), (False, 0.0, 0.5)]
)
def test_rotation_accuracy_tells_whether_there_is_an_upright(
    upright, low, high
):
    generator = np.random.default_rng(1)
    images = generator.integers(0, 50, (200, 8, 8, 1), np.uint8)
    if upright:
        images[:, :3] += 150  # sky above
    accuracy = rotation_accuracy(images[:150], images[150:])
    assert low <= accuracy <= high
    if not upright:
        # Answers by chance would be others the next time.
        assert accuracy == rotation_accuracy(images[:150], images[150:])


def test_symmetries_are_told_where_there_are_none():
    generator = np.random.default_rng(1)
    images = generator.integers(0, 50, (120, 8, 8, 1), np.uint8)
    images[:, :, :3] += 150  # lit from the left
    found = symmetry_accuracies(
        images[:100], images[100:], ("shift", "mirror", "flip")
    )
    assert list(found) == ["mirror", "flip"]
    assert found["mirror"] > 0.9
    assert found["flip"] < 0.7


def test_without_augmentations_leaves_the_others():
    gan = GANConfig(augmentations=("shift", "mirror", "flip"))
    adapted = RunConfig(gan, gan).without_augmentations({"mirror", "flip"})
    for found in (adapted.teacher, adapted.student):
        assert found == dataclasses.replace(gan, augmentations=("shift",))


def test_without_rotation_changes_negatives_and_score_of_both_gans():
    gan = GANConfig(negatives=("rotation", "inversion"))
    config = RunConfig(
        teacher=gan,
        student=dataclasses.replace(gan, channels=(4, 8, 16)),
        score_without_rotation="reconstruction",
    )
    adapted = config.without_rotation()
    expected = {"negatives": ("inversion",), "score": "reconstruction"}
    assert adapted.teacher == dataclasses.replace(config.teacher, **expected)
    assert adapted.student == dataclasses.replace(config.student, **expected)
