"""Which batches replicas can share; on two of them in test_distribution."""

import numpy as np
import pytest
import tensorflow as tf

import kdgan_tf
from kdgan_tf.gan import shares
from kdgan_tf.gan.optimization import replica_mean
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


def test_images_count_alike_in_parts_that_are_not():
    """Three images of seven on one replica, four on the other."""
    parts = [1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]
    shares_of_mean = [
        float(replica_mean(tf.constant(part), 7.0)) for part in parts
    ]
    np.testing.assert_allclose(shares_of_mean, [6 / 7, 22 / 7], rtol=1e-6)
    np.testing.assert_allclose(sum(shares_of_mean), 4, rtol=1e-6)


def test_fit_and_evaluate_look_at_what_replicas_would_share(
    make_gan, digits, monkeypatch
):
    gan = make_gan()
    gan.compile()
    two = property(lambda model: 2)
    monkeypatch.setattr(kdgan_tf.EDEGAN, "_replicas", two)
    for run in (gan.fit, gan.evaluate):
        with pytest.raises(InputError, match="33 images in batches of 16"):
            run(digits.train[:33], batch_size=16, verbose=0)
