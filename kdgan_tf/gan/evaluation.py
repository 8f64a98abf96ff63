"""How well scores tell anomalies from normal images."""

import numpy as np
from sklearn.metrics import roc_auc_score

from kdgan_tf.runtime.errors import InputError


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
