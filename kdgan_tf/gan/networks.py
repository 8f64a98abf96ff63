"""Encoder, decoder and discriminator: the layers that a config stands for.

The stacks are plain lists of layers, made from whichever `layers` module is
handed in, so that one definition serves Keras 3 and tf_keras (which
quantisation-aware training needs).
"""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf.gan import activations
from kdgan_tf.gan.config import PIXEL_ACTIVATIONS
from kdgan_tf.gan.normalization import (
    NORMALIZATION_EPSILON,
    ContrastNormalization,
    InstanceNormalization,
    contrast_normalized,
    standardized,
)
from kdgan_tf.gan.own_networks import checked, twin, with_features
from kdgan_tf.gan.transformation_head import transformation_head

_KERNEL = {
    "kernel_initializer": {
        "class_name": "RandomNormal",
        "config": {"mean": 0.0, "stddev": 0.02},
    }
}
_STRIDED = {"kernel_size": 4, "strides": 2, "padding": "same", **_KERNEL}


def unit_range(pixels):
    """Pixels in [0, 255], any dtype, to float32 in [-1, 1]."""
    return ops.cast(pixels, "float32") / 127.5 - 1.0


def network_input(pixels, config):
    """Pixels in [0, 255] to what a generator takes and reconstructs.

    Args:
        pixels: Images (n, side, side, c), any dtype.
        config: The generator's `GANConfig`.

    Returns:
        float32 in [-1, 1].
    """
    images = unit_range(pixels)
    if not config.normalized_input:
        return images
    return contrast_normalized(images, config.input_spreads)


def standardized_pixels(pixels, config):
    """What `network_input` is before the tanh, whether or not it is taken."""
    return standardized(unit_range(pixels), config.input_spreads)


# Layers have fixed names: the counters that Keras would number them with
# differ from process to process, and end up in converted files.


def _normalization(config, layers, stage):
    name = f"normalization_{stage}"
    if config.normalization == "none":
        return []
    if config.normalization == "batch":
        # A single replica has the whole batch: nothing to synchronise, and
        # Keras then takes the variance in a numerically better way.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return [
            layers.BatchNormalization(
                momentum=0.9,
                epsilon=NORMALIZATION_EPSILON,
                synchronized=config.synchronized_batch_norm and replicas > 1,
                name=name,
            )
        ]
    if layers is keras.layers:
        return [InstanceNormalization(name=name)]
    return [
        layers.GroupNormalization(
            groups=-1, epsilon=NORMALIZATION_EPSILON, name=name
        )
    ]


def _convolutions(config, layers):
    """Stride-2 convolutions; the first is not normalised (DCGAN)."""
    stack = []
    for stage, channels in enumerate(config.channels):
        # A normalisation would undo a bias at once.
        biased = config.normalization == "none" or not stage
        stack += [
            layers.Conv2D(
                channels,
                use_bias=biased,
                name=f"convolution_{stage}",
                **_STRIDED,
            ),
            *(_normalization(config, layers, stage) if stage else []),
            activations.of_encoder(config, layers, stage),
        ]
    return stack


def encoder_layers(config, layers=keras.layers):
    """Layers from images (n, side, side, c) in [-1, 1] to latents (n, z)."""
    return [
        *_convolutions(config, layers),
        layers.Flatten(name="flatten"),
        layers.Dense(config.latent, name="latent", **_KERNEL),
    ]


def decoder_layers(config, layers=keras.layers):
    """Layers from latents (n, z) to images (n, side, side, c) in [-1, 1]."""
    first, *others = config.decoder_stages
    side = config.bottleneck_side
    biased = {"use_bias": config.normalization == "none"}
    stack = [
        layers.Dense(side * side * first, name="dense", **biased, **_KERNEL),
        layers.Reshape((side, side, first), name="reshape"),
        *_normalization(config, layers, 0),
        layers.ReLU(name="activation_0"),
    ]
    for stage, channels in enumerate(others, start=1):
        stack += [
            layers.Conv2DTranspose(
                channels, name=f"deconvolution_{stage}", **biased, **_STRIDED
            ),
            *_normalization(config, layers, stage),
            layers.ReLU(name=f"activation_{stage}"),
        ]
    stack += [
        layers.Conv2DTranspose(
            config.image_shape[-1], name="image", **_STRIDED
        ),
        activations.of_image(config, layers),
    ]
    return stack


