import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.runtime.errors import InputError


def grey(count=20, side=28, dtype=np.uint8):
    pixels = np.random.default_rng(0).integers(2, 256, (count, side, side))
    return pixels.astype(dtype)


def test_28_pixels_without_a_channel_axis_become_32_with_one():
    labels = np.arange(20) % 2
    images = kdgan_tf.data.from_arrays(grey(), grey() // 2, labels, holdout=0.1)
    assert images.train.shape == (18, 32, 32, 1)
    assert images.holdout.shape == (2, 32, 32, 1)
    assert images.test.dtype == np.uint8
    np.testing.assert_array_equal(images.test[3, 2:30, 2:30, 0], grey()[3] // 2)
    assert not images.test[:, :2].any()
    np.testing.assert_array_equal(images.anomalous, labels == 1)
    assert images.preprocessing.image_shape == (32, 32, 1)


def test_floats_are_rounded_and_a_test_is_not_needed():
    found = kdgan_tf.data.from_arrays(grey(dtype=np.float32) - 0.4, holdout=0)
    expected = kdgan_tf.data.from_arrays(grey(), holdout=0)
    np.testing.assert_array_equal(found.train, expected.train)
    assert found.test.shape == (0, 32, 32, 1)
    assert not found.testable


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((grey()[0],), r"train of shape .*\(28, 28\)"),
        ((grey()[:0],), "normal images in train"),
        ((grey() / 255,), "ultiply them by 255"),
        ((grey() - 300.0,), "from -298"),
        ((grey(), grey()), "together with their labels"),
        ((grey(), grey(side=32), np.zeros(20)), "shape of train"),
        ((grey(), grey(), np.zeros(3)), "20 labels"),
        ((grey(), grey(), np.arange(20)), r"20 labels 0 \(normal\)"),
        ((grey(side=28)[:, :20],), "quare"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        kdgan_tf.data.from_arrays(*arguments)


def test_what_is_left_to_train_on_must_differ():
    pixels = np.zeros((8, 16, 16), np.uint8)
    pixels[3] = np.arange(16) * 9
    with pytest.raises(InputError, match="are the same picture"):
        # The odd one may be held out or not.
        for seed in range(20):
            kdgan_tf.data.from_arrays(pixels, seed=seed)
