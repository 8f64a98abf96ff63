"""Named networks: a teacher and a student for each data set."""

import dataclasses

from kdgan_tf.gan.config import GANConfig
from kdgan_tf.gan.evidence import OF_ANY_GAN
from kdgan_tf.runtime.errors import InputError

# Widths follow from the paper's compute ratios: at least 311.11:1 on MNIST,
# 700:1 on Fashion-MNIST and 24.45:1 on CIFAR-10 (tests hold them). Teachers
# use instance normalisation, students batch normalisation: it folds into the
# convolutions, halves the arena, and a distilled student is no worse with it
# (docs/normalization.md). Students of MNIST and Fashion-MNIST also have
# activations that a device computes with the convolution before: they cost it
# nothing, and no accuracy either (docs/cortex_m.md).
_IN_ONE = {"activation": "relu", "pixel_activation": "clip"}

# By the covariance of what normal images leave: no training and, where the
# distance is the score, no cost on a device. A digit that is drawn well may
# still lie apart from all normal ones (docs/evidence.md).
mnist_teacher = GANConfig(
    latent=30,
    negatives=("rotation", "inversion"),
    mahalanobis=True,
    score="evidence",
    evidence=("latent", "prototype"),
    prototypes=32,
)
# Inverted digits help the teacher a little. A student this small has no room
# to imitate it on them as well: 8 falls from 96.2 to 94.7 in validation. What a
# thinner decoder saves is better spent on the encoders (8: 95.1 to 95.8).
mnist_student = dataclasses.replace(
    mnist_teacher,
    channels=(3, 7, 15),
    decoder_channels=(8, 4, 2),
    normalization="batch",
    # Half a point in validation (six classes); elsewhere it costs as much.
    contrast_normalization=True,
    negatives=("rotation",),
    **_IN_ONE,
)

fashion_mnist_teacher = GANConfig(negatives=("rotation",), mahalanobis=True)
fashion_mnist_student = dataclasses.replace(
    fashion_mnist_teacher,
    channels=(2, 3, 7),
    normalization="batch",
    **_IN_ONE,
)

# Photographs of things: to tell how an image was turned or recoloured teaches
# an encoder more than to call all of that anomalous (docs/evidence.md).
cifar10_teacher = GANConfig(
    image_shape=(32, 32, 3),
    negatives=("rotation", "color", "inversion"),
    negative_weight=0.0,
    transformation_weight=30.0,
    augmentations=("shift", "mirror"),
    score="evidence",
    # What an image looks like in detail tells things apart less well than how
    # they lie, and comparing pixels would double the arena.
    evidence=("latent", "prototype", "transformation"),
    prototypes=32,
)
cifar10_student = dataclasses.replace(
    cifar10_teacher,
    channels=(12, 24, 42),
    decoder_channels=(28, 24, 12),
    normalization="batch",
)

# Parts under a camera: neither exposure nor pose makes an anomaly, and nobody
# knows beforehand which evidence tells the defects. Whether a mirrored
# or turned part is normal is found from the images, where the run is asked to.
# Small last stages keep the file small, wide first ones the work.
parts_teacher = GANConfig(
    channels=(56, 112, 224),
    latent=40,
    normalized_input=True,
    negatives=("defect",),
    negative_weight=0.0,
    restoration_weight=25.0,
    augmentations=("pose", "mirror", "flip", "half_turn", "quarter_turn"),
    score="evidence",
    squared_evidence=True,
    prototypes=352,
)
parts_student = dataclasses.replace(
    parts_teacher, channels=(16, 20, 24), normalization="batch"
)

# Three channels cost a small network a third more work and a large one little:
# what keeps a student of photographs in colour at 24:1 and below 160 KB.
_IN_COLOUR = {"parts_student": {"channels": (12, 20, 24), "prototypes": 192}}

# Other budgets, see `of_budget`.
parts_student_tiny = dataclasses.replace(
    parts_student, channels=(8, 12, 16), prototypes=128
)
parts_student_medium = dataclasses.replace(
    parts_student, channels=(32, 40, 48), prototypes=768
)

