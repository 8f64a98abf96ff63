import numpy as np
import pytest

from kdgan_tf.gan.score import AnomalyScore
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.threshold import threshold_for


def test_threshold_lets_the_stated_share_through():
    scores = np.arange(1, 101)
    assert threshold_for(scores, 0.05) == (95.0, 0.05)
    assert threshold_for(scores, 0.0) == (100.0, 0.0)
    assert threshold_for(scores[::-1], 0.999) == (1.0, 0.99)


def test_ties_never_raise_the_false_positive_rate():
    scores = [1.0] * 50 + [2.0] * 50
    assert threshold_for(scores, 0.3) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("scores", "rate", "message"),
    [
        ([], 0.05, "at least one normal image"),
        ([1.0, np.nan], 0.05, "1 of them not finite"),
        ([1.0], 1.0, r"\[0, 1\)"),
    ],
)
def test_bad_calibration_is_refused(scores, rate, message):
    with pytest.raises(InputError, match=message):
        threshold_for(scores, rate)


def test_kinds_of_score():
    latent = np.array([1.0, np.e], np.float32)
    reconstruction = np.array([np.e, 1.0], np.float32)
    for kind, expected in (
        ("latent", latent),
        ("reconstruction", reconstruction),
    ):
        found = AnomalyScore(kind)(latent, reconstruction)
        np.testing.assert_array_equal(found, expected)
    both = AnomalyScore("both")
    both.log_mean.assign([1.0, 2.0])
    both.log_spread.assign([1.0, 2.0])
    # (log 1 - 1) / 1 + (log e - 2) / 2 and (log e - 1) / 1 + (log 1 - 2) / 2
    np.testing.assert_allclose(
        both(latent, reconstruction), [-1.5, -1.0], atol=1e-6
    )
