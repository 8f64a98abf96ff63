"""The images that a run's figures rest on, whatever there is."""

import dataclasses

import numpy as np

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
    """

    source: str
    images: np.ndarray
    anomalous: np.ndarray

    def auroc(self, scores):
        """AUROC in 0..1 of scores (k,)."""
        return auroc(scores, self.anomalous)


def evaluation_sets(images, synthetic=None):
    """What there is to measure an AUROC on, the best first.

    Args:
        images: `data.OneClassImages`.
        synthetic: Defects (k, side, side, c), uint8, made from held-out normal
            images, which they are compared with.

    Returns:
        List of `EvaluationSet`: the test where it has normal images and
        anomalies, then the synthetic defects where there are some.
    """
    sets = []
    if images.testable:
        sets.append(EvaluationSet(TEST, images.test, images.anomalous))
    if synthetic is not None and len(synthetic):
        normal = images.reference
        sets.append(
            EvaluationSet(
                SYNTHETIC,
                np.concatenate([normal, synthetic]),
                np.arange(len(normal) + len(synthetic)) >= len(normal),
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
    return EvaluationSet(NORMAL, normal, np.zeros(len(normal), bool))
