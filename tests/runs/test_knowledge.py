import dataclasses

import numpy as np
import pytest

from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.runs.knowledge import knowledge, lagging


def test_a_network_knows_all_that_it_knows(make_gan, tiny_config, digits):
    config = dataclasses.replace(tiny_config, score="evidence", prototypes=8)
    teacher, other = make_gan(config), make_gan(config, seed=1)
    normal = digits.holdout
    for gan in (teacher, other):
        gan.adapt_score(normal, digits.train)
    defects = synthetic_defects(normal)
    found = knowledge(teacher, teacher, normal, defects)
    assert [*found] == [*config.evidence, "score"]
    assert found["score"]["weight"] is None
    weights = [found[kind]["weight"] for kind in config.evidence]
    assert np.sum(weights) == pytest.approx(1)
    for figures in found.values():
        assert figures["teacher_auroc"] == figures["student_auroc"]
        assert figures["rank_correlation"] == pytest.approx(1)
    found = knowledge(teacher, other, normal, defects)
    assert found["latent"]["rank_correlation"] < 0.99


def test_what_the_student_has_not_learnt_is_named_where_it_counts():
    def figures(weight, student):
        return {
            "weight": weight,
            "teacher_auroc": 0.9,
            "student_auroc": student,
        }

    found = {
        "latent": figures(0.5, 0.87),
        "local": figures(0.5, 0.885),
        "prototype": figures(0, 0.5),
        "score": figures(None, 0.8),
    }
    assert lagging(found) == ["latent", "score"]
