import numpy as np
import pytest

from kdgan_tf.negatives import rotation_accuracy, transformed

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 6, 6, 3), np.uint8)


def made_by(images, kinds, step=0):
    return np.array(transformed(images, kinds, step))


def test_rotation_gives_all_three_turns_and_never_the_image():
    found = made_by(IMAGES, ("rotation",))
    turns = set()
    for image, turned in zip(IMAGES, found, strict=True):
        matches = [
            count
            for count in range(4)
            if np.array_equal(np.rot90(image, count), turned)
        ]
        assert len(matches) == 1
        turns |= set(matches)
    assert turns == {1, 2, 3}


def test_color_and_inversion_by_hand():
    np.testing.assert_array_equal(
        made_by(IMAGES, ("color",)), IMAGES[..., [2, 0, 1]]
    )
    np.testing.assert_array_equal(made_by(IMAGES, ("inversion",)), 255 - IMAGES)
    grey = IMAGES[..., :1]
    np.testing.assert_array_equal(made_by(grey, ("color",)), 255 - grey)


def test_kinds_are_mixed():
    found = made_by(IMAGES, ("color", "inversion"))
    colored = np.all(found == IMAGES[..., [2, 0, 1]], axis=(1, 2, 3))
    inverted = np.all(found == 255 - IMAGES, axis=(1, 2, 3))
    assert np.all(colored != inverted)
    assert 10 < colored.sum() < 50


def test_negatives_depend_on_image_and_step_not_on_the_batch():
    kinds = ("rotation", "color", "inversion")
    together = made_by(IMAGES, kinds, step=7)
    halves = [made_by(IMAGES[s], kinds, 7) for s in (slice(30), slice(30, 60))]
    np.testing.assert_array_equal(together, np.concatenate(halves))
    assert not np.array_equal(together, made_by(IMAGES, kinds, step=8))


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
    assert accuracy == rotation_accuracy(images[:150], images[150:])
