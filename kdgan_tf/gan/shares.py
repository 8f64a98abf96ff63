"""Batches that several replicas share: none may be left without an image.

TensorFlow gives each replica as many images, rounded up, until there are no
more, and fails where one gets none.
"""

import contextlib

import tensorflow as tf

from kdgan_tf.gan import inputs
from kdgan_tf.runtime.errors import InputError

_TOO_SMALL = "a batch is too small for its replicas"


def checked(source, batch_size, replicas):
    """What Keras's `x` can be, as it is or with a look at each batch.

    Args:
        source: Arrays are looked at here; a `tf.data.Dataset` while it is
            read, see `said`, and with that TensorFlow shares it evenly; what
            else there is stays as it is.
        batch_size: Images a batch, for an array; by default Keras's 32.
        replicas: How many share a batch.

    Raises:
        InputError: One of the replicas would get no image of some batch.
    """
    if replicas == 1:
        return source
    if isinstance(source, tf.data.Dataset):
        return source.map(lambda *parts: _checked_batch(parts, replicas))
    if inputs.is_array(source):
        count, size = len(source), batch_size or 32
        for images in (min(count, size), count % size):
            if images and not _all_get_one(images, replicas):
                raise InputError(
                    f"Expected at least an image for each of {replicas} "
                    f"replicas in every batch. Received {count} images in "
                    f"batches of {size}, one of which has {images}: leave "
                    "some out or take another batch size."
                )
    return source


@contextlib.contextmanager
def said(replicas):
    """Say in one line that a batch of a data set was too small."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if _TOO_SMALL not in str(error):
            raise
        raise InputError(
            f"Expected at least an image for each of {replicas} replicas in "
            "every batch. Received a data set with a smaller one, the last as "
            "a rule: leave it out with batch(..., drop_remainder=True), or "
            "take another batch size."
        ) from None


def _all_get_one(images, replicas):
    return -(-images // replicas) * (replicas - 1) < images


def _checked_batch(parts, replicas):
    count = tf.shape(tf.nest.flatten(parts)[0])[0]
    enough = tf.Assert(_all_get_one(count, replicas), [_TOO_SMALL])
    with tf.control_dependencies([enough]):
        parts = tf.nest.map_structure(tf.identity, parts)
    return parts if len(parts) > 1 else parts[0]
