"""How well scores tell anomalies from normal images."""

import math

import numpy as np
from sklearn.metrics import roc_auc_score

from kdgan_tf.runtime.errors import InputError

_Z = 1.959964  # of a normal distribution, 95 % lie within so many spreads


def auroc(scores, anomalous):
    """Exact area under the ROC curve, ties counted half.

    Equals the chance that a random anomaly has a higher score than a random
    normal image. No binning, no scaling over the test set.

    Args:
        scores: Anomaly scores (n,), higher is more anomalous.
        anomalous: (n,) true for anomalies.

    Returns:
        Float in [0, 1].

    Raises:
        InputError: One of the two kinds is missing, or a score is not finite.
    """
    scores = np.asarray(scores)
    anomalous = np.asarray(anomalous, bool)
    if anomalous.all() or not anomalous.any():
        raise InputError(
            "Expected normal images and anomalies to compute an AUROC. "
            f"Received {int(anomalous.sum())} anomalies among "
            f"{len(anomalous)} images."
        )
    if not np.all(np.isfinite(scores)):
        raise InputError(
            "Expected finite scores. Received "
            f"{int(np.sum(~np.isfinite(scores)))} of {len(scores)} that are "
            "not. The model has diverged: train it again with a smaller "
            "learning rate."
        )
    return float(roc_auc_score(anomalous, scores))


def auroc_interval(area, normal, anomalous):
    """95 % interval of an AUROC (Hanley and McNeil, Radiology, 1982).

    Args:
        area: AUROC in 0..1.
        normal: How many normal images it was measured on.
        anomalous: How many anomalies.

    Returns:
        (low, high) in 0..1.
    """
    one = area / (2 - area)
    other = 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area)
        + (anomalous - 1) * (one - area**2)
        + (normal - 1) * (other - area**2)
    ) / (normal * anomalous)
    reach = _Z * math.sqrt(max(0.0, variance))
    return max(0.0, area - reach), min(1.0, area + reach)
