"""A whole run, from teacher to converted student, as an immutable value."""

import dataclasses
from typing import Literal

from kdgan_tf.deploy.conversion import RECIPES
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan.config import ALIKE, SCORES, GANConfig
from kdgan_tf.runtime.errors import in_python, require, require_integer
from kdgan_tf.training.config import PhaseConfig

MIXED_PRECISIONS = ("none", "float16", "bfloat16")
_MOST_SEEDS = 2**32 - 1


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """A whole run: teacher, step 1, step 2, calibration, conversion.

    Args:
        teacher: The teacher's `GANConfig`.
        student: The student's; same image shape and latent size.
        teacher_phase: Schedule of the teacher's own training.
        step1_phase: Schedule of the first distillation step.
        step2_phase: Schedule of the second.
        step1: What happens in step 1; by default the teacher is fixed.
        step2: What happens in step 2; by default both are trained.
        student_alone: Also train a student without a teacher, for as many
            epochs as both steps have, to see what distillation gains.
        upright_accuracy: Adapts the run to normal images without an upright:
            where a classifier tells the rotation of held-out normal images
            less often than this share, rotation is no negative, if it was
            one. 0 never adapts, see `orientation.rotation_accuracy`.
        symmetry_accuracy: Adapts the run to normal images that are not alike
            when mirrored or turned: a symmetry among the augmentations that
            a classifier tells from the held-out image itself more often than
            this share is none. 0 never adapts, chance is 0.5, see
            `orientation.symmetry_accuracies`.
        input_share: Adapts the run to normal images with parts far darker or
            brighter than the rest: `input_spreads` of the networks, where
            they normalise their input, becomes so large that the tanh tells
            this share of the normal images' pixels apart, and never smaller
            than it is. 0 never adapts.
        score_without_rotation: The score, as in `GANConfig`, of a run that was
            so adapted.
        epoch_auroc: Also score the test images after every epoch of a
            student: curves to look at, never a choice of an epoch.
        seed: Of initial weights and the order of images.
        false_positive_rate: Share of normal images that the threshold may
            reject, in [0, 1).
        quantization: Recipe of the `.tflite` file, see `deploy.convert`.
        jit_compile: True, False or "auto", as in `keras.Model.compile`.
        mixed_precision: "none", "float16" or "bfloat16": the type in which
            the networks compute while they are trained. Weights, losses and
            the finished models are float32.
        tensorboard: Also write TensorBoard's event files, a folder a phase,
            to logs/tensorboard of the run directory. Changes no result.
    """

    teacher: GANConfig
    student: GANConfig
    teacher_phase: PhaseConfig = PhaseConfig()
    step1_phase: PhaseConfig = PhaseConfig()
    step2_phase: PhaseConfig = PhaseConfig(epochs=1, learning_rate=1e-4)
    step1: DistillationConfig = DistillationConfig()
    step2: DistillationConfig = DistillationConfig(train_teacher=True)
    student_alone: bool = False
    upright_accuracy: float = 0.0
    symmetry_accuracy: float = 0.0
    input_share: float = 0.0
    score_without_rotation: Literal[SCORES] = "both"
    epoch_auroc: bool = False
    seed: int = 0
    false_positive_rate: float = 0.05
    quantization: Literal[RECIPES] = "int8"
    jit_compile: Literal["auto", True, False] = "auto"
    mixed_precision: Literal[MIXED_PRECISIONS] = "none"
    tensorboard: bool = False

    def __post_init__(self):
        in_python(self)
        require(
            0 <= self.false_positive_rate < 1,
            "false_positive_rate in [0, 1)",
            self.false_positive_rate,
        )
        for name in ("upright_accuracy", "symmetry_accuracy", "input_share"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"{name} in [0, 1]", value)
        require(
            self.score_without_rotation in SCORES,
            f"score_without_rotation among {SCORES}",
            self.score_without_rotation,
        )
        for name in ALIKE:
            both = getattr(self.teacher, name), getattr(self.student, name)
            require(
                both[0] == both[1],
                f"teacher and student with the same {name}",
                both,
            )
        require_integer("seed", self.seed)
        # Keras and scikit-learn take 32 bits; the student's is one more.
        require(self.seed < _MOST_SEEDS, "seed below 2^32 - 1", self.seed)
        require(
            self.quantization in RECIPES,
            f"quantization among {RECIPES}",
            self.quantization,
        )
        require(
            self.mixed_precision in MIXED_PRECISIONS,
            f"mixed_precision among {MIXED_PRECISIONS}",
            self.mixed_precision,
        )
        require(
            not (self.teacher_phase.left_out or self.step1_phase.left_out),
            "at least one epoch for the teacher and for step 1",
            (self.teacher_phase.epochs, self.step1_phase.epochs),
        )
        kinds = self.teacher.negatives + self.student.negatives
        if self.upright_accuracy and "rotation" in kinds:
            self.without_rotation()  # what it may become must be valid too

    @property
    def dtype(self):
        """Keras's name of the policy that `mixed_precision` stands for."""
        if self.mixed_precision == "none":
            return "float32"
        return f"mixed_{self.mixed_precision}"

    def without_rotation(self):
        """This run for normal images without an upright.

        Rotation is none of its negatives, and the score is the one held ready
        for that; a score of all evidence stays.
        """

        def adapted(gan):
            kinds = tuple(kind for kind in gan.negatives if kind != "rotation")
            score = self.score_without_rotation
            if gan.score == "evidence":
                score = gan.score
            return dataclasses.replace(gan, negatives=kinds, score=score)

        return self._of(adapted)

    def without_augmentations(self, left_out):
        """This run for normal images that some of them make abnormal.

        Args:
            left_out: Names among `augmentation.KINDS`.
        """

        def adapted(gan):
            kinds = (kind for kind in gan.augmentations if kind not in left_out)
            return dataclasses.replace(gan, augmentations=tuple(kinds))

        return self._of(adapted)

    def with_input_spreads(self, least):
        """This run with inputs at least so wide, see `GANConfig`."""
        return self._of(
            lambda gan: dataclasses.replace(
                gan, input_spreads=max(gan.input_spreads, least)
            )
        )

    def with_augmentations(self, kinds):
        """This run with these and no others, and no rule that leaves any out.

        Args:
            kinds: Names among `augmentation.KINDS`.
        """
        found = self._of(
            lambda gan: dataclasses.replace(gan, augmentations=tuple(kinds))
        )
        return dataclasses.replace(found, symmetry_accuracy=0.0)

    def with_evidence(self, kinds):
        """This run with a score made of these kinds of evidence alone.

        Args:
            kinds: Names among `evidence.KINDS`.

        Raises:
            InputError: A network's score is not made of evidence, or it has
                no part that such evidence comes from.
        """
        require(
            (self.teacher.score, self.student.score) == ("evidence",) * 2,
            'teacher and student with the score "evidence", to choose its '
            "kinds; such as the presets of parts and cifar10",
            (self.teacher.score, self.student.score),
        )
        return self._of(
            lambda gan: dataclasses.replace(gan, evidence=tuple(kinds))
        )

    def with_outliers(self):
        """This run for images that come with unrelated ones to learn from."""
        return self._of(
            lambda gan: dataclasses.replace(
                gan, outlier_weight=gan.outlier_weight or 1.0
            )
        )

    def _of(self, adapted):
        """This run with both networks changed."""
        return dataclasses.replace(
            self,
            teacher=adapted(self.teacher),
            student=adapted(self.student),
        )
