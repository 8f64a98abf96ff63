import numpy as np
import pytest

from kdgan_tf.data.defects import (
    LOCAL,
    STRUCTURAL,
    shifted,
    synthetic_defects,
    uniform,
)

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), np.uint8)


def test_numbers_are_decided_by_image_and_number_and_spread_evenly():
    found = np.array(uniform(IMAGES, 3, 50))
    np.testing.assert_array_equal(found[7:8], uniform(IMAGES[7:8], 3, 50))
    assert not np.array_equal(found, uniform(IMAGES, 4, 50))
    assert found.min() >= 0 and found.max() < 1
    assert np.histogram(found, 4, (0, 1))[0].min() > 400
    # Floats of the same pixels are the same image.
    np.testing.assert_array_equal(
        found, uniform(IMAGES.astype(np.float32), 3, 50)
    )


@pytest.mark.parametrize("make", [*LOCAL, *STRUCTURAL])
def test_a_defect_does_not_depend_on_other_images_and_keeps_the_type(make):
    together = np.array(make(IMAGES[:8]))
    assert together.dtype == np.uint8 and together.shape == (8, 16, 16, 1)
    np.testing.assert_array_equal(np.array(make(IMAGES[3:4])), together[3:4])
    assert all(
        np.any(one != other)
        for one, other in zip(together, IMAGES[:8], strict=True)
    )


def test_local_defects_leave_most_of_the_image():
    for make in LOCAL:
        changed = np.array(make(IMAGES)) != IMAGES
        assert 0 < np.mean(changed) < 0.4


def test_every_kind_of_every_image():
    found = synthetic_defects(IMAGES[:2])
    assert len(found) == 2 * (len(LOCAL) + len(STRUCTURAL))


def test_shifts_move_by_a_pixel_at_most_and_change_with_the_step():
    moves = set()
    for step in range(20):
        (found,) = np.array(shifted(IMAGES[:1], step))
        matches = [
            (down, right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if np.array_equal(
                found[2:-2, 2:-2],
                np.roll(IMAGES[0], (down, right), (0, 1))[2:-2, 2:-2],
            )
        ]
        assert len(matches) == 1
        moves |= set(matches)
    assert len(moves) > 4
