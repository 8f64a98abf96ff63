"""What a network's weights can bear, so that no operator has to."""

import dataclasses

import numpy as np

from kdgan_tf.gan.edegan import EDEGAN


def folded(gan):
    """A GAN whose latents are such that mean (z1 - z2)^2 is its distance.

    The last layer of each encoder bears the metric of the Mahalanobis
    distance, the first layer of the decoder its inverse: reconstructions and
    scores stay what they are, and a device computes the paper's distance.

    Args:
        gan: An `EDEGAN`.

    Returns:
        An `EDEGAN`, detached; or the same, where it has no such metric, or
        where a head reads its latents, or networks of one's own make them.
        The metric is one more product then.
    """
    config, generator = gan.config, gan.generator
    unlike = config.transformation_weight or generator.own
    if not config.mahalanobis or unlike:
        return gan
    plain = dataclasses.replace(config, mahalanobis=False)
    copy = EDEGAN.from_config(
        {
            **gan.get_config(),
            "dtype": "float32",
            "config": dataclasses.asdict(plain),
        }
    )
    for name in ("generator", "discriminator", "anomaly_score"):
        getattr(copy, name).set_weights(getattr(gan, name).get_weights())
    copy.evidence.set_weights(
        [
            weight.numpy()
            for weight in gan.evidence.weights
            if weight is not gan.evidence.metric
        ]
    )
    metric = gan.evidence.metric.numpy().astype(np.float64)
    made = copy.generator
    for encoder in (made.encoder, made.reconstruction_encoder):
        last = encoder.get_layer("latent")
        last.set_weights([values @ metric for values in last.get_weights()])
    first = made.decoder.get_layer("dense")
    kernel, *bias = first.get_weights()
    first.set_weights([np.linalg.solve(metric, kernel), *bias])
    return copy
