"""The images that a run's figures rest on, whatever there is."""

import dataclasses

import numpy as np

from kdgan_tf.data.defects import KINDS
from kdgan_tf.gan.evaluation import auroc

TEST = "test images"
SYNTHETIC = "synthetic defects"
NORMAL = "normal images"


@dataclasses.dataclass(frozen=True)
class EvaluationSet:
    """Images with what they are.

    Args:
        source: What they are, one of the names above.
        images: (k, side, side, c), uint8.
        anomalous: (k,) bool.
        kinds: What each shows, (k,) str.
    """

    source: str
    images: np.ndarray
    anomalous: np.ndarray
    kinds: np.ndarray

    def auroc(self, scores):
        """AUROC in 0..1 of scores (k,)."""
        return auroc(scores, self.anomalous)

    def by_kind(self, scores, threshold=None):
        """How well each kind of anomaly is found, beside all normal images.

        Args:
            scores: Scores (k,).
            threshold: Scores above it mean "anomalous"; `None` where there is
                none.

        Returns:
            Dict by kind of "images", "auroc" in 0..1 and "found", the share
            that is above the threshold.
        """
        found = {}
        for kind in dict.fromkeys(self.kinds[self.anomalous].tolist()):
            chosen = self.anomalous & (self.kinds == kind)
            beside = chosen | ~self.anomalous
            found[kind] = {
                "images": int(chosen.sum()),
                "auroc": auroc(scores[beside], self.anomalous[beside]),
                "found": None
                if threshold is None
                else float(np.mean(scores[chosen] > threshold)),
            }
        return found


def share_found(by_kind):
    """Which share of all anomalies is above the threshold.

    Args:
        by_kind: What `EvaluationSet.by_kind` returned.

    Returns:
        Share in 0..1; `None` without anomalies or a threshold.
    """
    rows = [row for row in by_kind.values() if row["found"] is not None]
    if not rows:
        return None
    found = sum(row["images"] * row["found"] for row in rows)
    return found / sum(row["images"] for row in rows)


def evaluation_sets(images, synthetic=None):
    """What there is to measure an AUROC on, the best first.

    Args:
        images: `data.OneClassImages`.
        synthetic: Defects (k, side, side, c), uint8, made from the normal
            images of reference by `synthetic_defects`, and compared with them.

    Returns:
        List of `EvaluationSet`: the test where it has normal images and
        anomalies, then the synthetic defects where there are some.
    """
    sets = []
    if images.testable:
        sets.append(
            EvaluationSet(TEST, images.test, images.anomalous, images.kinds)
        )
    if synthetic is not None and len(synthetic):
        normal = images.reference
        sets.append(
            EvaluationSet(
                SYNTHETIC,
                np.concatenate([normal, synthetic]),
                np.arange(len(normal) + len(synthetic)) >= len(normal),
                np.repeat(("normal", *KINDS), len(normal)),
            )
        )
    return sets


def best_set(sets, images):
    """The first `EvaluationSet` of a list, normal images where it is empty."""
    if sets:
        return sets[0]
    normal = images.test[~images.anomalous]
    if not len(normal):
        normal = images.reference
    none = np.zeros(len(normal), bool)
    return EvaluationSet(NORMAL, normal, none, np.repeat("normal", len(normal)))
