"""From the scores of normal images to a threshold."""

import numpy as np

from kdgan_tf.runtime.errors import InputError


def threshold_for(normal_scores, false_positive_rate):
    """Smallest score that at most the stated share of normal images exceeds.

    An image is judged anomalous when its score is greater than the threshold.

    Args:
        normal_scores: Scores (n,) of held-out normal images.
        false_positive_rate: Share of normal images that may be rejected, in
            [0, 1).

    Returns:
        (threshold, share of `normal_scores` above it), both floats.

    Raises:
        InputError: No scores, scores that are not finite, or a rate out of
            range.
    """
    scores = np.sort(np.asarray(normal_scores, np.float64).ravel())
    if not 0 <= false_positive_rate < 1:
        raise InputError(
            "Expected a false positive rate in [0, 1). "
            f"Received: {false_positive_rate}."
        )
    if not len(scores) or not np.all(np.isfinite(scores)):
        raise InputError(
            "Expected finite scores of at least one normal image to set a "
            f"threshold. Received {len(scores)} scores, "
            f"{int(np.sum(~np.isfinite(scores)))} of them not finite."
        )
    allowed = int(np.floor(false_positive_rate * len(scores)))
    threshold = float(scores[len(scores) - 1 - allowed])
    return threshold, float(np.mean(scores > threshold))
