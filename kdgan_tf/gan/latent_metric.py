"""The Mahalanobis distance of two latents, from what normal images leave."""

import numpy as np

from kdgan_tf.gan.principal_axes import principal_axes

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
    size = differences.shape[1]
    centred = differences - np.mean(differences, axis=0)
    variances, axes = principal_axes(centred, size)
    return ((axes / shrunk_spreads(variances)) @ axes.T).astype(np.float32)


def shrunk_spreads(variances):
    """What to divide vectors by along their principal axes.

    Args:
        variances: Along each of the axes, (z,), >= 0.

    Returns:
        Array (z,), all 1 where vectors do not differ.
    """
    mean = np.mean(variances)
    if not mean > 0:
        return np.ones(len(variances))
    return np.sqrt((1 - _SHRINKAGE) * variances / mean + _SHRINKAGE)
