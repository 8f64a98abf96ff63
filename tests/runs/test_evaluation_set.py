"""What figures rest on."""

import numpy as np

from kdgan_tf.data.defects import KINDS, synthetic_defects
from kdgan_tf.data.sources import load
from kdgan_tf.runs.evaluation_set import (
    SYNTHETIC,
    TEST,
    EvaluationSet,
    best_set,
    evaluation_sets,
)


def test_each_kind_beside_all_normal_images():
    kinds = np.array(["good", "dent", "good", "scratch", "dent"])
    shown = EvaluationSet(TEST, np.zeros((5, 8, 8, 1)), kinds != "good", kinds)
    scores = np.array([1.0, 3.0, 2.0, 0.0, 1.5])
    assert shown.by_kind(scores, threshold=2.0) == {
        # Above both normal images, and above one of two.
        "dent": {"images": 2, "auroc": 0.75, "found": 0.5},
        "scratch": {"images": 1, "auroc": 0.0, "found": 0.0},
    }
    assert shown.by_kind(scores)["dent"]["found"] is None


def test_synthetic_defects_have_names():
    images = load("digits", 8, holdout=0.1)
    made = synthetic_defects(images.reference)
    test, synthetic = evaluation_sets(images, made)
    assert (test.source, synthetic.source) == (TEST, SYNTHETIC)
    assert [*synthetic.by_kind(np.arange(len(synthetic.kinds)))] == [*KINDS]
    assert set(test.by_kind(np.arange(len(test.kinds)))) == set("012345679")


def test_normal_images_alone_have_no_kinds():
    images = load("digits", 8, holdout=0.1)
    shown = best_set([], images)
    assert shown.by_kind(np.arange(len(shown.kinds))) == {}
