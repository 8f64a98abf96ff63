"""A generator rebuilt in tf_keras, which tfmot needs.

It is the layers of `networks`, spelled for small devices: dense layers are
convolutions (see `export`), and batch normalisation is folded into the layer
before it. The outputs are those of the Keras 3 generator.

Importing this module loads tf_keras; `qat` alone does so.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from kdgan_tf.gan import networks
from kdgan_tf.gan.networks import NORMALIZATION_EPSILON, GeneratorOutputs

layers = tf_keras.layers
NETWORKS = GeneratorOutputs("encoder", "decoder", "reconstruction_encoder")


class InstanceNormalization(layers.GroupNormalization):
    """`networks.InstanceNormalization` in tf_keras.

    The first mean is spelled as a sum: where its input has 8 bits, the
    converter would give the mean 8 bits too, and leaves a sum in float.
    """

    def call(self, inputs):
        share = 1 / (inputs.shape[1] * inputs.shape[2])
        sums = tf.reduce_sum(inputs, (1, 2), keepdims=True)
        centred = inputs - sums * share
        variance = tf.reduce_mean(centred * centred, (1, 2), keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon) * self.gamma
        return centred * scale + self.beta


class ContrastNormalization(layers.Layer):
    """`networks.ContrastNormalization` in tf_keras; as above, with a sum."""

    def call(self, inputs):
        share = 1 / inputs.shape[1:].num_elements()
        sums = tf.reduce_sum(inputs, (1, 2, 3), keepdims=True)
        centred = inputs - sums * share
        variance = tf.reduce_mean(centred * centred, (1, 2, 3), keepdims=True)
        return centred * tf.math.rsqrt(variance + NORMALIZATION_EPSILON)


def rebuild(gan):
    """The generator of an `EDEGAN` in tf_keras, weights carried over.

    Args:
        gan: A teacher or a student.

    Returns:
        A generator as `assemble` makes them.
    """
    config = gan.config
    folded = config
    if config.normalization == "batch":
        folded = dataclasses.replace(config, normalization="none")
    first = []
    if config.contrast_normalization:
        first = [ContrastNormalization(name="normalization_contrast")]
    generator = assemble(
        config,
        [
            [*first, *_encoder(folded)],
            _decoder(config, folded),
            _encoder(folded),
        ],
    )
    for name, stack in zip(NETWORKS, stacks(generator), strict=True):
        weighted = [layer for layer in stack if layer.weights]
        found = _weights(getattr(gan.generator, name), config)
        for layer, values in zip(weighted, found, strict=True):
            layer.set_weights(values)
    return generator


def assemble(config, stacks):
    """A generator from three lists of layers, in the order of `NETWORKS`.

    Args:
        config: The `GANConfig` of the generator.
        stacks: Layers of encoder, decoder and reconstruction encoder.

    Returns:
        A functional `tf_keras.Model` from images (n, side, side, c) in
        [-1, 1] to a list of what `GeneratorOutputs` holds.
    """
    shapes = (config.image_shape, (config.latent,), config.image_shape)
    values = images = tf_keras.Input(config.image_shape)
    outputs = []
    for name, shape, stack in zip(NETWORKS, shapes, stacks, strict=True):
        network = tf_keras.Sequential(
            [tf_keras.Input(shape), *stack], name=name
        )
        values = network(values)
        outputs.append(values)
    return tf_keras.Model(images, outputs)


def stacks(generator):
    """The three lists of layers that a generator was assembled from."""
    return [generator.get_layer(name).layers for name in NETWORKS]


def _encoder(config):
    *stages, flatten, _ = networks.encoder_layers(config, layers)
    latent = layers.Conv2D(config.latent, config.bottleneck_side, name="latent")
    return [*map(_spelled, stages), latent, flatten]


def _decoder(config, folded):
    dense, reshape, *stages = networks.decoder_layers(folded, layers)
    start = layers.Reshape((1, 1, config.latent), name="start")
    if config.normalization == "none":
        # Here each pixel of the first map has a bias of its own.
        first = [layers.Conv2D(dense.units, 1, name=dense.name), reshape]
    else:
        first = [
            layers.Conv2DTranspose(
                config.decoder_stages[0],
                config.bottleneck_side,
                use_bias=config.normalization == "batch",
                name=dense.name,
            )
        ]
    return [start, *first, *map(_spelled, stages)]


def _spelled(layer):
    if isinstance(layer, layers.GroupNormalization):
        return InstanceNormalization(
            groups=-1, epsilon=layer.epsilon, name=layer.name
        )
    return layer


def _weights(network, config):
    """Arrays of each layer that has any, batch normalisation folded in."""
    found = []
    for layer in network.layers:
        values = [weight.numpy() for weight in layer.weights]
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = values
            scale = gamma / np.sqrt(variance + layer.epsilon)
            (kernel,) = found[-1]
            # Kernels are (h, w, in, out), transposed ones (h, w, out, in).
            factor = scale[:, None] if network.name == "decoder" else scale
            found[-1] = [kernel * factor, beta - mean * scale]
        elif isinstance(layer, keras.layers.Dense):
            found.append([_kernel(layer, values[0], config), *values[1:]])
        elif values:
            found.append(values)
    return found


def _kernel(dense, kernel, config):
    """A dense layer's kernel (in, out) as that of its convolution."""
    side = config.bottleneck_side
    if dense.name == "latent":
        return kernel.reshape(side, side, -1, config.latent)
    if dense.use_bias:
        return kernel[np.newaxis, np.newaxis]
    return kernel.reshape(config.latent, side, side, -1).transpose(1, 2, 3, 0)
