"""What needs no network at all: what a student must beat to be worth it.

Both look at pixels from which each image's own mean and contrast are taken, at
the resolution of the student's input.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

LABELS = {"nearest_neighbour": "nearest neighbour", "pca": "PCA"}
_MOST_IMAGES = 5000
_COMPONENTS = 32
_SMALLEST_CONTRAST = 1.0  # of 255, so that flat images are not noise


def baseline_scores(normal, images, seed=0):
    """Anomaly scores of a nearest neighbour and of a PCA.

    Args:
        normal: Normal training images (n, side, side, c), pixels 0 to 255;
            of more than 5,000 a random choice is used.
        images: Images to score (k, side, side, c).
        seed: Of the choice and of the PCA's solver.

    Returns:
        Dict of scores (k,), float32, higher is more anomalous:
        "nearest_neighbour", the distance to the nearest normal image, and
        "pca", the distance to what 32 principal components of the normal
        images make of an image.
    """
    if len(normal) > _MOST_IMAGES:
        generator = np.random.default_rng(seed)
        normal = normal[generator.permutation(len(normal))[:_MOST_IMAGES]]
    known, looked_at = _standardized(normal), _standardized(images)
    neighbours = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(known)
    distances, _ = neighbours.kneighbors(looked_at)
    components = min(_COMPONENTS, len(known) - 1, known.shape[1])
    if not components:
        residual = looked_at - known.mean(axis=0)
    else:
        pca = PCA(components, random_state=seed).fit(known)
        residual = looked_at - pca.inverse_transform(pca.transform(looked_at))
    return {
        "nearest_neighbour": distances[:, 0].astype(np.float32),
        "pca": np.linalg.norm(residual, axis=1).astype(np.float32),
    }


def _standardized(images):
    """Pixels (n, d), float32, each image with mean 0 and contrast 1."""
    pixels = np.reshape(images, (len(images), -1)).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    contrast = pixels.std(axis=1, keepdims=True)
    return pixels / np.maximum(contrast, _SMALLEST_CONTRAST)
