"""What normal images have: an upright, a left and a right.

Turned images are useful negatives only where normal images have an upright;
where they look alike however turned (a frog from above), to tell them apart is
to learn noise. There a turned image is one more normal image. Not part of the
paper's recipe.
"""

import math

import keras
import numpy as np

from kdgan_tf.data.augmentation import IDENTITY, SYMMETRIES, symmetric

_EPOCHS = 3
# Few images are seen more often.
_FEWEST_STEPS = 200
_BATCH_SIZE = 64


def rotation_accuracy(train, holdout, seed=0):
    """How well the rotation of held-out normal images can be told, 0.25 to 1.

    A small classifier of the four rotations, trained for a few passes on the
    normal training images and asked about the held-out ones, measures whether
    there is an upright without seeing any anomaly.

    Args:
        train: Normal images (n, side, side, c), pixels 0 to 255.
        holdout: Other normal images (m, side, side, c).
        seed: Of the classifier's weights and order of images.

    Returns:
        Share of right answers on `holdout`, chance is 0.25.
    """
    turns = [(turn, False) for turn in range(4)]
    return _accuracy(train, holdout, turns, seed)


def symmetry_accuracies(train, holdout, kinds, seed=0):
    """How well images can be told from their mirror image and the like.

    Args:
        train: Normal images (n, side, side, c), pixels 0 to 255.
        holdout: Other normal images (m, side, side, c).
        kinds: Names of `augmentation.KINDS`; those that are no symmetries
            are passed over.
        seed: Of the classifiers' weights and order of images.

    Returns:
        Share of right answers on `holdout`, chance is 0.5, by the name of the
        symmetry.
    """
    return {
        kind: _accuracy(train, holdout, [IDENTITY, SYMMETRIES[kind]], seed)
        for kind in kinds
        if kind in SYMMETRIES
    }


def _accuracy(train, holdout, elements, seed):
    """Share of right answers to which of some symmetries an image went through.

    Args:
        train: Normal images (n, side, side, c) to learn from.
        holdout: Those to ask about.
        elements: Symmetries, see `augmentation.SYMMETRIES`.
        seed: Of weights and order.
    """
    images, classes = _versions(train, elements)
    classifier = _classifier(images.shape[1:], len(elements), seed)
    order = np.random.default_rng(seed).permutation(len(images))
    steps = math.ceil(len(images) / _BATCH_SIZE)
    classifier.fit(
        images[order],
        classes[order],
        batch_size=_BATCH_SIZE,
        epochs=max(_EPOCHS, math.ceil(_FEWEST_STEPS / steps)),
        shuffle=False,
        verbose=0,
    )
    images, classes = _versions(holdout, elements)
    answers = classifier.predict(images, verbose=0).argmax(axis=-1)
    return float(np.mean(answers == classes))


def _versions(images, elements):
    """Each symmetry of all images, and its place among them, (v n,)."""
    made = [symmetric(images, *element).numpy() for element in elements]
    return np.concatenate(made), np.repeat(range(len(made)), len(images))


def _classifier(shape, classes, seed):
    layers = keras.layers
    initializers = iter(range(seed, seed + 100))

    def kernel():
        return keras.initializers.GlorotUniform(next(initializers))

    stages = []
    side = shape[0]
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
            keras.Input(shape),
            layers.Rescaling(1 / 127.5, offset=-1),
            *stages,
            layers.Flatten(),
            layers.Dense(classes, kernel_initializer=kernel()),
        ]
    )
    classifier.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return classifier