class GeneratorOutputs(NamedTuple):
    """What an encoder-decoder-encoder generator makes of n images."""

    latent: object
    """z1 = E1(x), shape (n, latent)."""
    reconstruction: object
    """x_hat = D(z1), shape (n, side, side, c), in [-1, 1]."""
    reconstruction_latent: object
    """z2 = E2(x_hat), shape (n, latent)."""


# Under mixed precision the last layers compute in float32: their outputs are
# what losses and scores subtract from each other.
_FLOAT32 = ("latent", *PIXEL_ACTIVATIONS, "logit")


def _sequential(layers, input_shape, name, dtype):
    for layer in layers:
        layer.dtype_policy = "float32" if layer.name in _FLOAT32 else dtype
    network = keras.Sequential([keras.Input(input_shape), *layers], name=name)
    network.dtype_policy = dtype  # else the policy of all Keras
    return network


class Generator(keras.Model):
    """E1, D and E2 in a row (Zhang et al., 2020, section 3).

    Args:
        config: A `GANConfig`.
        given: Dict of networks of one's own, those there are of "encoder",
            "decoder" and "reconstruction_encoder". The others are as the
            config describes them; a second encoder is like the first.
        **kwargs: Of `keras.Model`, such as `dtype="mixed_float16"`; outputs
            are float32 whatever it is.
    """

    def __init__(self, config, given=None, **kwargs):
        super().__init__(**kwargs)
        image, latent = config.image_shape, (config.latent,)
        given = dict(given or {})
        if "encoder" in given and "reconstruction_encoder" not in given:
            given["reconstruction_encoder"] = twin(given["encoder"])
        self.own = frozenset(given) - {"discriminator"}
        self._latent = config.latent
        for name, shape, output_shape in (
            ("encoder", image, latent),
            ("decoder", latent, image),
            ("reconstruction_encoder", image, latent),
        ):
            if name in given:
                network = checked(name, given[name], shape, output_shape)
            else:
                network = _sequential(
                    self._described(config, name),
                    shape,
                    name,
                    self.dtype_policy,
                )
            setattr(self, name, network)
        # From a first latent to what tells the versions of an image apart.
        self.transformation = None
        if config.transformation_weight:
            self.transformation = transformation_head(
                config.negatives, config.latent
            )
        self.build((None, *image))

    @staticmethod
    def _described(config, name):
        """The layers that a config stands for."""
        if name == "decoder":
            return decoder_layers(config)
        layers = encoder_layers(config)
        if name == "encoder" and config.contrast_normalization:
            layers.insert(
                0, ContrastNormalization(name="normalization_contrast")
            )
        return layers

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        latent = (input_shape[0], self._latent)
        return GeneratorOutputs(latent, tuple(input_shape), latent)

    def call(self, images, training=False):
        """Images (n, side, side, c) in [-1, 1] to `GeneratorOutputs`."""
        return self.decoded(self.encoder(images, training=training), training)

    def decoded(self, latent, training=False):
        """First latents (n, z) to the `GeneratorOutputs` of their images."""
        reconstruction = self.decoder(latent, training=training)
        outputs = GeneratorOutputs(
            latent,
            reconstruction,
            self.reconstruction_encoder(reconstruction, training=training),
        )
        return GeneratorOutputs(*(ops.cast(o, "float32") for o in outputs))


class Discriminator(keras.Model):
    """Tells real images from reconstructions.

    Args:
        config: A `GANConfig`.
        given: A network of one's own, see `own_networks.with_features`.
        **kwargs: As for `Generator`.
    """

    def __init__(self, config, given=None, **kwargs):
        super().__init__(**kwargs)
        self.network = None
        if given is not None:
            self.network = with_features(given, config.image_shape)
        else:
            self.features = _sequential(
                _convolutions(config, keras.layers),
                config.image_shape,
                "features",
                self.dtype_policy,
            )
            self.classifier = _sequential(
                [
                    keras.layers.Flatten(name="flatten"),
                    keras.layers.Dense(1, name="logit", **_KERNEL),
                ],
                self.features.output_shape[1:],
                "classifier",
                self.dtype_policy,
            )
        self.build((None, *config.image_shape))

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        if self.network is not None:
            return self.network.compute_output_shape(input_shape)
        features = self.features.compute_output_shape(input_shape)
        return features, self.classifier.compute_output_shape(features)

    def call(self, images, training=False):
        """Images in [-1, 1] to (features (n, ...), logits (n, 1))."""
        if self.network is None:
            features = self.features(images, training=training)
            logits = self.classifier(features, training=training)
        else:
            features, logits = self.network(images, training=training)
        return ops.cast(features, "float32"), ops.cast(logits, "float32")
