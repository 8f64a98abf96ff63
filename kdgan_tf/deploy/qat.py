"""Quantisation-aware training: a student learns to live with 8 bits.

The generator is rebuilt in tf_keras. tfmot's wrappers round its kernels and
activations as the device will, while it learns to imitate a generator in
float. The converter finds the ranges in the graph and measures none.

Importing this module loads tf_keras, which nothing else does.
"""

import os

import numpy as np
import tensorflow as tf
import tf_keras

from kdgan_tf.config import DistillationConfig, PhaseConfig
from kdgan_tf.deploy.imitation import Imitator, imitate
from kdgan_tf.deploy.rebuild import assemble, rebuild, stacks
from kdgan_tf.distillation import require_alike
from kdgan_tf.gan import joined, unit_range
from kdgan_tf.negatives import transformed
from kdgan_tf.networks import GeneratorOutputs

# tfmot makes `tf.keras` tf_keras unless it is something already, here and, by
# a variable of the environment, in processes begun later.
_settled = tf.keras.layers
_environment = dict(os.environ)
try:
    import tensorflow_model_optimization as tfmot
finally:
    os.environ.clear()
    os.environ.update(_environment)

PHASE = PhaseConfig(epochs=2, learning_rate=3e-4)
_QUANTIZATION = tfmot.quantization.keras
_LAYERS = tf_keras.layers
# An int8 TANH has this range and no other.
_TANH_RANGE = (-1.0, 127 / 128)
# Of the largest channel of a kernel: what a channel's range has at least.
_LEAST_RANGE = 1e-3


class KernelQuantizer(_QUANTIZATION.quantizers.Quantizer):
    """Rounds a kernel, each output channel as its own largest value asks.

    Args:
        axis: The kernel's axis of output channels.
    """

    def __init__(self, axis):
        self.axis = axis
        self.done = False

    def build(self, tensor_shape, name, layer):
        return {}

    def __call__(self, inputs, training=False, weights=None, **kwargs):
        if self.done:
            return inputs
        order = [0, 1, 2, 3]
        order[self.axis], order[3] = order[3], order[self.axis]
        kernel = tf.transpose(inputs, order)
        limit = tf.stop_gradient(tf.reduce_max(tf.abs(kernel), (0, 1, 2)))
        limit = tf.maximum(limit, _LEAST_RANGE * tf.reduce_max(limit) + 1e-9)
        rounded = tf.quantization.fake_quant_with_min_max_vars_per_channel(
            kernel, -limit, limit, narrow_range=True
        )
        return tf.transpose(rounded, order)

    def round_for_good(self, kernel):
        """Leave the variable `kernel` rounded; the converter does the same.

        It cannot read the rounding of a transposed convolution by channel
        from the graph, but rounds constants so by itself.
        """
        kernel.assign(self(kernel))
        self.done = True

    def get_config(self):
        return {"axis": self.axis}


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

    def set(self, values):
        """Take the range of these values."""
        low, high = self.ends
        low.assign(min(0.0, np.min(values)))
        high.assign(max(1e-6, np.max(values)))

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


def quantized(gan, images):
    """A rebuilt generator that rounds as an int8 file does.

    Args:
        gan: An `EDEGAN`.
        images: Images (n, side, side, c), pixels, that set the ranges.

    Returns:
        A generator as `rebuild.assemble` makes them.
    """
    plain = rebuild(gan)
    generator = assemble(gan.config, map(_wrapped, stacks(rebuild(gan))))
    values = unit_range(images)
    for wrapped, stack in zip(stacks(generator), stacks(plain), strict=True):
        for wrapper, layer in zip(wrapped, stack, strict=True):
            values = layer(values)
            output = getattr(_rounding(wrapper), "output", None)
            if output and layer.name != "tanh":
                output.set(values)
    return generator


