"""Prototypes of normal latents: directions, axes and cluster centres."""

import numpy as np
from keras import ops

_CLUSTERING_STEPS = 30
_TINY = 1e-9


def directions(latent):
    """Latents (n, z) at unit length."""
    squared = ops.sum(latent * latent, axis=1, keepdims=True)
    return latent * ops.rsqrt(squared + _TINY)


def principal_axes(vectors, count):
    """Projection (z, count) of vectors (n, z) of mean 0 to their principal
    axes, after which their mean squared length is 1.
    """
    variances, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    variances, axes = variances[::-1][:count], axes[:, ::-1][:, :count]
    return axes / np.sqrt(variances.sum() + 1e-12)


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
