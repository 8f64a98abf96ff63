"""What may enter a GAN: pixels from 0 to 255 of the config's shape."""

import keras
import numpy as np
import tensorflow as tf

from kdgan_tf.runtime import scorer
from kdgan_tf.runtime.errors import InputError, require


def require_batch(images, image_shape):
    """Raise InputError unless a batch has the shape and type of images.

    It looks at what is known without a value, so it costs nothing in a
    compiled step.

    Args:
        images: Tensor, array or `tf.TensorSpec` of a batch.
        image_shape: (side, side, channels) of one image.
    """
    found = tuple(images.shape)
    fits = len(found) == 4 and all(
        size in (wanted, None)
        for size, wanted in zip(found[1:], image_shape, strict=True)
    )
    if not fits:
        side, _, channels = image_shape
        advice = ""
        if found == tuple(image_shape):
            advice = " Add the batch axis: images[None]."
        elif len(found) == 3 and channels == 1:
            advice = " Add the channel axis: images[..., None]."
        raise InputError(
            f"Expected images of shape (n, {side}, {side}, {channels}) with "
            f"pixels in [0, 255]. Received shape {found}.{advice}"
        )
    dtype = tf.as_dtype(images.dtype)
    require(
        dtype.is_floating or dtype.is_integer,
        "pixels in [0, 255], uint8 or float",
        dtype.name,
    )


def require_pixels(images, image_shape):
    """Raise InputError unless an array holds images, their values included.

    Args:
        images: Array (n, side, side, c).
        image_shape: (side, side, channels) of one image.
    """
    require_batch(images, image_shape)
    scorer.require_pixels(images)


def require_source(source, image_shape):
    """Raise InputError unless what Keras's `x` can be holds images.

    Arrays are looked at whole. Of a `tf.data.Dataset` shape and type are known;
    unless it gives uint8, the first batch is looked at, and of a
    `keras.utils.PyDataset` always. What else there is shows its shape in the
    first step.

    Args:
        source: The `x` of `fit` or `evaluate`.
        image_shape: (side, side, channels) of one image.
    """
    if isinstance(source, tf.data.Dataset):
        spec = part_of(source.element_spec, 0)
        require_batch(spec, image_shape)
        if spec.dtype != tf.uint8:
            for batch in source.take(1):
                require_pixels(part_of(batch, 0).numpy(), image_shape)
    elif isinstance(source, keras.utils.PyDataset):
        require_pixels(np.asarray(part_of(source[0], 0)), image_shape)
    elif is_array(source):
        require_pixels(np.asarray(source), image_shape)


def is_array(source):
    """Whether it holds all its values, as arrays and tensors do."""
    return hasattr(source, "shape") and hasattr(source, "__array__")


def part_of(batch, place):
    """Images (0), targets or labels (1) or weights (2) of a batch."""
    return keras.utils.unpack_x_y_sample_weight(batch)[place]


def given_in(source, place):
    """Whether a data set has targets or labels (1), or weights (2)."""
    return (
        isinstance(source, tf.data.Dataset)
        and part_of(source.element_spec, place) is not None
    )


def batches_of(source, labels, image_shape, batch_size, steps=None):
    """Pairs (images, labels or `None`) of arrays, checked, in order.

    Args:
        source: Array (n, side, side, c), `tf.data.Dataset` of batches of
            images, or of tuples that begin with images and labels, or a
            `keras.utils.PyDataset` of the same.
        labels: (n,) for an array, else `None`.
        image_shape: (side, side, channels) of one image.
        batch_size: Images a batch, for an array.
        steps: How many batches at most; by default all.

    Raises:
        InputError: The images are not what the GAN takes, or the source can be
            read once only.
    """
    if isinstance(source, keras.utils.PyDataset):
        batches = (source[index] for index in range(len(source)))
    elif isinstance(source, tf.data.Dataset):
        batches = source.as_numpy_iterator()
    elif isinstance(source, tf.distribute.DistributedDataset) or hasattr(
        source, "__next__"
    ):
        raise InputError(
            "Expected an array or a tf.data.Dataset of images to score. "
            f"Received: {type(source).__name__}."
        )
    else:
        array = np.asarray(source)
        require_pixels(array, image_shape)
        batches = (
            (
                array[start : start + batch_size],
                None if labels is None else labels[start : start + batch_size],
            )
            for start in range(0, len(array), batch_size)
        )
    for index, batch in enumerate(batches):
        if index == steps:
            return
        images = np.asarray(part_of(batch, 0))
        require_pixels(images, image_shape)
        yield images, part_of(batch, 1)
