"""What of a layer is rounded to 8 bits while it is trained, for tfmot.

Importing this module loads tf_keras and tfmot; `qat` alone does so.
"""

import os

import numpy as np
import tensorflow as tf
import tf_keras

from kdgan_tf.deploy.conversion.ranges import UNIT_RANGE
from kdgan_tf.deploy.qat.tf_keras_twin import merges
from kdgan_tf.gan.config import PIXEL_ACTIVATIONS

# tfmot makes `tf.keras` tf_keras unless it is something already, here and, by
# a variable of the environment, in processes begun later.
_settled = tf.keras.layers
_environment = dict(os.environ)
try:
    import tensorflow_model_optimization as tfmot
finally:
    os.environ.clear()
    os.environ.update(_environment)

_QUANTIZATION = tfmot.quantization.keras
# Of the largest channel of a kernel: what a channel's range has at least.
_LEAST_RANGE = 1e-3


class KernelQuantizer(_QUANTIZATION.quantizers.Quantizer):
    """Rounds a kernel (h, w, in, out), each output channel by its largest."""

    def __init__(self):
        self.done = False

    def build(self, tensor_shape, name, layer):
        return {}

    def __call__(self, inputs, training=False, weights=None, **kwargs):
        if self.done:
            return inputs
        largest = tf.reduce_max(tf.abs(inputs), (0, 1, 2))
        limit = tf.stop_gradient(largest)
        limit = tf.maximum(limit, _LEAST_RANGE * tf.reduce_max(limit) + 1e-9)
        return tf.quantization.fake_quant_with_min_max_vars_per_channel(
            inputs, -limit, limit, narrow_range=True
        )

    def round_for_good(self, kernel):
        """Leave the variable `kernel` rounded; the converter does the same.

        It rounds constants by itself, and needs no rounding in the graph.
        """
        kernel.assign(self(kernel))
        self.done = True

    def get_config(self):
        return {}


class RangeQuantizer(_QUANTIZATION.quantizers.Quantizer):
    """Rounds an activation to 256 levels of a range that stays as it is set.

    Args:
        low: Smallest value, at most 0.
        high: Largest value, at least 0.
    """

    def __init__(self, low=0.0, high=1.0):
        self.low, self.high = low, high

    def build(self, tensor_shape, name, layer):
        def weight(end, value):
            return layer.add_weight(
                f"{name}_{end}",
                initializer=tf_keras.initializers.Constant(value),
                trainable=False,
            )

        self.ends = weight("min", self.low), weight("max", self.high)
        return {}

    def __call__(self, inputs, training=False, weights=None, **kwargs):
        return tf.quantization.fake_quant_with_min_max_vars(
            inputs, *self.ends, name="rounded"
        )

    @property
    def range(self):
        """Largest value less smallest."""
        low, high = (end.numpy() for end in self.ends)
        return high - low

    def set(self, values, least=0.0):
        """Take the range of these values, or at least a range of `least`."""
        low = min(0.0, np.min(values))
        self.ends[0].assign(low)
        self.ends[1].assign(max(1e-6, low + least, np.max(values)))

    def get_config(self):
        return {"low": self.low, "high": self.high}


class LayerQuantization(_QUANTIZATION.QuantizeConfig):
    """What of a layer is rounded: its kernel, its output.

    Args:
        kernel: A `KernelQuantizer`, or `None`.
        output: A `RangeQuantizer`, or `None`.
    """

    def __init__(self, kernel, output):
        self.kernel, self.output = kernel, output

    def get_weights_and_quantizers(self, layer):
        return [(layer.kernel, self.kernel)] if self.kernel else []

    def set_quantize_weights(self, layer, quantize_weights):
        if self.kernel:
            (layer.kernel,) = quantize_weights

    def get_activations_and_quantizers(self, layer):
        return []

    def set_quantize_activations(self, layer, quantize_activations):
        pass

    def get_output_quantizers(self, layer):
        return [self.output] if self.output else []

    def get_config(self):
        return {"kernel": self.kernel, "output": self.output}


def wrapped(layer, following):
    """A layer in tfmot's wrapper, which rounds its kernel and its output.

    Args:
        layer: A layer as `rebuild` makes them.
        following: The layer that comes next, or `None`.
    """
    return _QUANTIZATION.QuantizeWrapperV2(
        layer, _how(layer, following), name_prefix=""
    )


def _how(layer, following):
    kernel = output = None
    if isinstance(layer, tf_keras.layers.Conv2D):
        kernel = KernelQuantizer()
    if layer.name in PIXEL_ACTIVATIONS:
        output = RangeQuantizer(*UNIT_RANGE)
    elif following is None or not merges(following):
        output = RangeQuantizer()
    return LayerQuantization(kernel, output)


def rounding(layer):
    """The `LayerQuantization` of a wrapped layer, or `None`."""
    return getattr(layer, "quantize_config", None)
