"""What a GAN and its training consist of, as immutable, validated values."""

import dataclasses

from kdgan_tf.errors import InputError

NORMALIZATIONS = ("instance", "batch", "none")
SCORES = ("latent", "reconstruction", "both")
NEGATIVES = ("rotation", "color", "inversion")
MIXED_PRECISIONS = ("none", "float16", "bfloat16")


def _require(condition, expected, received):
    if not condition:
        raise InputError(f"Expected {expected}. Received: {received!r}.")


@dataclasses.dataclass(frozen=True)
class GANConfig:
    """Architecture and loss of one encoder-decoder-encoder GAN.

    Teacher and student are the same class with different values here. Sizes
    follow P-KDGAN (Zhang et al., IJCAI 2020), loss weights GANomaly (Akcay et
    al., 2018).

    Args:
        image_shape: (side, side, channels) of the images, in pixels. The side
            must be a multiple of 2 ** len(channels); 1 or 3 channels.
        channels: Output channels of each stride-2 convolution of the encoders
            and the discriminator; the decoder mirrors them.
        decoder_channels: Channels of the decoder's stages, smallest image
            first. `None` mirrors `channels`.
        latent: Length of the latent vectors. Teacher and student must agree.
        normalization: "instance", "batch" or "none". Instance normalisation
            is batch normalisation at the paper's batch size of 1.
        contrast_normalization: Is an image normalised by its own mean and
            variance before the first encoder? What the generator is to
            reconstruct stays the image itself.
        synchronized_batch_norm: Under a strategy of several replicas, are the
            statistics of "batch" those of the whole batch? Where not, of the
            replica's part, and an update depends on the number of replicas.
        adversarial_weight: Weight of the feature-matching loss, >= 0.
        reconstruction_weight: Weight of mean |x - x_hat| with pixels in
            [-1, 1], >= 0.
        latent_weight: Weight of mean (z1 - z2)^2, >= 0.
        negatives: Transformations of normal images that count as anomalies,
            among "rotation", "color" and "inversion". None of them is the
            paper's plain recipe, and costs nothing.
        negative_weight: Weight of the hypersphere loss on negatives, >= 0.
        score: "latent" (the paper's), "reconstruction", or "both": the sum of
            the two distances' logarithms, standardised on normal images.

    Example:

        config = GANConfig(image_shape=(64, 64, 3), channels=(16, 32, 64, 64))
        small = dataclasses.replace(config, channels=(4, 8, 16, 16))
    """

    image_shape: tuple[int, int, int] = (32, 32, 1)
    channels: tuple[int, ...] = (64, 128, 256)
    decoder_channels: tuple[int, ...] | None = None
    latent: int = 32
    normalization: str = "instance"
    contrast_normalization: bool = False
    synchronized_batch_norm: bool = True
    adversarial_weight: float = 1.0
    reconstruction_weight: float = 50.0
    latent_weight: float = 1.0
    negatives: tuple[str, ...] = ()
    negative_weight: float = 1.0
    score: str = "latent"

    def __post_init__(self):
        # JSON and .keras files turn tuples into lists.
        object.__setattr__(self, "negatives", tuple(self.negatives))
        for name in ("image_shape", "channels", "decoder_channels"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, tuple(int(v) for v in value))
        _require(
            len(self.image_shape) == 3 and self.image_shape[2] in (1, 3),
            "image_shape (side, side, 1 or 3)",
            self.image_shape,
        )
        height, width, _ = self.image_shape
        step = 2 ** len(self.channels)
        _require(
            height == width and height % step == 0 and height >= 2 * step,
            f"square images whose side is a multiple of {step} and at least "
            f"{2 * step} ({len(self.channels)} halvings)",
            self.image_shape,
        )
        _require(
            len(self.channels) >= 1 and min(self.channels) >= 1,
            "channels >= 1, one per stage",
            self.channels,
        )
        _require(
            self.decoder_channels is None
            or len(self.decoder_channels) == len(self.channels),
            f"decoder_channels for {len(self.channels)} stages",
            self.decoder_channels,
        )
        _require(self.latent >= 1, "latent >= 1", self.latent)
        _require(
            self.normalization in NORMALIZATIONS,
            f"normalization among {NORMALIZATIONS}",
            self.normalization,
        )
        _require(
            set(self.negatives) <= set(NEGATIVES),
            f"negatives among {NEGATIVES}",
            self.negatives,
        )
        _require(self.score in SCORES, f"score among {SCORES}", self.score)
        for field in dataclasses.fields(self):
            if field.name.endswith("_weight"):
                value = getattr(self, field.name)
                _require(value >= 0, f"{field.name} >= 0", value)

    @property
    def bottleneck_side(self):
        """Side of the smallest feature map, in pixels."""
        return self.image_shape[0] // 2 ** len(self.channels)

    @property
    def decoder_stages(self):
        """Channels of the decoder's feature maps, smallest image first."""
        return self.decoder_channels or tuple(reversed(self.channels))


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
        train_teacher: Does the teacher go on training?
        student_gan_loss: Has the student its own GAN loss too?
        negatives: Does the student imitate the teacher on its own negatives
            too, where it has any? What a teacher says off the normal images
            is what tells anomalies apart. Not in the paper.
    """

    latent_weight: float = 100.0
    reconstruction_weight: float = 5.0
    reconstruction_latent_weight: float = 100.0
    score_weight: float = 10.0
    train_teacher: bool = False
    student_gan_loss: bool = True
    negatives: bool = True

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.name.endswith("_weight"):
                value = getattr(self, field.name)
                _require(value >= 0, f"{field.name} >= 0", value)


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """Schedule of one training phase.

    Args:
        epochs: Passes over the training images; 0 leaves the phase out.
        learning_rate: Adam's first step size; it falls to 1 % along a cosine.
        batch_size: Images a step, over all replicas.
        steps_per_execution: Steps between two returns to Python, at most; an
            epoch has a whole number of them. Changes no weight.
    """

    epochs: int = 6
    learning_rate: float = 1e-3
    batch_size: int = 16
    steps_per_execution: int = 1

    def __post_init__(self):
        _require(self.epochs >= 0, "epochs >= 0", self.epochs)
        _require(
            self.learning_rate > 0, "learning_rate > 0", self.learning_rate
        )
        _require(self.batch_size >= 1, "batch_size >= 1", self.batch_size)
        _require(
            self.steps_per_execution >= 1,
            "steps_per_execution >= 1",
            self.steps_per_execution,
        )


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
            less often than this share, rotation is no negative. 0 never
            adapts, see `upright.rotation_accuracy`.
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
    score_without_rotation: str = "both"
    epoch_auroc: bool = False
    seed: int = 0
    false_positive_rate: float = 0.05
    quantization: str = "int8"
    jit_compile: bool | str = "auto"
    mixed_precision: str = "none"

    def __post_init__(self):
        _require(
            0 <= self.false_positive_rate < 1,
            "false_positive_rate in [0, 1)",
            self.false_positive_rate,
        )
        _require(
            0 <= self.upright_accuracy <= 1,
            "upright_accuracy in [0, 1]",
            self.upright_accuracy,
        )
        _require(
            self.score_without_rotation in SCORES,
            f"score_without_rotation among {SCORES}",
            self.score_without_rotation,
        )
        _require(self.seed >= 0, "seed >= 0", self.seed)
        _require(
            self.mixed_precision in MIXED_PRECISIONS,
            f"mixed_precision among {MIXED_PRECISIONS}",
            self.mixed_precision,
        )
        _require(
            self.teacher_phase.epochs >= 1 and self.step1_phase.epochs >= 1,
            "at least one epoch for the teacher and for step 1",
            (self.teacher_phase.epochs, self.step1_phase.epochs),
        )

    @property
    def dtype(self):
        """Keras's name of the policy that `mixed_precision` stands for."""
        if self.mixed_precision == "none":
            return "float32"
        return f"mixed_{self.mixed_precision}"
