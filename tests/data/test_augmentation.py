"""What leaves a normal image normal."""

import numpy as np
import pytest

from kdgan_tf.data.augmentation import (
    KINDS,
    SYMMETRIES,
    augmented,
    group,
    posed,
    shifted,
    symmetric,
    variants,
)
from kdgan_tf.data.draws import uniform

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), np.uint8)
CHANGES = {
    "mirror": lambda image: image[:, ::-1],
    "flip": lambda image: image[::-1],
    "half_turn": lambda image: np.rot90(image, 2),
    "quarter_turn": np.rot90,
}


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


@pytest.mark.parametrize("kind", SYMMETRIES)
def test_a_symmetry_is_what_its_name_says(kind):
    found = symmetric(IMAGES[:3], *SYMMETRIES[kind]).numpy()
    for image, changed in zip(IMAGES, found, strict=False):
        np.testing.assert_array_equal(changed, CHANGES[kind](image))


@pytest.mark.parametrize(
    ("kinds", "size"),
    [
        (("shift",), 1),
        (("mirror",), 2),
        (("mirror", "flip"), 4),
        (("quarter_turn",), 4),
        (("half_turn", "flip"), 4),
        (("mirror", "quarter_turn"), 8),
        (KINDS, 8),
    ],
)
def test_what_follows_from_some_symmetries(kinds, size):
    elements = group(kinds)
    assert elements[0] == (0, False)
    seen = {symmetric(IMAGES[:1], *e).numpy().tobytes() for e in elements}
    assert len(seen) == len(elements) == size
    # One after another is among them too.
    for first in elements:
        once = symmetric(IMAGES[:1], *first)
        for second in elements:
            assert symmetric(once, *second).numpy().tobytes() in seen


def test_each_image_by_itself_all_symmetries_alike():
    kinds = ("mirror", "quarter_turn")
    together = augmented(IMAGES, kinds, 3).numpy()
    assert together.dtype == np.uint8
    np.testing.assert_array_equal(
        augmented(IMAGES[5:6], kinds, 3), together[5:6]
    )
    versions = np.stack(
        [symmetric(IMAGES, *element).numpy() for element in group(kinds)]
    )
    counts = np.zeros(8, int)
    for step in range(5):
        found = augmented(IMAGES, kinds, step).numpy()
        matches = np.all(found == versions, axis=(2, 3, 4))
        assert np.all(matches.sum(axis=0) == 1)
        counts += matches.sum(axis=1)
    assert counts.min() > 10
    np.testing.assert_array_equal(augmented(IMAGES, (), 3), IMAGES)


@pytest.mark.parametrize(
    ("kinds", "count"), [((), 1), (("shift",), 3), (("mirror",), 2), (KINDS, 9)]
)
def test_variants_begin_with_the_images_and_differ(kinds, count):
    found = variants(IMAGES[:4], kinds).reshape(count, 4, 16, 16, 1)
    np.testing.assert_array_equal(found[0], IMAGES[:4])
    assert len({version.tobytes() for version in found}) == count


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


@pytest.mark.parametrize(
    "kind, most", [("exposure", 20 + 0.2 * 27.5), ("noise", 8)]
)
def test_light_and_noise_differ_by_image_and_step_and_no_more(kind, most):
    images = np.full((64, 8, 8, 1), 100, np.uint8)
    images[:, 0, 0, 0] += np.arange(64, dtype=np.uint8)
    found, again, other = (
        augmented(images, (kind,), step).numpy() for step in (3, 3, 4)
    )
    np.testing.assert_array_equal(found, again)
    assert found.dtype == np.uint8
    assert (found != other).any()
    off = found[:, 1:].astype(float) - 100
    assert np.abs(off).max() <= most + 0.5
    assert np.abs(off).max() > 0.8 * most
    assert abs(off.mean()) < 0.2 * most
    # Light is alike for all pixels of an image, noise is not.
    assert (np.ptp(off, axis=(1, 2, 3)) == 0).all() == (kind == "exposure")
    black, white = (np.full((1, 8, 8, 1), v, np.uint8) for v in (0, 255))
    assert augmented(black, (kind,), 0).numpy().max() <= 51 + 20
    assert augmented(white, (kind,), 0).numpy().min() >= 255 - 51 - 20


def test_a_pose_is_what_it_says_and_leaves_some_as_they_are():
    """A spot moves by its shift, its turn and its zoom together at most."""
    images = np.full((200, 32, 32, 1), 20, np.uint8)
    images[:, 24:26, 24:26] = 220
    images[:, 0, 0, 0] = np.arange(200)  # they draw differently
    found = posed(images, 3).numpy()
    assert found.dtype == np.uint8
    unmoved = np.all(found[:, 2:] == images[:, 2:], axis=(1, 2, 3))
    assert 0.2 < unmoved.mean() < 0.4
    np.testing.assert_array_equal(found[5:6], posed(images[5:6], 3))
    light = found[~unmoved, 2:, 2:, 0].astype(float) - 20
    places = np.arange(2, 32)
    for axis in (1, 2):
        where = np.sum(light.sum(3 - axis) * places, axis=1)
        where /= light.sum((1, 2))
        # 24.5 lies 9 pixels from the middle: 1 + 9 (0.05 + 0.052).
        assert np.abs(where - 24.5).max() < 2
        assert where.std() > 0.3
