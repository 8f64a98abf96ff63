"""Which batches replicas can share; on two of them in test_distribution."""

import numpy as np
import pytest
import tensorflow as tf

from kdgan_tf.gan import shares
from kdgan_tf.runtime.errors import InputError

# How many images each of some replicas gets, as TensorFlow shares them.
EVERY_ONE = [(16, 2), (3, 2), (2, 2), (5, 3), (7, 4), (1, 1)]
NOT_ALL = [(1, 2), (4, 3), (5, 4), (6, 4), (9, 6)]


@pytest.mark.parametrize(("images", "replicas"), EVERY_ONE)
def test_batches_of_which_all_get_an_image(images, replicas):
    array = np.zeros((images, 1))
    assert shares.checked(array, 16, replicas) is array
    dataset = tf.data.Dataset.from_tensor_slices((array, array)).batch(16)
    ((found, again),) = shares.checked(dataset, None, replicas)
    assert len(found) == len(again) == images


@pytest.mark.parametrize(("images", "replicas"), NOT_ALL)
def test_batches_of_which_one_gets_none(images, replicas):
    array = np.zeros((16 + images, 1))
    message = f"each of {replicas} replicas in every batch"
    with pytest.raises(InputError, match=message):
        shares.checked(array, 16, replicas)
    dataset = tf.data.Dataset.from_tensor_slices(array).batch(16)
    with pytest.raises(InputError, match=message), shares.said(replicas):
        list(shares.checked(dataset, None, replicas))


def test_other_errors_of_tensorflow_stay_as_they_are():
    with pytest.raises(tf.errors.InvalidArgumentError), shares.said(2):
        tf.debugging.assert_equal(1, 2)
