"""Architecture and losses of a GAN as an immutable, validated value."""

import dataclasses

from kdgan_tf.data.augmentation import KINDS as AUGMENTATIONS
from kdgan_tf.data.transformations import KINDS
from kdgan_tf.gan.evidence import KINDS as KINDS_OF_EVIDENCE
from kdgan_tf.gan.evidence import OF_ANY_GAN, OF_NO_NETWORK
from kdgan_tf.runtime.errors import (
    in_python,
    require,
    require_integer,
    require_number,
)

NORMALIZATIONS = ("instance", "batch", "none")
ACTIVATIONS = ("leaky_relu", "relu")
PIXEL_ACTIVATIONS = ("tanh", "clip")
SCORES = ("latent", "reconstruction", "both", "evidence")
# In what a student can be compared with its teacher only where it is the same.
ALIKE = ("image_shape", "latent", "normalized_input", "input_spreads")


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
        activation: "leaky_relu" or "relu", of encoders and discriminator.
        pixel_activation: "tanh" or "clip", of the decoder's last layer. "relu"
            and "clip" cost a device nothing, see `activations`.
        contrast_normalization: Whether an image is normalised by its own mean
            and variance before the first encoder. What the generator is to
            reconstruct stays the image itself.
        normalized_input: Whether each image is normalised by its own mean and
            variance before all else. Then that is what the generator
            reconstructs, and the exposure of a photograph plays no part.
        input_spreads: How many of its standard deviations then become 1, before
            a tanh, > 0. Teacher and student must agree.
        synchronized_batch_norm: Whether the statistics of "batch" are, under
            a strategy of several replicas, those of the whole batch. Where not,
            of the replica's part, and an update depends on the number of
            replicas.
        adversarial_weight: Weight of the feature-matching loss, >= 0.
        reconstruction_weight: Weight of mean |x - x_hat| with pixels in
            [-1, 1], >= 0.
        latent_weight: Weight of mean (z1 - z2)^2, >= 0.
        negatives: Transformations of normal images that count as anomalies:
            names of `data.transformations.KINDS`. None of them is the paper's
            plain recipe, and costs nothing.
        negative_weight: Weight of the hypersphere loss on negatives, >= 0.
        restoration_weight: Weight of mean |x - x_hat| where x_hat is what the
            generator makes of x's negative, >= 0: to draw what is normal
            even of what is not.
        transformation_weight: Weight of the cross-entropy of telling which
            version of a normal image the first encoder was shown, the image
            itself or any of those that `negatives` names, >= 0. All of them
            are shown in each step.
        outlier_weight: Weight of the hypersphere loss on unrelated images, see
            `EDEGAN.expose_to`, >= 0. With any it is no one-class training.
        augmentations: What may happen to a normal image and leave it normal,
            names of `data.augmentation.KINDS`: training images are changed
            so, anew each step.
        mahalanobis: Whether the latent distance of the score is by the
            covariance that z1 - z2 has on normal images, see `latent_metric`,
            and that from prototypes by the one that z1's direction has;
            `adapt_score` measures it, and no loss knows of it. On a device it
            is part of the weights, where a config describes the networks and
            there is no `transformation_weight`.
        score: "latent" (the paper's), "reconstruction", "both": the sum of
            the two distances' logarithms, standardised on normal images, or
            "evidence": their weighted mean over all kinds of `evidence`.
        squared_evidence: Whether that mean is of (1 + z / 4)^2, 0 for z below
            -4, instead of the standardised logarithms z themselves: what one
            kind is sure of then counts, though others see nothing. Weights
            are votes times what a kind tells of synthetic defects then.
        evidence: Kinds of evidence of that score, see `evidence.Evidence`.
        prototypes: Number of prototypes of the evidence "prototype".
        components: Number of principal components of the evidence "subspace".

    Example:

        config = GANConfig(image_shape=(64, 64, 3), channels=(16, 32, 64, 64))
        small = dataclasses.replace(config, channels=(4, 8, 16, 16))
    """

    image_shape: tuple[int, int, int] = (32, 32, 1)
    channels: tuple[int, ...] = (64, 128, 256)
    decoder_channels: tuple[int, ...] | None = None
    latent: int = 32
    normalization: str = "instance"
    activation: str = "leaky_relu"
    pixel_activation: str = "tanh"
    contrast_normalization: bool = False
    normalized_input: bool = False
    input_spreads: float = 1.5
    synchronized_batch_norm: bool = True
    adversarial_weight: float = 1.0
    reconstruction_weight: float = 50.0
    latent_weight: float = 1.0
    negatives: tuple[str, ...] = ()
    negative_weight: float = 1.0
    restoration_weight: float = 0.0
    transformation_weight: float = 0.0
    outlier_weight: float = 0.0
    augmentations: tuple[str, ...] = ()
    mahalanobis: bool = False
    score: str = "latent"
    squared_evidence: bool = False
    evidence: tuple[str, ...] = OF_ANY_GAN
    prototypes: int = 256
    components: int = 32

    def __post_init__(self):
        in_python(self)
        # JSON and .keras files turn tuples into lists.
        for name in ("negatives", "augmentations", "evidence"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("image_shape", "channels", "decoder_channels"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _whole_numbers(name, value))
        require(
            len(self.image_shape) == 3 and self.image_shape[2] in (1, 3),
            "image_shape (side, side, 1 or 3)",
            self.image_shape,
        )
        require(len(self.channels) >= 1, "one entry of channels per stage", ())
        height, width, _ = self.image_shape
        step = 2 ** len(self.channels)
        require(
            height == width and height % step == 0 and height >= 2 * step,
            f"square images whose side is a multiple of {step} and at least "
            f"{2 * step} ({len(self.channels)} halvings)",
            self.image_shape,
        )
        require(
            self.decoder_channels is None
            or len(self.decoder_channels) == len(self.channels),
            f"decoder_channels for {len(self.channels)} stages",
            self.decoder_channels,
        )
        require_integer("latent", self.latent, 1)
        for name, known in (
            ("normalization", NORMALIZATIONS),
            ("activation", ACTIVATIONS),
            ("pixel_activation", PIXEL_ACTIVATIONS),
            ("score", SCORES),
        ):
            received = getattr(self, name)
            require(received in known, f"{name} among {known}", received)
        for name, known in (
            ("negatives", tuple(KINDS)),
            ("augmentations", AUGMENTATIONS),
            ("evidence", KINDS_OF_EVIDENCE),
        ):
            received = getattr(self, name)
            require(
                set(received) <= set(known)
                and len(set(received)) == len(received),
                f"{name} among {known}, each once",
                received,
            )
        require(
            {*self.evidence} - {*OF_NO_NETWORK},
            "at least one kind of evidence that networks learn",
            self.evidence,
        )
        require(
            self.negatives or not self.transformation_weight,
            "negatives, for a transformation_weight",
            self.negatives,
        )
        require(
            self.transformation_weight or "transformation" not in self.evidence,
            'a transformation_weight, for the evidence "transformation"',
            self.transformation_weight,
        )
        require(
            not {"prototype", "density"} <= {*self.evidence},
            'the evidence "prototype" or "density", not both',
            self.evidence,
        )
        require_number("input_spreads", self.input_spreads)
        require(self.input_spreads > 0, "input_spreads above 0", 0)
        require_integer("prototypes", self.prototypes, 1)
        require_integer("components", self.components, 1)
        require(
            not (self.normalized_input and self.contrast_normalization),
            "normalized_input or contrast_normalization, not both",
            "both",
        )
        require(
            self.score == "evidence" or not self.squared_evidence,
            'the score "evidence", for squared_evidence',
            self.score,
        )
        for field in dataclasses.fields(self):
            if field.name.endswith("_weight"):
                require_number(field.name, getattr(self, field.name))

    @property
    def evidence_kinds(self):
        """The kinds of evidence that the score is made of, or made from."""
        if self.score == "evidence":
            return self.evidence
        return ("latent", "reconstruction")

    @property
    def learns_negatives(self):
        """Whether a loss is about the generator's pass of negatives."""
        restores = bool(self.negatives and self.restoration_weight)
        return restores or self.pushes_negatives

    @property
    def pushes_negatives(self):
        """Whether a loss makes the latent distance of negatives large."""
        return bool(self.negatives and self.negative_weight)

    @property
    def trains_distance(self):
        """Whether a loss makes the latent distance of anything large."""
        return self.pushes_negatives or self.outlier_weight > 0

    @property
    def bottleneck_side(self):
        """Side of the smallest feature map, in pixels."""
        return self.image_shape[0] // 2 ** len(self.channels)

    @property
    def decoder_stages(self):
        """Channels of the decoder's feature maps, smallest image first."""
        return self.decoder_channels or tuple(reversed(self.channels))


def _whole_numbers(name, values):
    for value in values:
        require_integer(name, value, 1)
    return tuple(int(value) for value in values)
