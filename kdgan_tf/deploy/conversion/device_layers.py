"""The layers of a student, spelled as small devices compute them best.

The scores are those of the Keras layers; only operators differ.
"""

import math

import keras
import tensorflow as tf

from kdgan_tf.deploy.conversion import block_convolutions as blocks
from kdgan_tf.deploy.conversion.elementary import inverse_root
from kdgan_tf.deploy.scopes import INPUT_SCOPE
from kdgan_tf.gan.activations import UnitClip
from kdgan_tf.gan.normalization import (
    NORMALIZATION_EPSILON,
    ContrastNormalization,
    InstanceNormalization,
)

# Pixel p is (p - HALF) / HALF for the network.
HALF = 127.5


def run(network, values, *, pixels=False):
    """Apply a network to one image or latent.

    - Dense layers become convolutions: LiteRT and TFLite Micro round a
      quantised dense layer differently, and a convolution alike.
    - Convolutions of stride 2 become such of stride 1, see
      `block_convolutions`: all transposed ones, and those of an image.
    - Where the values are pixels, the first layer scales them, so that
      nothing has to be done to them before.
    - Batch normalisation goes into the layer before it: the converter does
      not merge it across a change of shape.

    Args:
        network: Encoder or decoder of a `Generator`.
        values: (1, side, side, c) or (1, latent).
        pixels: Whether values are in [0, 255] where the network takes
            [-1, 1].
    """
    layers = _Layers(network.layers)
    for layer in layers:
        if isinstance(layer, ContrastNormalization):
            values = contrast_normalized(values, HALF if pixels else 1.0)
            pixels = False
        elif isinstance(layer, InstanceNormalization):
            values = _instance_normalized(layer, values)
        elif isinstance(layer, keras.layers.Flatten):
            values = _map_to_vector(next(layers), values, layers)
        elif isinstance(layer, keras.layers.Dense):
            values = _vector_to_map(layer, values, layers)
        elif isinstance(layer, keras.layers.Conv2DTranspose):
            values = _upsampled(layer, values, layers)
        elif layer.name == "convolution_0":
            values = _first(layer, values, pixels)
        else:
            values = layer(values, training=False)
    return values


class _Layers:
    """Iterates over layers; can look at the next one."""

    def __init__(self, layers):
        self._left = list(reversed(layers))

    def __iter__(self):
        return self

    def __next__(self):
        if not self._left:
            raise StopIteration
        return self._left.pop()

    def next_if(self, kind):
        """The next layer, or `None` if it is of another kind."""
        found = self._left and isinstance(self._left[-1], kind)
        return self._left.pop() if found else None


def contrast_normalized(values, unit):
    """`ContrastNormalization`, (n, h, w, c).

    Args:
        values: (n, h, w, c).
        unit: What 1 in the network's scale is in that of the values.
    """
    with tf.name_scope(INPUT_SCOPE):
        pixels = values if unit == HALF else values * (HALF / unit)
        return standardized_input(pixels, 1.0)


def standardized_input(pixels, spreads):
    """`gan.normalization.standardized` of pixels (n, h, w, c).

    Every runtime gets the same to the last bit. Sums of integers up to 255 and
    of their squares are exact within a window, so the order in which a runtime
    adds them up does not matter. The variance is a mean of squares less a
    square; what that loses of an image of next to no contrast is a
    ten-thousandth of its scale.
    """
    _, height, width, channels = pixels.shape
    row = tf.reshape(pixels, (-1, height, width * channels, 1))
    mean = _exact_mean(row, _EXACT_SIDE)
    squared = _exact_mean(row * row, _EXACT_SIDE_OF_SQUARES)
    variance = squared - mean * mean
    scale = inverse_root(variance + _EPSILON, _EPSILON, 1 / spreads)
    # In this order no third map is kept beside the two.
    scaled = row * scale - mean * scale
    return tf.reshape(scaled, (-1, height, width, channels))


# In pixels.
_EPSILON = NORMALIZATION_EPSILON * HALF**2
# As many of 255, and of its square, as float32 adds up without rounding.
_EXACT_SIDE = 256
_EXACT_SIDE_OF_SQUARES = 16


