import numpy as np
import pytest

from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError


def test_auroc_counts_pairs_and_ties_by_half():
    # Pairs (anomaly, normal): 3>1, 3>2, 2>1, 2=2.
    assert auroc([1, 2, 3, 2], [0, 0, 1, 1]) == (1 + 1 + 1 + 0.5) / 4


def test_auroc_needs_no_scaling_of_scores():
    scores = np.array([1e-9, 2e-9, 3e-9, 5.0, 1e9])
    labels = [0, 0, 1, 1, 1]
    assert auroc(scores, labels) == 1.0
    assert auroc(-scores, labels) == 0.0


def test_auroc_of_one_kind_or_of_nan_is_refused():
    with pytest.raises(InputError, match="2 anomalies among 2"):
        auroc([1, 2], [1, 1])
    with pytest.raises(InputError, match="1 of 2"):
        auroc([1, np.nan], [0, 1])
