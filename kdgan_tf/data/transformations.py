"""Transformed normal images that networks learn to call anomalous.

Not part of the paper's recipe; results that use them are labelled so.
"""

import tensorflow as tf
from keras import ops

from kdgan_tf.data import defects


def transformed(images, kinds, step):
    """One anomaly made of each normal image.

    Which kind it is, and which turn, is decided by the image's own pixels and
    the training step: it varies from epoch to epoch, yet needs no random
    state, so a resumed run and a run on several replicas make the same ones.

    Args:
        images: Pixels (n, side, side, c) in [0, 255], any dtype.
        kinds: Names of `KINDS`, at least one.
        step: Integer scalar, the training step.

    Returns:
        The transformed images, same shape and dtype.
    """
    return picked(versions(images, kinds), drawn(images, kinds, step))


def joined(images, negatives):
    """Images followed by negatives, where there are any."""
    return images if negatives is None else ops.concatenate([images, negatives])


def versions(images, kinds):
    """The images and all that `transformed` makes of them at any step.

    Args:
        images: Pixels (n, side, side, c) in [0, 255], any dtype.
        kinds: Names of `KINDS`.

    Returns:
        Array (n, v, side, side, c); version 0 is the image itself.
    """
    made = [make(images) for kind in kinds for make in KINDS[kind]]
    return ops.stack([images, *made], axis=1)


def count(kinds):
    """How many `versions` there are, the image itself included."""
    return 1 + sum(len(KINDS[kind]) for kind in kinds)


def drawn(images, kinds, step):
    """Which of its `versions` is an image's negative: (n,) int32, 1 to v - 1.

    Arguments as for `transformed`.
    """
    sizes = [len(KINDS[kind]) for kind in kinds]
    firsts = [1 + sum(sizes[:index]) for index in range(len(sizes))]
    total = ops.sum(ops.cast(images, "int32"), axis=(1, 2, 3))
    draw = total + ops.cast(step, "int32")
    kind, detail = ops.mod(draw, len(kinds)), ops.floor_divide(draw, len(kinds))
    first, size = (ops.take(ops.array(part), kind) for part in (firsts, sizes))
    return first + ops.mod(detail, size)


def picked(of_versions, version):
    """Row i's entry `version[i]`: (n, v, ...) and (n,) to (n, ...)."""
    # A fifth of the time that Keras's take_along_axis needs.
    return tf.gather(of_versions, version, batch_dims=1)


def _quarter(images):
    return ops.flip(ops.transpose(images, (0, 2, 1, 3)), axis=1)


def _half(images):
    return ops.flip(images, axis=(1, 2))


def _three_quarters(images):
    return _half(_quarter(images))


def _recolored(images):
    """Colour channels moved on by one; grey images are inverted instead."""
    if images.shape[-1] == 1:
        return _inverted(images)
    return ops.roll(images, 1, axis=-1)


def _inverted(images):
    """Bright becomes dark, and each colour its opposite."""
    return 255 - images


KINDS = {
    "rotation": (_quarter, _half, _three_quarters),
    "color": (_recolored,),
    "inversion": (_inverted,),
    "defect": tuple(defects.LOCAL.values()),
}
