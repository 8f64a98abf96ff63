"""Along which directions normal things differ most."""

import numpy as np


def principal_axes(vectors, count):
    """Principal axes of vectors of mean 0.

    Args:
        vectors: (n, z), float64.
        count: How many axes at most.

    Returns:
        (variances along them, descending, (k,); axes of length 1, (z, k)), k
        being `count` or z.
    """
    variances, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    return variances[::-1][:count], axes[:, ::-1][:, :count]
