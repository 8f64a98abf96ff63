"""The Mahalanobis distance of two latents, from what normal images leave."""

import numpy as np

# Of a multiple of the identity in the covariance. A direction in which the
# latents of normal images hardly ever differ would count for more than eight
# bits can tell of it. 0.05 to 0.2 make no difference in validation.
_SHRINKAGE = 0.1


def whitening(differences):
    """Matrix W for which d W varies alike in all directions, on normal images.

    The mean square of d W is the squared Mahalanobis distance of the latents
    by the covariance of their difference d (Mahalanobis, 1936), shrunk towards
    a multiple of the identity (Ledoit and Wolf, 2004; the share is fixed).

    Args:
        differences: z1 - z2 of normal images, (n, z).

    Returns:
        Array (z, z), float32, symmetric, with an inverse.
    """
    differences = np.asarray(differences, np.float64)
    # A single latent has a variance alone.
    covariance = np.atleast_2d(np.cov(differences, rowvar=False, bias=True))
    identity = np.eye(len(covariance))
    variance = np.trace(covariance) / len(covariance)
    if not variance > 0:
        return identity.astype(np.float32)
    shrunk = (1 - _SHRINKAGE) * covariance / variance + _SHRINKAGE * identity
    values, vectors = np.linalg.eigh(shrunk)
    return ((vectors / np.sqrt(values)) @ vectors.T).astype(np.float32)
