"""Quantisation-aware training: a student learns to live with 8 bits.

The generator is rebuilt in tf_keras. tfmot's wrappers round its kernels and
activations as the device will, while it learns to imitate a generator in
float. The converter finds the ranges in the graph and measures none.

Importing this module loads tf_keras, which nothing else does.
"""

import numpy as np
import tensorflow as tf

from kdgan_tf.data.transformations import joined, transformed
from kdgan_tf.deploy.conversion import block_convolutions as blocks
from kdgan_tf.deploy.conversion.device_layers import HALF
from kdgan_tf.deploy.conversion.ranges import least_range
from kdgan_tf.deploy.qat.imitation import Imitator, imitate
from kdgan_tf.deploy.qat.quantizers import rounding, wrapped
from kdgan_tf.deploy.qat.tf_keras_twin import (
    REARRANGING,
    ContrastNormalization,
    assemble,
    rebuild,
    stacks,
)
from kdgan_tf.distillation import require_alike
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan.config import PIXEL_ACTIVATIONS
from kdgan_tf.gan.networks import GeneratorOutputs, unit_range
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.config import PhaseConfig

PHASE = PhaseConfig(epochs=2, learning_rate=3e-4)


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
    values, least = unit_range(images), 0.0
    entering = np.ptp(values)
    for wrappers, stack in zip(stacks(generator), stacks(plain), strict=True):
        for wrapper, layer in zip(wrappers, stack, strict=True):
            if layer.weights:
                least = least_range(entering, layer.get_weights()[0])
            values = layer(values)
            output = getattr(rounding(wrapper), "output", None)
            if output and layer.name not in PIXEL_ACTIVATIONS:
                output.set(values, least)
            if output:
                # Not what was measured: a ReLU may pass nothing.
                entering = output.range
    return generator


def _wrapped(stack):
    return [
        layer if isinstance(layer, REARRANGING) else wrapped(layer, following)
        for layer, following in zip(stack, [*stack[1:], None], strict=True)
    ]


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
    if gan.config.normalized_input:
        raise InputError(
            "Expected a student whose input is not normalised, for qat_int8. "
            "Take int8, which keeps such a student's score."
        )
    for taken in (gan, teacher):
        if taken is not None and taken.generator.own:
            raise InputError(
                "Expected networks that a GANConfig describes, to rebuild them "
                f"for qat_int8. Received own ones: "
                f"{', '.join(sorted(taken.generator.own))}. Take int8."
            )
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
        imitator.adapt(calibration)
        imitator.compile()
        start = generator.get_weights()
        before = imitator.evaluate(held_out, verbose=0)
        if not phase.left_out:
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
        if getattr(rounding(layer), "kernel", None):
            rounding(layer).kernel.round_for_good(layer.trainable_weights[0])
    first, *others = networks[0]
    scales_by_itself = isinstance(
        getattr(first, "layer", first), ContrastNormalization
    )
    if scales_by_itself:
        # An integer, so that sums of pixels and of their squares are exact.
        first.layer.unit, first.layer.middle = HALF, round(HALF)
    else:
        # The scaling of pixels is left to the first kernel, and what is
        # outside of the image is a grey pixel.
        networks[0] = others
        kernel, bias = next(filter(_trains, others)).trainable_weights
        kernel.assign(kernel / HALF)
        bias.assign_sub(HALF * tf.reduce_sum(kernel, (0, 1, 2)))
    rounded = tf.quantization.fake_quant_with_min_max_args

    def generate_from(image):
        image = rounded(image, 0, 255)
        values = image if scales_by_itself else blocks.padded(image, HALF)
        outputs = []
        for stack in networks:
            for layer in stack:
                values = layer(values)
            outputs.append(values)
        scaled = (rounded(image - 127, -127, 128) - 0.5) * (1 / HALF)
        return scaled, GeneratorOutputs(*outputs)

    return generate_from


def _trains(layer):
    return bool(layer.trainable_weights)
