"""The distillation loss K of P-KDGAN, one value an image."""

import numpy as np
from keras import ops

from kdgan_tf.gan.losses import absolute_distance, squared_distance

# In the logarithm of an evidence, this share of its usual value is added: none
# of two values that are both small counts for much.
_FLOOR = 0.1


def distillation_losses(
    teacher, student, config, spread=(1.0, 1.0, 1.0), score_loss=None
):
    """The three distances of P-KDGAN, weighted: K = w1 K1 + wx Kx + w2 K2.

    A fourth, not in the paper, compares the two networks' anomaly scores; it
    is there where its weight is not 0.

    Args:
        teacher: The teacher's `GeneratorOutputs` for n images.
        student: The student's, for the same images.
        config: A `DistillationConfig`; gives the weights.
        spread: What each distance is divided by, see `teacher_spread`.
        score_loss: Compares the anomaly scores of both outputs, by default
            `latent_score_loss`; used where the weight of the score is not 0.

    Returns:
        Dict of weighted terms, each (n,), by the name of what they compare.
    """
    latent, reconstruction, reconstruction_latent = (
        weight / unit
        for weight, unit in zip(
            (
                config.latent_weight,
                config.reconstruction_weight,
                config.reconstruction_latent_weight,
            ),
            (spread[0], spread[1], spread[2]),
            strict=True,
        )
    )
    terms = {
        "latent": latent * squared_distance(teacher.latent, student.latent),
        "reconstruction": reconstruction
        * absolute_distance(teacher.reconstruction, student.reconstruction),
        "reconstruction_latent": reconstruction_latent
        * squared_distance(
            teacher.reconstruction_latent, student.reconstruction_latent
        ),
    }
    if config.score_weight:
        compared = (score_loss or latent_score_loss)(teacher, student)
        terms["score"] = config.score_weight * compared
    return terms


def teacher_spread(outputs):
    """What the three distances are for a student that knows the mean only.

    Args:
        outputs: The teacher's `GeneratorOutputs` for normal images.

    Returns:
        Array (3,).
    """
    latent, reconstruction, again = (
        ops.convert_to_tensor(part) - ops.mean(part, axis=0, keepdims=True)
        for part in outputs
    )
    values = [
        ops.mean(latent * latent),
        ops.mean(ops.abs(reconstruction)),
        ops.mean(again * again),
    ]
    return ops.maximum(ops.stack(values), 1e-6)


def latent_score_loss(teacher, student):
    """Squared difference of the logarithms of both latent distances, (n,)."""
    taught, learned = (
        # The floor keeps the slope finite for images that are all but perfect.
        ops.log(
            squared_distance(part.latent, part.reconstruction_latent) + 1e-3
        )
        for part in (teacher, student)
    )
    return ops.square(taught - learned)


def evidence_loss(gan, images, teacher, student):
    """Squared difference of learnt evidence, weighted as in the score, (n,).

    Args:
        gan: The teacher, an `EDEGAN` whose score is adapted: both networks'
            evidence is measured with its prototypes and its spreads.
        images: The networks' input, (n, side, side, c) in [-1, 1].
        teacher: The teacher's `GeneratorOutputs` for them.
        student: The student's.
    """
    score, learnt = gan.anomaly_score, np.flatnonzero(gan.evidence.learnt)
    mean, spread, weight = (
        ops.take(variable, learnt)
        for variable in (score.log_mean, score.log_spread, score.weight)
    )
    usual = ops.exp(mean)
    taught, learned = (
        ops.log(
            ops.stack(gan.evidence_in(images, part), axis=-1) + _FLOOR * usual
        )
        for part in (teacher, student)
    )
    difference = (taught - learned) / spread
    weight /= ops.sum(weight)
    return ops.sum(weight * ops.square(difference), axis=-1)
