"""Whether normal images have an upright; rotation is a negative only then.

Turned images are useful negatives only where normal images have an upright;
where they look alike however turned (a frog from above), to tell them apart is
to learn noise. Not part of the paper's recipe.
"""

import keras
import numpy as np

_EPOCHS = 3


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
        epochs=_EPOCHS,
        shuffle=False,
        verbose=0,
    )
    images, turns = _all_rotations(holdout)
    answers = classifier.predict(images, verbose=0).argmax(axis=-1)
    return float(np.mean(answers == turns))


def _all_rotations(images):
    turned = [np.rot90(images, turns, axes=(1, 2)) for turns in range(4)]
    return np.concatenate(turned), np.repeat(np.arange(4), len(images))
