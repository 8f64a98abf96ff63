"""A generator rebuilt in tf_keras, which tfmot needs.

It is the layers of `networks`, spelled for small devices as in
`device_layers`: dense layers are convolutions, strided ones work on blocks, and
batch normalisation is folded into the layer before it. The outputs are those of
the Keras 3 generator.

Importing this module loads tf_keras; `qat` alone does so.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from kdgan_tf.deploy.conversion import block_convolutions as blocks
from kdgan_tf.deploy.conversion.device_layers import contrast_normalized
from kdgan_tf.gan import networks
from kdgan_tf.gan.networks import GeneratorOutputs

layers = tf_keras.layers
NETWORKS = GeneratorOutputs("encoder", "decoder", "reconstruction_encoder")


class InstanceNormalization(layers.GroupNormalization):
    """`normalization.InstanceNormalization` in tf_keras.

    The first mean is spelled as a sum: where its input has 8 bits, the
    converter would give the mean 8 bits too, and leaves a sum in float.
    """

    def call(self, inputs):
        share = 1 / (inputs.shape[1] * inputs.shape[2])
        sums = tf.reduce_sum(inputs, (1, 2), keepdims=True)
        centred = inputs - sums * share
        variance = tf.reduce_mean(centred * centred, (1, 2), keepdims=True)
        scale = tf.sqrt(1.0 / (variance + self.epsilon)) * self.gamma
        return centred * scale + self.beta


class ContrastNormalization(layers.Layer):
    """`normalization.ContrastNormalization` in tf_keras.

    Attributes:
        unit: What 1 in the network's scale is in that of the inputs.
        middle: What 0 in the network's scale is in that of the inputs. It
            changes no output; but from the difference on, the converter
            leaves all in float.
    """

    unit, middle = 1.0, 0.0

    def call(self, inputs):
        return contrast_normalized(inputs - self.middle, self.unit)


class IntoBlocks(layers.Layer):
    """`block_convolutions.into_blocks`."""

    def call(self, inputs):
        return blocks.into_blocks(inputs)


class OutOfBlocks(layers.Layer):
    """`block_convolutions.out_of_blocks`."""

    def call(self, inputs):
        return blocks.out_of_blocks(inputs)


REARRANGING = (
    layers.Flatten,
    layers.Reshape,
    layers.ZeroPadding2D,
    IntoBlocks,
    OutOfBlocks,
)


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
            _decoder(folded),
            _encoder(folded),
        ],
    )
    for name, stack in zip(NETWORKS, stacks(generator), strict=True):
        weighted = [layer for layer in stack if layer.weights]
        found = _weights(getattr(gan.generator, name), config.bottleneck_side)
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
    first, *stages, flatten, _ = networks.encoder_layers(config, layers)
    latent = layers.Conv2D(config.latent, config.bottleneck_side, name="latent")
    return [
        layers.ZeroPadding2D(1, name="rim"),
        IntoBlocks(name="into_blocks"),
        _two_by_two(first, first.filters),
        *map(_spelled, stages),
        latent,
        flatten,
    ]


def _decoder(folded):
    dense, reshape, *stages = networks.decoder_layers(folded, layers)
    start = layers.Reshape((1, 1, folded.latent), name="start")
    first = layers.Conv2D(
        dense.units, 1, use_bias=dense.use_bias, name=dense.name
    )
    stack, reshaping = [start, first], [reshape]
    for stage in stages:
        # After what merges with the convolution before it.
        if not merges(stage):
            stack += reshaping
            reshaping = []
        if isinstance(stage, layers.Conv2DTranspose):
            stack += [
                layers.ZeroPadding2D(1, name=f"{stage.name}_rim"),
                _two_by_two(stage, 4 * stage.filters),
            ]
            reshaping = [OutOfBlocks(name=f"{stage.name}_out_of_blocks")]
        else:
            stack.append(_spelled(stage))
    return stack + reshaping


def merges(layer):
    """Whether the converter makes a layer part of the one before it."""
    return isinstance(layer, layers.ReLU) or layer.name == "clip"


def _two_by_two(layer, filters):
    return layers.Conv2D(filters, 2, use_bias=layer.use_bias, name=layer.name)


def _spelled(layer):
    if isinstance(layer, layers.GroupNormalization):
        return InstanceNormalization(
            groups=-1, epsilon=layer.epsilon, name=layer.name
        )
    return layer


def _weights(network, side):
    """Arrays of each layer that has any, batch normalisation folded in."""
    found = []
    for layer in network.layers:
        values = [weight.numpy() for weight in layer.weights]
        if isinstance(layer, keras.layers.BatchNormalization):
            before, (kernel,) = found[-1]
            gamma, beta, mean, variance = values
            scale = gamma / np.sqrt(variance + layer.epsilon)
            shift = beta - mean * scale
            found[-1] = before, _folded(before, kernel, scale, shift)
        elif values:
            found.append((layer, values))
    return [
        _spelled_weights(layer, *values, side=side) for layer, values in found
    ]


def _folded(layer, kernel, scale, shift):
    """Kernel and bias of a layer without one, and what normalises it."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return [kernel * scale[:, None], shift]
    # Of a dense layer the channels are those of every pixel.
    times = kernel.shape[-1] // len(scale)
    return [kernel * np.tile(scale, times), np.tile(shift, times)]


def _spelled_weights(layer, kernel, *bias, side):
    """Arrays of the layer that stands for one of `networks`."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        kernel = blocks.transposed_kernel(kernel).numpy()
        bias = [np.tile(values, 4) for values in bias]
    elif layer.name == "convolution_0":
        kernel = blocks.strided_kernel(kernel).numpy()
    elif layer.name == "latent":
        kernel = kernel.reshape(side, side, -1, layer.units)
    elif layer.name == "dense":
        kernel = kernel[np.newaxis, np.newaxis]
    return [kernel, *bias]