def _exact_mean(values, side):
    """Mean of a map (n, h, w, 1) by poolings that all runtimes round alike.

    First of windows in which sums are exact, then of two values at a time;
    always of as many as a power of two, so that their share is exact, too.

    Args:
        values: The map.
        side: Of the largest window whose sum is exact, a power of two.
    """
    window = [math.gcd(length, side) for length in values.shape[1:3]]
    values = tf.nn.avg_pool2d(values, window, window, "VALID")
    share = 1.0
    for axis in (1, 2):
        pair = [2 if axis == other else 1 for other in (1, 2)]
        while values.shape[axis] > 1:
            if values.shape[axis] % 2:
                share *= values.shape[axis] / (values.shape[axis] + 1)
                rim = [[0, int(axis == other)] for other in range(4)]
                values = tf.pad(values, rim)
            values = tf.nn.avg_pool2d(values, pair, pair, "VALID")
    return values if share == 1 else values / share


def _instance_normalized(layer, values):
    with tf.name_scope(layer.name):
        return _standardized(values, layer.gamma) + layer.beta


def _standardized(values, gamma):
    """Each channel by its mean and variance.

    Means are a pooling over the whole map, which takes TFLite Micro a twentieth
    of the instructions of its mean.
    """
    window = values.shape[1:3]
    centred = values - tf.nn.avg_pool2d(values, window, 1, "VALID")
    variance = tf.nn.avg_pool2d(centred * centred, window, 1, "VALID")
    # A reciprocal root would be what the processor takes for one.
    scale = tf.sqrt(1.0 / (variance + NORMALIZATION_EPSILON))
    return centred * (scale * gamma)


def _first(layer, values, pixels):
    """The convolution of an image, or of its reconstruction."""
    kernel, bias = blocks.strided_kernel(layer.kernel), 0.0
    if layer.use_bias:
        bias = layer.bias
    if pixels:
        kernel /= HALF
        bias -= HALF * tf.reduce_sum(kernel, (0, 1, 2))
    # What is outside of an image is 0 for the network.
    values = blocks.padded(values, HALF if pixels else 0.0)
    values = blocks.into_blocks(values)
    return tf.nn.conv2d(values, kernel, 1, "VALID") + bias


def _map_to_vector(dense, values, following):
    """Flatten and dense: a filter as large as the map (1, h, w, c)."""
    kernel = tf.reshape(dense.kernel, (*values.shape[1:], dense.units))
    values = tf.nn.conv2d(values, kernel, 1, "VALID")
    if dense.use_bias:
        values += dense.bias
    return tf.reshape(_activated(values, following), (1, dense.units))


def _vector_to_map(dense, values, following):
    """Dense and reshape: each latent paints its own map (1, h, w, c)."""
    shape = (1, *next(following).output.shape[1:])
    scale, shift = _normalization(following, shape[-1])
    kernel = tf.reshape(dense.kernel, (-1, *shape[1:])) * scale
    bias = tf.broadcast_to(shift, shape)
    if dense.use_bias:
        bias += tf.reshape(dense.bias, shape) * scale
    values = tf.nn.conv2d(
        tf.reshape(values, (1, 1, 1, -1)),
        tf.reshape(kernel, (1, 1, -1, dense.units)),
        1,
        "VALID",
    )
    values = _activated(values + tf.reshape(bias, (-1,)), following)
    return tf.reshape(values, shape)


def _upsampled(layer, values, following):
    scale, shift = _normalization(following, layer.filters)
    kernel = blocks.transposed_kernel(layer.kernel * scale[:, None])
    bias = layer.bias * scale + shift if layer.use_bias else shift
    values = tf.nn.conv2d(blocks.padded(values), kernel, 1, "VALID")
    values = _activated(values + tf.tile(bias, (4,)), following)
    return blocks.out_of_blocks(values)


def _normalization(following, channels):
    """Scale and shift of a batch normalisation, if one comes next."""
    layer = following.next_if(keras.layers.BatchNormalization)
    if layer is None:
        return tf.ones(channels), tf.zeros(channels)
    scale = layer.gamma * tf.math.rsqrt(layer.moving_variance + layer.epsilon)
    return scale, layer.beta - layer.moving_mean * scale


def _activated(values, following):
    # Before a change of shape, so that it merges with the convolution.
    layer = following.next_if((keras.layers.ReLU, UnitClip))
    return values if layer is None else layer(values)
