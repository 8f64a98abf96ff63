"""Transformed normal images that networks learn to call anomalous.

Not part of the paper's recipe; results that use them are labelled so.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

_PROBE_EPOCHS = 3


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
}


def rotation_accuracy(train, holdout, seed=0):
    """How well the rotation of held-out normal images can be told, 0.25 to 1.

    Turned images are useful negatives only where normal images have an
    upright; where they look alike however turned (a frog from above), to tell
    them apart is to learn noise. A small classifier of the four rotations,
    trained for a few passes on the normal training images and asked about the
    held-out ones, measures that without seeing any anomaly.

    Args:
        train: Normal images (n, side, side, c), pixels 0 to 255.
        holdout: Other normal images (m, side, side, c).
        seed: Of the classifier's weights and order of images.

    Returns:
        Share of right answers on `holdout`, chance is 0.25.
    """
    layers = keras.layers
    initializers = iter(range(seed, seed + 100))

    def kernel():
        return keras.initializers.GlorotUniform(next(initializers))

    stages = []
    side = train.shape[1]
    for channels in (16, 32, 64):
        if side >= 4:
            stages += [
                layers.Conv2D(
                    channels, 4, 2, "same", kernel_initializer=kernel()
                ),
                layers.GroupNormalization(-1),
                layers.LeakyReLU(0.2),
            ]
            side //= 2
    classifier = keras.Sequential(
        [
            keras.Input(train.shape[1:]),
            layers.Rescaling(1 / 127.5, offset=-1),
            *stages,
            layers.Flatten(),
            layers.Dense(4, kernel_initializer=kernel()),
        ]
    )
    classifier.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    images, turns = _all_rotations(train)
    order = np.random.default_rng(seed).permutation(len(images))
    classifier.fit(
        images[order],
        turns[order],
        batch_size=64,
        epochs=_PROBE_EPOCHS,
        shuffle=False,
        verbose=0,
    )
    images, turns = _all_rotations(holdout)
    answers = classifier.predict(images, verbose=0).argmax(axis=-1)
    return float(np.mean(answers == turns))


def _all_rotations(images):
    turned = [np.rot90(images, turns, axes=(1, 2)) for turns in range(4)]
    return np.concatenate(turned), np.repeat(np.arange(4), len(images))
