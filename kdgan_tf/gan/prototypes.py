"""Prototypes of normal latents: directions, axes and cluster centres."""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from keras import ops

from kdgan_tf.gan.latent_metric import shrunk_spreads
from kdgan_tf.gan.principal_axes import principal_axes
from kdgan_tf.gan.rounding import rounded

_CLUSTERING_STEPS = 30
_TINY = 1e-9
# Prototypes whose floats a device holds at once, no more than feature maps are.
# Where there are more, a file stores them in 8 bits.
_AT_A_TIME = 96


class Prototypes(NamedTuple):
    """Cluster centres of vectors of length z, along some axes."""

    middle: np.ndarray
    """(z,), what is taken from a vector before it is projected."""
    axes: np.ndarray
    """(z, k)."""
    centres: np.ndarray
    """(count, k)."""


def fitted(vectors, count, axes, whitened=False):
    """The `Prototypes` of vectors (n, z): so many, along so many axes.

    Args:
        vectors: Float64.
        count: How many centres.
        axes: How many axes.
        whitened: Whether vectors are to vary alike along all of them, see
            `latent_metric`, instead of as much as they do.
    """
    middle = np.mean(vectors, axis=0)
    variances, directed = principal_axes(vectors - middle, vectors.shape[1])
    if whitened:
        spreads = shrunk_spreads(variances)
        variances, directed = variances / spreads**2, directed / spreads
    # After it the mean squared length is 1.
    total = variances[:axes].sum()
    projection = directed[:, :axes] / np.sqrt(total + 1e-12)
    parts = _parts(count)
    compact = len(parts) > 1
    if compact:
        projection = rounded(projection)
    centres = cluster_centres((vectors - middle) @ projection, count)
    if compact:
        centres = np.concatenate([rounded(centres[part]) for part in parts])
    return Prototypes(middle, projection, centres)


def nearest(vectors, centres):
    """Squared distance of vectors (n, k) to the nearest centre, (n,).

    min |u - p|^2 is |u|^2 - max (2 u p - |p|^2): matrix products.
    """
    lengths = ops.sum(centres * centres, axis=1)
    largest = [
        ops.max(
            ops.matmul(vectors, ops.transpose(2 * centres[part]))
            - lengths[part],
            axis=1,
        )
        for part in _parts(centres.shape[0])
    ]
    own = ops.reshape(_squared_lengths(vectors), (-1,))
    # Rounding must not make it negative: logarithms are taken of it.
    return ops.relu(own - functools.reduce(ops.maximum, largest))


def _parts(count):
    """Slices of prototypes that are compared at a time."""
    parts = -(-count // _AT_A_TIME)
    ends = [count * part // parts for part in range(parts + 1)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def directions(latent):
    """Latents (n, z) at unit length."""
    return latent * ops.rsqrt(_squared_lengths(latent) + _TINY)


def _squared_lengths(vectors):
    """Of vectors (n, k), (n, 1): a product is the cheapest sum on a device."""
    return ops.matmul(vectors * vectors, ops.ones((vectors.shape[1], 1)))


def cluster_centres(latents, count):
    """k-means centres (count, z); some come twice where images are few.

    Half as many as images at most: an image that is its own prototype says
    nothing about the distance of others.
    """
    from sklearn.cluster import KMeans

    clusters = max(1, min(count, len(latents) // 2))
    found = KMeans(
        clusters, n_init=1, max_iter=_CLUSTERING_STEPS, random_state=0
    ).fit(np.asarray(latents, np.float64))
    return np.resize(found.cluster_centers_, (count, latents.shape[1]))
