import numpy as np
import pytest

from kdgan_tf.data.defects import KINDS, LOCAL, synthetic_defects

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_does_not_depend_on_other_images_and_keeps_the_type(kind):
    make = KINDS[kind]
    together = np.array(make(IMAGES[:8]))
    assert together.dtype == np.uint8 and together.shape == (8, 16, 16, 1)
    np.testing.assert_array_equal(np.array(make(IMAGES[3:4])), together[3:4])
    assert all(
        np.any(one != other)
        for one, other in zip(together, IMAGES[:8], strict=True)
    )


def test_local_defects_leave_most_of_the_image():
    for make in LOCAL.values():
        changed = np.array(make(IMAGES)) != IMAGES
        assert 0 < np.mean(changed) < 0.4


def test_every_kind_of_every_image():
    found = synthetic_defects(IMAGES[:2])
    assert len(found) == 2 * len(KINDS)
