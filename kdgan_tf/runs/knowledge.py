"""What the score's kinds of evidence are worth, in teacher and student."""

import numpy as np

from kdgan_tf.gan.weighting import aurocs

LAG = 0.02


def knowledge(teacher, student, normal, synthetic):
    """How well both networks tell synthetic defects, and how alike they are.

    Args:
        teacher: An `EDEGAN` with an adapted score.
        student: Another one, of the same kinds of evidence.
        normal: Held-out normal images (n, side, side, c), pixels.
        synthetic: Defects (m, side, side, c) made from them.

    Returns:
        Dict by kind of evidence, and "score" for what they are together:
        {"weight": in the student's score, `None` of the score itself,
        "teacher_auroc", "student_auroc": on the synthetic defects,
        "rank_correlation": of the two networks on all images}.
    """
    kinds = teacher.config.evidence_kinds
    if student.config.evidence_kinds != kinds:
        return {}
    columns = {"teacher": [], "student": []}
    for name, model in (("teacher", teacher), ("student", student)):
        for images in (normal, synthetic):
            evidence = model.evidence_of(images)
            score = np.asarray(model.anomaly_score(evidence))
            columns[name].append(np.column_stack([evidence, score]))
    tells = {name: aurocs(*parts) for name, parts in columns.items()}
    taught, learned = (np.concatenate(parts) for parts in columns.values())
    weights = student.evidence_weights
    return {
        kind: {
            "weight": weights.get(kind),
            "teacher_auroc": float(tells["teacher"][index]),
            "student_auroc": float(tells["student"][index]),
            "rank_correlation": _rank_correlation(
                taught[:, index], learned[:, index]
            ),
        }
        for index, kind in enumerate([*kinds, "score"])
    }


def _rank_correlation(left, right):
    """Spearman's; evidence is a float, and has no ties to speak of."""
    ranks = [np.argsort(np.argsort(values)) for values in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


def lagging(found):
    """Kinds of evidence that the score uses and the student has not learnt.

    Args:
        found: What `knowledge` returned.

    Returns:
        List of names.
    """
    return [
        kind
        for kind, figures in found.items()
        if figures["weight"] != 0
        and figures["teacher_auroc"] - figures["student_auroc"] > LAG
    ]
