"""The distillation loss K of P-KDGAN, one value an image."""

from keras import ops

from kdgan_tf.gan.losses import absolute_distance, squared_distance


def distillation_losses(teacher, student, config):
    """The three distances of P-KDGAN, weighted: K = w1 K1 + wx Kx + w2 K2.

    A fourth, not in the paper, compares the logarithms of the two networks'
    anomaly distances; it is there where its weight is not 0.

    Args:
        teacher: The teacher's `GeneratorOutputs` for n images.
        student: The student's, for the same images.
        config: A `DistillationConfig`; gives the weights.

    Returns:
        Dict of weighted terms, each (n,), by the name of what they compare.
    """
    terms = {
        "latent": config.latent_weight
        * squared_distance(teacher.latent, student.latent),
        "reconstruction": config.reconstruction_weight
        * absolute_distance(teacher.reconstruction, student.reconstruction),
        "reconstruction_latent": config.reconstruction_latent_weight
        * squared_distance(
            teacher.reconstruction_latent, student.reconstruction_latent
        ),
    }
    if config.score_weight:
        difference = _log_distance(teacher) - _log_distance(student)
        terms["score"] = config.score_weight * difference * difference
    return terms


def _log_distance(outputs):
    distances = squared_distance(outputs.latent, outputs.reconstruction_latent)
    # The floor keeps the slope finite for images that are all but perfect.
    return ops.log(distances + 1e-3)
