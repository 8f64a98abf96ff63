"""What follows a layer's sums.

On a device a leaky ReLU and a tanh are operators of their own, which vendors'
kernels do not speed up; a ReLU and a clip are part of the convolution before.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kdgan_tf")
class UnitClip(keras.layers.Layer):
    """Values in [-1, 1], those beyond at its ends, as 8 bits hold them."""

    def call(self, inputs):
        return _clipped(inputs)


def of_encoder(config, layers, stage):
    """The layer that follows a convolution of an encoder.

    Args:
        config: A `GANConfig`.
        layers: `keras.layers` or `tf_keras.layers`.
        stage: Of the convolution, from 0.
    """
    name = f"activation_{stage}"
    if config.activation == "relu":
        return layers.ReLU(name=name)
    return layers.LeakyReLU(0.2, name=name)


def of_image(config, layers):
    """The layer that gives the decoder's pixels, in [-1, 1].

    Its name is that of the activation. Arguments as for `of_encoder`.
    """
    if config.pixel_activation == "tanh":
        return layers.Activation("tanh", name="tanh")
    if layers is keras.layers:
        return UnitClip(name="clip")
    return layers.Activation(_clipped, name="clip")


def _clipped(values):
    return ops.clip(values, -1.0, 1.0)
