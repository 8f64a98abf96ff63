"""What the two networks of a GAN minimise on one batch."""

from typing import NamedTuple

from keras import ops

from kdgan_tf.data.transformations import joined, versions
from kdgan_tf.gan import losses
from kdgan_tf.gan.networks import GeneratorOutputs, network_input
from kdgan_tf.gan.transformation_head import version_logits


class GANLosses(NamedTuple):
    """Losses of a GAN on one batch of n images, and what it made of them."""

    generator: object
    """Weighted sum that the generator minimises, (n,)."""
    discriminator: object
    """What the discriminator minimises, (n,)."""
    terms: dict
    """The generator's unweighted terms by name, each (n,)."""
    outputs: GeneratorOutputs
    """The generator's outputs for the images, then for the negatives."""


def term_names(config):
    """Names of the generator's terms that a `GANConfig` asks for."""
    weights = {
        "negative": config.learns_negatives,
        "restoration": config.negatives and config.restoration_weight,
        "transformation": config.transformation_weight,
        "outlier": config.outlier_weight,
    }
    return (
        *("adversarial", "reconstruction", "latent"),
        *(name for name, weight in weights.items() if weight),
    )


def gan_losses(gan, images, negatives, step, training):
    """Losses and outputs for a batch of normal images.

    One pass of the generator covers images, negatives and outliers, and its
    first encoder sees all other versions of the images in the same batch: what
    normalises it must not tell them apart.

    Args:
        gan: An `EDEGAN`.
        images: Normal images, pixels (n, side, side, c) in [0, 255].
        negatives: As many anomalies, or `None`.
        step: Integer scalar, the training step: decides about outliers.
        training: Whether this is a training step.

    Returns:
        `GANLosses`, without outputs for outliers.
    """
    config = gan.config
    count = ops.shape(images)[0]
    batch = joined(images, negatives)
    compared = ops.shape(batch)[0]
    outliers = gan.exposure.outliers_for(images, step, training)
    seen = network_input(joined(batch, outliers), config)
    outputs, logits = _passed(gan, images, seen, training)
    real = seen[:count]
    fake = outputs.reconstruction[:count]
    # Two passes of half a batch cost no more forward than one of a whole,
    # and the generator's gradient then skips the real half.
    real_features, real_logits = gan.discriminator(real, training=training)
    fake_features, fake_logits = gan.discriminator(fake, training=training)
    distances = losses.squared_distance(
        outputs.latent, outputs.reconstruction_latent
    )
    terms = {
        "adversarial": losses.feature_matching(real_features, fake_features),
        "reconstruction": losses.absolute_distance(real, fake),
        "latent": distances[:count],
    }
    if logits is not None:
        terms["transformation"] = losses.told_apart(logits)
    if config.learns_negatives and negatives is not None:
        terms["negative"] = losses.hypersphere(distances[count:compared])
        if config.restoration_weight:
            terms["restoration"] = losses.absolute_distance(
                real, outputs.reconstruction[count:compared]
            )
    if config.outlier_weight and outliers is None:
        terms["outlier"] = ops.zeros_like(distances[:count])
    elif config.outlier_weight:
        terms["outlier"] = losses.hypersphere(distances[compared:])
        outputs = GeneratorOutputs(*(part[:compared] for part in outputs))
    return GANLosses(
        sum(
            getattr(config, f"{name}_weight") * term
            for name, term in terms.items()
        ),
        losses.binary_cross_entropy(real_logits, real=True)
        + losses.binary_cross_entropy(fake_logits, real=False),
        terms,
        outputs,
    )


def _passed(gan, images, seen, training):
    """Outputs for what is seen, and logits (n, v, v) of the images' versions.

    Args:
        gan: An `EDEGAN`.
        images: Normal images, pixels (n, side, side, c).
        seen: The generator's input: the images, and what comes after them.
        training: Whether this is a training step.
    """
    config, generator = gan.config, gan.generator
    if not config.transformation_weight:
        return generator(seen, training=training), None
    count, passed = ops.shape(images)[0], ops.shape(seen)[0]
    others = versions(images, config.negatives)[:, 1:]
    others = ops.reshape(others, (-1, *config.image_shape))
    latents = generator.encoder(
        ops.concatenate([seen, network_input(others, config)]),
        training=training,
    )
    first = latents[:count, None]
    others = ops.reshape(latents[passed:], (count, -1, config.latent))
    logits = version_logits(
        generator.transformation,
        ops.reshape(
            ops.concatenate([first, others], axis=1), (-1, config.latent)
        ),
    )
    kinds = logits.shape[-1]
    return (
        generator.decoded(latents[:passed], training),
        ops.reshape(logits, (-1, kinds, kinds)),
    )
