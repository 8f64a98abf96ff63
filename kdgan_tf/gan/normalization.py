"""Normalisation of images and of what lies between layers.

Everything is spelled with operators that exist in TFLite Micro.
"""

import keras
from keras import ops

NORMALIZATION_EPSILON = 1e-3
# So many standard deviations of an image are 1 before the tanh.
SPREADS = 1.5


def contrast_normalized(images):
    """Each image without its exposure, (n, h, w, c) in [-1, 1].

    Mean 0 and spread 2/3 before a tanh, which leaves single bright pixels
    within the decoder's reach. Images of next to no contrast stay so.
    """
    centred = images - ops.mean(images, axis=(1, 2, 3), keepdims=True)
    variance = ops.mean(centred * centred, axis=(1, 2, 3), keepdims=True)
    scale = ops.rsqrt(variance + NORMALIZATION_EPSILON) * (1 / SPREADS)
    return ops.tanh(centred * scale)


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
