import numpy as np

from kdgan_tf.data.transformations import transformed

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
