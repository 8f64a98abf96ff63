"""Normalisation of images and of what lies between layers.

Everything is spelled with operators that exist in TFLite Micro.
"""

import keras
import numpy as np
from keras import ops

NORMALIZATION_EPSILON = 1e-3
# Beyond this a tanh, 0.92 there, hardly tells values apart.
_REACH = 1.58


def standardized(images, spreads):
    """Each image without its exposure, (n, h, w, c).

    Images of next to no contrast stay so.

    Args:
        images: (n, h, w, c) in [-1, 1].
        spreads: How many standard deviations of an image become 1.
    """
    centred = images - ops.mean(images, axis=(1, 2, 3), keepdims=True)
    variance = ops.mean(centred * centred, axis=(1, 2, 3), keepdims=True)
    scale = ops.rsqrt(variance + NORMALIZATION_EPSILON) * (1 / spreads)
    return centred * scale


def spreads_reaching(images, share):
    """How many spreads must become 1 for a tanh to tell pixels apart.

    Args:
        images: (n, h, w, c) in [-1, 1].
        share: Of the pixels, in (0, 1].

    Returns:
        Float for which `standardized` has that share of the pixels within
        what a tanh tells apart.
    """
    away = np.abs(standardized(images, 1.0))
    return float(np.quantile(away, share)) / _REACH


def contrast_normalized(images, spreads):
    """`standardized` and a tanh, (n, h, w, c) in [-1, 1].

    It leaves single bright pixels within the decoder's reach.
    """
    return ops.tanh(standardized(images, spreads))


@keras.saving.register_keras_serializable(package="kdgan_tf")
class InstanceNormalization(keras.layers.Layer):
    """Normalise each channel of each image by its own mean and variance.

    Spelled with multiplications only, no power and no negation: every
    operator of it exists in TFLite Micro. Input and output: (n, h, w, c).
    Under mixed precision the statistics are float32, as in Keras's own
    normalisations.
    """

    def build(self, input_shape):
        channels = (input_shape[-1],)
        self.gamma = self.add_weight(
            name="gamma", shape=channels, initializer="ones", autocast=False
        )
        self.beta = self.add_weight(
            name="beta", shape=channels, initializer="zeros", autocast=False
        )

    def call(self, inputs):
        inputs = ops.cast(inputs, "float32")
        centred = inputs - ops.mean(inputs, axis=(1, 2), keepdims=True)
        variance = ops.mean(centred * centred, axis=(1, 2), keepdims=True)
        scale = ops.rsqrt(variance + NORMALIZATION_EPSILON) * self.gamma
        return ops.cast(centred * scale + self.beta, self.compute_dtype)


@keras.saving.register_keras_serializable(package="kdgan_tf")
class ContrastNormalization(keras.layers.Layer):
    """Normalise each image by its own mean and variance, (n, h, w, c).

    It takes from a digit how much ink it has, from a photograph its exposure.
    Spelled as `InstanceNormalization` is.
    """

    def call(self, inputs):
        inputs = ops.cast(inputs, "float32")
        centred = inputs - ops.mean(inputs, axis=(1, 2, 3), keepdims=True)
        variance = ops.mean(centred * centred, axis=(1, 2, 3), keepdims=True)
        scaled = centred * ops.rsqrt(variance + NORMALIZATION_EPSILON)
        return ops.cast(scaled, self.compute_dtype)
