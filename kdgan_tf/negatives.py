"""Transformed normal images that networks learn to call anomalous.

Not part of the paper's recipe; results that use them are labelled so.
"""

import keras
import numpy as np
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
    total = ops.sum(ops.cast(images, "int32"), axis=(1, 2, 3))
    draw = (total + ops.cast(step, "int32"))[:, None, None, None]
    chosen, detail = (
        ops.mod(draw, len(kinds)),
        ops.floor_divide(draw, len(kinds)),
    )
    result = KINDS[kinds[0]](images, detail)
    for index, kind in enumerate(kinds[1:], start=1):
        result = ops.where(chosen == index, KINDS[kind](images, detail), result)
    return result


def _rotated(images, draw):
    """Turned by 90, 180 or 270 degrees."""
    quarter = ops.flip(ops.transpose(images, (0, 2, 1, 3)), axis=1)
    half = ops.flip(images, axis=(1, 2))
    three_quarters = ops.flip(quarter, axis=(1, 2))
    turn = ops.mod(draw, 3)
    return ops.where(
        turn == 0, quarter, ops.where(turn == 1, half, three_quarters)
    )


def _recolored(images, draw):
    """Colour channels moved on by one; grey images are inverted instead."""
    if images.shape[-1] == 1:
        return _inverted(images, draw)
    return ops.roll(images, 1, axis=-1)


def _inverted(images, draw):
    """Bright becomes dark, and each colour its opposite."""
    return 255 - images


KINDS = {
    "rotation": _rotated,
    "color": _recolored,
    "inversion": _inverted,
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
