"""Deviations in units of their own spread on normal images."""

import numpy as np
from keras import ops


def inverse_spread(deviations):
    """What each pixel's deviation is multiplied by to be in its own spread.

    Half of the mean over all pixels is added to a spread: what is always the
    same is no certainty.

    Args:
        deviations: |x - x_hat| of normal images, (n, ...).

    Returns:
        Array (...).
    """
    spread = np.mean(deviations, axis=0)
    floor = 0.5 * np.mean(spread) + 1e-6
    return 1 / (spread + floor)


def squares(maps):
    """Squares of maps (n, h, w, c), as (n, h, w c, 1)."""
    _, height, width, channels = maps.shape
    row = ops.reshape(maps, (-1, height, width * channels, 1))
    return row * row


def over_all(pool, values):
    """A pooling over whole maps (n, h, w, 1), as (n,).

    It takes TFLite Micro a twentieth of the instructions of its mean.
    """
    return ops.reshape(pool(values, values.shape[1:3]), (-1,))
