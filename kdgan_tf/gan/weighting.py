"""How much each kind of evidence counts, by the synthetic defects it tells.

Real anomalies are not synthetic ones: what tells the latter counts more, and
what does not is still heard.
"""

import numpy as np

from kdgan_tf.gan.evaluation import auroc

# Share of the weight that synthetic defects decide about.
_CHOSEN = 0.25
# Bits that any kind is taken to tell, and that few held-out images can show.
_FEWEST_BITS, _MOST_BITS = 0.25, 4


def evidence_weights(normal, synthetic, votes=None):
    """Weights of kinds of evidence, from how well each tells defects.

    Three quarters go by the votes, one by what the AUROC of each kind is
    above chance. Real anomalies are not synthetic ones: no kind is left out
    because it does not see the latter, and none is all.

    Args:
        normal: Standardised logarithms (n, k) of held-out normal images.
        synthetic: Those (m, k) of synthetic defects.
        votes: How much each kind counts beforehand, (k,); by default alike.

    Returns:
        Array (k,), >= 0, with sum 1.
    """
    gains = np.maximum(aurocs(normal, synthetic) - 0.5, 0)
    votes = np.ones(len(gains)) if votes is None else np.asarray(votes)
    votes = votes / votes.sum()
    if not gains.any():
        return votes
    return (1 - _CHOSEN) * votes + _CHOSEN * gains / gains.sum()


def weights_by_bits(normal, synthetic, votes=None, learnt=True):
    """Weights of kinds of evidence that can be sure, see `squared`.

    Votes times a quarter more than the bits that a kind tells: how often it
    halves the error of guessing, 1 - AUROC. What tells synthetic defects almost
    surely will tell real ones of their sort; what hardly tells them keeps some
    weight, for real ones of another. A kind that no network learns has to earn
    it: the square of its bits after the first.

    Args:
        normal: As for `evidence_weights`.
        synthetic: The same.
        votes: The same.
        learnt: Whether a network has a part in it, for each kind, (k,).

    Returns:
        Array (k,), >= 0, with sum 1.
    """
    errors = 1 - aurocs(normal, synthetic)
    bits = -np.log2(np.clip(2 * errors, 2.0**-_MOST_BITS, 1))
    told = np.where(learnt, _FEWEST_BITS + bits, np.maximum(bits - 1, 0) ** 2)
    weights = told * (1 if votes is None else votes)
    return weights / weights.sum()


def aurocs(normal, synthetic):
    """AUROC (k,) of each column, synthetic anomalies above normal images."""
    anomalous = np.arange(len(normal) + len(synthetic)) >= len(normal)
    return np.array(
        [
            auroc(np.concatenate(column), anomalous)
            for column in zip(normal.T, synthetic.T, strict=True)
        ]
    )