def _wrapped(stack):
    return [
        layer
        if isinstance(layer, _LAYERS.Reshape | _LAYERS.Flatten)
        else _QUANTIZATION.QuantizeWrapperV2(
            layer, _how(layer, following), name_prefix=""
        )
        for layer, following in zip(stack, [*stack[1:], None], strict=True)
    ]


def _how(layer, following):
    kernel = output = None
    if isinstance(layer, _LAYERS.Conv2DTranspose):
        kernel = KernelQuantizer(axis=2)
    elif isinstance(layer, _LAYERS.Conv2D):
        kernel = KernelQuantizer(axis=3)
    if layer.name == "tanh":
        output = RangeQuantizer(*_TANH_RANGE)
    elif not isinstance(following, _LAYERS.ReLU):
        # The converter merges a ReLU with what is before it.
        output = RangeQuantizer()
    return LayerQuantization(kernel, output)


def _rounding(layer):
    return getattr(layer, "quantize_config", None)


def fine_tuned(
    gan,
    images,
    calibration,
    holdout=None,
    *,
    teacher=None,
    phase=PHASE,
    distillation=None,
    seed=0,
    strategy=None,
    verbose=0,
):
    """A generator that rounds, and learned to imitate one that does not.

    It imitates on normal images and the kinds of negatives that the student's
    config names. Whichever imitates better on the held-out images, the
    generator before or after its training, is returned.

    Args:
        gan: The student, an `EDEGAN`; left as it is.
        images: Normal training images (n, side, side, c), pixels.
        calibration: Normal images that set the ranges, with their negatives.
        holdout: Normal images kept out of the training; by default
            `calibration`.
        teacher: An `EDEGAN` to imitate; by default the student in float.
        phase: A `PhaseConfig`.
        distillation: A `DistillationConfig`, for weights and negatives.
        seed: Of the order of images.
        strategy: A `tf.distribute.Strategy` to train under.
        verbose: As in `fit`.

    Returns:
        A generator as `rebuild.assemble` makes them.

    Raises:
        InputError: The teacher's images or latents are of another size.
    """
    if teacher is not None:
        require_alike(teacher, gan)
    distillation = distillation or DistillationConfig()
    kinds = gan.config.negatives if distillation.negatives else ()
    negatives = transformed(calibration, kinds, 0) if kinds else None
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        generator = quantized(gan, joined(calibration, negatives))
        imitator = Imitator(
            generator, rebuild(teacher or gan), distillation, kinds
        )
        held_out = calibration if holdout is None else holdout
        imitator.compile()
        start = generator.get_weights()
        before = imitator.evaluate(held_out, verbose=0)
        if phase.epochs:
            imitate(imitator, images, phase, seed=seed, verbose=verbose)
        # Not a number is no better, either.
        if not imitator.evaluate(held_out, verbose=0) < before:
            generator.set_weights(start)
    return generator


def generate(generator):
    """A generator for `export.save`; its kernels are changed for good.

    Args:
        generator: What `fine_tuned` returned.

    Returns:
        Function from an image (1, side, side, c), pixels, to it in [-1, 1]
        and its `GeneratorOutputs`.
    """
    networks = stacks(generator)
    for layer in (layer for stack in networks for layer in stack):
        if getattr(_rounding(layer), "kernel", None):
            _rounding(layer).kernel.round_for_good(layer.trainable_weights[0])
    # The scaling of pixels is left to the first kernel. They are centred by a
    # whole number, which loses nothing in 8 bits; the bias has the rest.
    kernel, bias = networks[0][0].trainable_weights
    kernel.assign(kernel / 127.5)
    bias.assign_sub(0.5 * tf.reduce_sum(kernel, (0, 1, 2)))
    rounded = tf.quantization.fake_quant_with_min_max_args

    def generate_from(image):
        centred = rounded(rounded(image, 0, 255) - 127, -127, 128)
        values, outputs = centred, []
        for stack in networks:
            for layer in stack:
                values = layer(values)
            outputs.append(values)
        return (centred - 0.5) * (1 / 127.5), GeneratorOutputs(*outputs)

    return generate_from
