"""How often a file's threshold rejects normal images, and what it finds."""

import numpy as np

from kdgan_tf.runs.drift import drift
from kdgan_tf.runtime.threshold import threshold_for


def alarms(rate, images, shown, scores, score, sidecar):
    """What `result.json` says of the threshold.

    Args:
        rate: Share of normal images that it may reject.
        images: `data.OneClassImages`.
        shown: The `EvaluationSet` that the figures rest on.
        scores: The file's scores of its images, (k,), `None` without a file.
        score: The file's scores of other images, a function.
        sidecar: The file's `Sidecar`, `None` where there is no file.

    Returns:
        Dict of "false_alarms" on normal test images, "drift" (rates on normal
        images that are changed) and "as_they_come", what would be with a
        threshold set from normal images as they come: the sidecar's lets pass
        what the recipe takes for normal besides.
    """
    found = {
        "false_alarms": {"asked": rate, "test_normal": None},
        "drift": None,
        "as_they_come": None,
    }
    if not sidecar:
        return found
    normal = images.test[~images.anomalous]
    value = sidecar.threshold.value
    if len(normal):
        found["false_alarms"]["test_normal"] = float(
            np.mean(score(normal) > value)
        )
    found["drift"] = drift(score, images.reference, value)
    if shown.anomalous.any():
        threshold, _ = threshold_for(score(images.reference), rate)
        above = scores > threshold
        found["as_they_come"] = {
            "threshold": threshold,
            "normal": float(np.mean(above[~shown.anomalous])),
            "anomalies": float(np.mean(above[shown.anomalous])),
        }
    return found
