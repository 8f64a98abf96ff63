"""What a student learns from its teacher, as an immutable value."""

import dataclasses
from typing import Literal

from kdgan_tf.runtime.errors import (
    in_python,
    require,
    require_integer,
    require_number,
)

SCORE_EVIDENCE = ("all", "latent")


@dataclasses.dataclass(frozen=True)
class DistillationConfig:
    """What the student learns from the teacher, and who learns.

    The two switches span the paper's four structures KDGAN-1..4.

    Args:
        latent_weight: w1, weight of the distance of the first latents (K1).
        reconstruction_weight: wx, weight of the L1 distance of the
            reconstructions (Kx), pixels in [-1, 1].
        reconstruction_latent_weight: w2, weight of the distance of the second
            latents (K2).
        score_weight: Weight of the squared difference of the logarithms of
            both networks' latent distances: the student learns how anomalous
            the teacher finds an image. Not in the paper, where it is 0.
        score_evidence: What that weight is about where the teacher's score is
            made of several kinds of evidence: "all" of them, the standardised
            logarithms of each, or the "latent" distance alone. A small student
            has no room for more; the others are measured on its own latents
            when it is trained.
        score_warmup: Training steps over which that weight rises from 0. The
            score of a student that draws nothing yet is far from its
            teacher's, and squares of that drown all else.
        standardised: Whether each of the first three distances is divided by
            the teacher's own spread on normal images, which `adapt` or `fit`
            measures. Then the same weights serve all images.
        train_teacher: Whether the teacher goes on training.
        student_gan_loss: Whether the student has its own GAN loss too.
        negatives: Whether the student imitates the teacher on negatives too,
            of the kinds that the student's `GANConfig` names. What a teacher
            says off the normal images is what tells anomalies apart. It changes
            imitation only: each network's own loss keeps the negatives of
            that network's `GANConfig`. Not in the paper.
    """

    latent_weight: float = 100.0
    reconstruction_weight: float = 5.0
    reconstruction_latent_weight: float = 100.0
    score_weight: float = 10.0
    score_evidence: Literal[SCORE_EVIDENCE] = "all"
    score_warmup: int = 0
    standardised: bool = False
    train_teacher: bool = False
    student_gan_loss: bool = True
    negatives: bool = True

    def __post_init__(self):
        in_python(self)
        for field in dataclasses.fields(self):
            if field.name.endswith("_weight"):
                require_number(field.name, getattr(self, field.name))
        require_integer("score_warmup", self.score_warmup)
        require(
            self.score_evidence in SCORE_EVIDENCE,
            f"score_evidence among {SCORE_EVIDENCE}",
            self.score_evidence,
        )