digits_teacher = GANConfig(image_shape=(8, 8, 1), channels=(32, 64), latent=16)
digits_student = dataclasses.replace(digits_teacher, channels=(6, 12))


def _plain(config):
    """The paper's recipe: no negatives, the latent distance as the score,
    and what batch normalisation is at its batch size of 1.
    """
    return dataclasses.replace(
        config,
        negatives=(),
        score="latent",
        mahalanobis=False,
        normalization="instance",
        activation="leaky_relu",
        pixel_activation="tanh",
        contrast_normalization=False,
        augmentations=(),
        transformation_weight=0.0,
        evidence=OF_ANY_GAN,
    )


mnist_teacher_plain = _plain(mnist_teacher)
mnist_student_plain = _plain(mnist_student)
fashion_mnist_teacher_plain = _plain(fashion_mnist_teacher)
fashion_mnist_student_plain = _plain(fashion_mnist_student)
cifar10_teacher_plain = _plain(cifar10_teacher)
# Plain results are of a decoder that mirrors the encoder.
cifar10_student_plain = dataclasses.replace(
    _plain(cifar10_student), decoder_channels=None
)
digits_teacher_plain = _plain(digits_teacher)
digits_student_plain = _plain(digits_student)


def names():
    """Names of all presets, sorted."""
    return sorted(
        name
        for name, value in globals().items()
        if isinstance(value, GANConfig)
    )


def named(name, image_shape=None):
    """The preset of that name.

    Args:
        name: Such as "mnist_teacher".
        image_shape: (side, side, channels) to take instead of the preset's.

    Raises:
        InputError: There is none of that name.
    """
    if name not in names():
        raise InputError(
            f"Expected a preset among {', '.join(names())}. Received: {name}."
        )
    preset = globals()[name]
    if image_shape is None:
        return preset
    if image_shape[-1] == 3:
        preset = dataclasses.replace(preset, **_IN_COLOUR.get(name, {}))
    return _deepened(preset, image_shape)


def of_budget(student, budget):
    """Name of the preset of a student that costs less or more.

    Args:
        student: Name of the preset whose budget is "small".
        budget: "tiny", "small" or "medium".

    Raises:
        InputError: There is none for that student.
    """
    name = student if budget == "small" else f"{student}_{budget}"
    if name not in names():
        raise InputError(
            f"Expected a student that has presets of other budgets, such as "
            f"parts_student. Received: {student}, {budget}."
        )
    return name


def _deepened(preset, image_shape):
    """A preset for other images: halved until the smallest map is 4 x 4.

    The last width is repeated as often as that takes, where the side can be
    halved so often; for small images the last stages are left out. Latents
    stay as long as they are: whether more pixels ask for more was not measured.
    """
    side, stages = image_shape[0], 0
    while side % 2 == 0 and side >= 8:
        side, stages = side // 2, stages + 1
    # A preset's own stages end in a map of 2 x 2 at least.
    fits = stages + (side % 2 == 0 and side >= 4)
    count = min(max(stages, len(preset.channels)), fits)
    if count < 1:
        return dataclasses.replace(preset, image_shape=image_shape)
    decoder = preset.decoder_channels
    return dataclasses.replace(
        preset,
        image_shape=image_shape,
        # No float tensor of a file is larger than its feature maps.
        prototypes=min(preset.prototypes, 4 * image_shape[0] ** 2),
        channels=_resized(preset.channels, count),
        decoder_channels=decoder and _resized(decoder[::-1], count)[::-1],
    )


def _resized(channels, count):
    """So many of them, the last one repeated or left out."""
    return (channels + channels[-1:] * count)[:count]


def family_for(dataset, image_shape):
    """First part of the names of the presets that suit a data set.

    A data set without presets of its own gets those of the most alike.
    """
    if f"{dataset}_teacher" in names():
        return dataset
    side, _, channels = image_shape
    if side < 16:
        return "digits"
    return "mnist" if channels == 1 else "cifar10"
