"""The losses, each one value an image: shape (n,), lower is better.

Reducing them over a batch is left to the training step, which knows how many
replicas share that batch.
"""

import math

from keras import ops


def _per_image(values):
    # The batch is the free size: of several replicas one may have no image.
    size = math.prod(values.shape[1:])
    return ops.mean(ops.reshape(values, (-1, size)), axis=1)


def squared_distance(left, right):
    """Mean of (left - right)^2 over everything but the batch, (n,).

    The latent loss of GANomaly (Akcay et al., 2018, eq. 3), the distances K1
    and K2 of P-KDGAN, and the anomaly score: all compare two latents.
    """
    difference = left - right
    return _per_image(difference * difference)


def absolute_distance(left, right):
    """Mean of |left - right| over everything but the batch, (n,).

    The contextual loss of GANomaly (eq. 2) and the distance Kx of P-KDGAN.
    """
    return _per_image(ops.abs(left - right))


def binary_cross_entropy(logits, real):
    """Cross-entropy of logits (n, 1) that all are of one kind, (n,).

    Args:
        logits: The discriminator's output; positive means real.
        real: `True` where the images were real, `False` for reconstructions.
    """
    return _per_image(ops.softplus(-logits if real else logits))


def feature_matching(real_features, fake_features):
    """Squared distance of discriminator features, (n,).

    The generator's adversarial loss (Salimans et al., 2016; GANomaly, eq. 1).
    Real features are the target: no gradient flows into them.
    """
    return squared_distance(ops.stop_gradient(real_features), fake_features)


def hypersphere(distances):
    """-log(1 - exp(-d)) for the anomaly distances d (n,) of negatives, (n,).

    Falls to 0 as a negative's distance grows (the hypersphere classifier of
    Ruff et al., 2020). Not part of the paper's recipe.
    """
    # The floor keeps the logarithm and its slope finite at d = 0.
    return -ops.log(-ops.expm1(-distances) + 1e-6)


def told_apart(logits):
    """Cross-entropy of telling versions of an image apart, (n,).

    Args:
        logits: (n, v, v): for each of an image's v versions, those of its
            being version 0, 1, ...
    """
    own = ops.diagonal(logits, axis1=1, axis2=2)
    return ops.mean(ops.logsumexp(logits, axis=-1) - own, axis=-1)
