"""Telling which version of an image an encoder was shown."""

import keras
from keras import ops

from kdgan_tf.data.transformations import count

# Above it, float32 has no exponential.
_MOST_LOGIT = 60.0


def transformation_head(kinds, latent):
    """A layer from first latents to the versions of an image.

    To be read by `version_logits` and `version_odds`: what a layer's call
    computes leaves the name scope by which the converter knows what stays in
    float.

    Args:
        kinds: What the versions are made by, names of
            `data.transformations.KINDS`; version 0 is the image itself.
        latent: Length of the latents.
    """
    # As it is: files are read by the class of a layer.
    head = keras.layers.Dense(
        count(kinds), dtype="float32", name="transformation"
    )
    head.build((None, latent))
    return head


def version_logits(head, latent):
    """First latents (n, z) to logits (n, v) of the versions."""
    return ops.matmul(latent, head.kernel) + head.bias


def version_odds(head, latent, exp=ops.exp):
    """Odds (n, v - 1) of each version against the image itself.

    Their logarithms are linear in the latents: no difference of probabilities
    close to 1 is taken.

    Args:
        head: What `transformation_head` gave.
        latent: First latents (n, z).
        exp: What the exponential is computed by.
    """
    kernel, bias = head.kernel, head.bias
    against = ops.matmul(latent, kernel[:, 1:] - kernel[:, :1])
    return exp(ops.minimum(against + bias[1:] - bias[:1], _MOST_LOGIT))
