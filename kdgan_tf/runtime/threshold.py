"""From the scores of normal images to a threshold, and to p-values.

The rule is that of conformal prediction (Vovk et al., 2005): if n normal
images and one more are exchangeable, the rank of the one among the n + 1 is
uniform. With the k-th smallest of n scores as threshold, a new normal image is
above it with probability (n + 1 - k) / (n + 1) at most. Where each image gives
v scores, as it came and as it might as well have lain, there are n v of them,
and that probability is (n v + v - k) / (n v + v).
"""

import dataclasses
import math

import numpy as np

from kdgan_tf.runtime.errors import InputError, require

# Of more normal scores than this, the sidecar holds some.
_KEPT = 200
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Threshold:
    """An image is judged anomalous when its score is above `value`.

    What is `None` was not measured by the version that wrote the file.
    """

    value: float
    false_positive_rate: float
    """The share of normal images that was asked for."""
    measured_rate: float
    """The share of the measured scores that is above."""
    images: int
    """On how many normal images that was measured."""
    held_out: bool
    """Whether they were kept out of the training."""
    expected_rate: float | None = None
    """The share of new normal images to be expected above, at most."""
    upper_rate: float | None = None
    """With 95 % confidence, fewer normal images than this are above."""
    normal_scores: tuple[float, ...] | None = None
    """The measured scores, ascending; of many, some. An image gives one, or as
    many as any other."""
    normal_ranks: tuple[int, ...] | None = None
    """The rank, from 1, of each of `normal_scores` among all."""

    def __post_init__(self):
        require(math.isfinite(self.value), "a finite threshold", self.value)

    @property
    def versions(self):
        """How many scores each image gave."""
        ranks = self.normal_ranks
        return 1 if ranks is None else ranks[-1] // self.images

    @classmethod
    def measured_on(
        cls, normal_scores, false_positive_rate, held_out, versions=1
    ):
        """The threshold for a rate, from the scores of normal images.

        Args:
            normal_scores: Scores (n * versions,), finite, in any order.
            false_positive_rate: Share of normal images that may be rejected,
                in [0, 1).
            held_out: Whether the images were kept out of the training.
            versions: How many scores each of the n images gives.

        Raises:
            InputError: As `threshold_for`.
        """
        scores = _sorted(normal_scores)
        value, measured = threshold_for(scores, false_positive_rate)
        ranks = _kept_ranks(len(scores))
        images = len(scores) // versions
        # Versions of an image are no more evidence than that image.
        above = math.ceil(np.sum(scores > value) / versions)
        return cls(
            value=value,
            false_positive_rate=float(false_positive_rate),
            measured_rate=measured,
            images=images,
            held_out=bool(held_out),
            expected_rate=expected_rate(images, false_positive_rate, versions),
            upper_rate=upper_bound(above, images),
            normal_scores=tuple(scores[ranks - 1].tolist()),
            normal_ranks=tuple(ranks.tolist()),
        )

    def at(self, rate):
        """The threshold for another false positive rate.

        Args:
            rate: In [0, 1).

        Raises:
            InputError: The rate is out of range, or the normal scores are
                not known.
        """
        scores, ranks = self._normal()
        place = np.searchsorted(ranks, _rank(ranks[-1], rate))
        return float(scores[min(place, len(scores) - 1)])

    def p_values(self, scores):
        """How often a normal image scores as high as this, or higher.

        (1 + number of normal scores as high) / (1 + number of normal scores):
        of new normal images, a share of at most p has a p-value of at most p,
        where each image gave one score. Where not all normal scores are kept,
        it is rounded up.

        Args:
            scores: Scores (n,).

        Returns:
            Array (n,), float64, in (0, 1].

        Raises:
            InputError: The normal scores are not known.
        """
        normal, ranks = self._normal()
        lower = np.searchsorted(normal, np.asarray(scores, np.float64))
        below = np.concatenate([[0], ranks])[lower]
        return (1 + ranks[-1] - below) / (1 + ranks[-1])

    def _normal(self):
        if self.normal_scores is None:
            raise InputError(
                "Expected a sidecar that holds the scores of normal images, "
                "found one of an older version. Run kdgan-calibrate with "
                "normal images, or convert the student again."
            )
        return np.array(self.normal_scores), np.array(self.normal_ranks)


def threshold_for(normal_scores, false_positive_rate):
    """The score that new normal images exceed no more often than stated.

    The ceil((n + 1) (1 - rate))-th smallest of n scores: a new normal image is
    above it with a probability of at most `false_positive_rate`. With fewer
    than 1 / rate - 1 images there is no such score; then it is the largest,
    and the probability is up to 1 / (n + 1).

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
    scores = _sorted(normal_scores)
    threshold = float(scores[_rank(len(scores), false_positive_rate) - 1])
    return threshold, float(np.mean(scores > threshold))


def images_needed(rate):
    """How many normal images can promise a rate > 0: 1 / (n + 1) at most."""
    return math.ceil(1 / rate) - 1


def expected_rate(images, false_positive_rate, versions=1):
    """Probability, at most, that a new normal image is above the threshold.

    With several versions of an image, that of one of them at random: if n + 1
    images are exchangeable, so are their scores, v at a time.

    Args:
        images: On how many normal images the threshold was set.
        false_positive_rate: The share that was asked for, in [0, 1).
        versions: How many scores each of them gave.
    """
    rank = _rank(images * versions, false_positive_rate)
    among = (images + 1) * versions
    return (among - rank) / among


def upper_bound(above, images, confidence=CONFIDENCE):
    """Upper end of the one-sided interval of Clopper and Pearson (1934).

    The rate at which `above` or fewer of `images` would be seen with a
    probability of 1 - `confidence`; found by bisection.

    Args:
        above: How many of the images are above the threshold.
        images: How many there are.
        confidence: In (0, 1).

    Returns:
        Float in (0, 1].
    """
    if above >= images:
        return 1.0
    count = np.arange(above + 1)
    # Logarithms of the binomial coefficients.
    steps = np.log((images - count[:-1]) / (count[:-1] + 1))
    ways = np.concatenate([[0.0], np.cumsum(steps)])
    low, high = above / images, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        terms = (
            ways + count * math.log(rate) + (images - count) * math.log1p(-rate)
        )
        if np.sum(np.exp(terms)) > 1 - confidence:
            low = rate
        else:
            high = rate
    return high


def _rank(images, rate):
    """Which of `images` ascending scores is the threshold, from 1."""
    if not 0 <= rate < 1:
        raise InputError(
            f"Expected a false positive rate in [0, 1). Received: {rate}."
        )
    # (n + 1) (1 - rate) may be a whole number but for its last bit.
    rank = math.ceil((images + 1) * (1 - rate) - 1e-9)
    return min(max(rank, 1), images)


def _sorted(normal_scores):
    scores = np.sort(np.asarray(normal_scores, np.float64).ravel())
    if not len(scores) or not np.all(np.isfinite(scores)):
        raise InputError(
            "Expected finite scores of at least one normal image to set a "
            f"threshold. Received {len(scores)} scores, "
            f"{int(np.sum(~np.isfinite(scores)))} of them not finite."
        )
    return scores


def _kept_ranks(images):
    """Ranks of the scores to keep: the highest, and some of the others."""
    if images <= _KEPT:
        return np.arange(1, images + 1)
    top = np.arange(images - _KEPT // 2 + 1, images + 1)
    rest = np.linspace(1, images - _KEPT // 2, _KEPT // 2).round()
    return np.concatenate([rest.astype(int), top])
