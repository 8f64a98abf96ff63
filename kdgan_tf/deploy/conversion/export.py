"""The scoring of one image as a SavedModel, spelled for small devices."""

import functools

import tensorflow as tf

from kdgan_tf.deploy.conversion.device_layers import (
    HALF,
    run,
    standardized_input,
)
from kdgan_tf.deploy.conversion.elementary import exponential, logarithm
from kdgan_tf.deploy.scopes import FLOAT_SCOPE, INPUT_SCOPE, UNIT_SCOPE
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.subspace import Projection

SIGNATURE = "score"
INPUT = "image"


def save(model, folder, generate=None):
    """Save pixels to score, signature `score`, one image a call.

    Args:
        model: An `EDEGAN`.
        folder: Where the SavedModel goes.
        generate: Function from an image (1, side, side, c), pixels, to it in
            [-1, 1] and its `GeneratorOutputs`; by default the model's own.
    """
    generate = generate or functools.partial(_generate, model)

    def score(image):
        scaled, outputs = generate(image)
        projection = _projection(model, image)
        with tf.name_scope(FLOAT_SCOPE):
            evidence = model.evidence_in(
                scaled, outputs, projection, exponential
            )
            return model.anomaly_score.of_columns(evidence, logarithm)

    save_function(score, SIGNATURE, model.config.image_shape, folder)


def save_function(function, signature, image_shape, folder):
    """Save a function of one image, and the variables that it reads.

    Nothing else of a model: Keras's export takes twice as long, for all that
    could be called in it.

    Args:
        function: From pixels (1, side, side, c), float32, to one tensor.
        signature: Its name, and that of the tensor.
        image_shape: (side, side, channels).
        folder: Where the SavedModel goes.
    """
    # Static batch 1: a free batch leaves float islands round the decoder.
    traced = tf.function(
        lambda image: {signature: function(image)},
        [tf.TensorSpec((1, *image_shape), tf.float32, name=INPUT)],
        autograph=False,
    ).get_concrete_function()
    saved = tf.Module()
    saved.read = traced.graph.variables
    tf.saved_model.save(saved, folder, {signature: traced})


def _projection(model, image):
    """`EDEGAN.projection_of`; the components are in 8 bits, the rest not."""
    subspace = model.evidence.subspace
    if subspace is None:
        return None
    with tf.name_scope(INPUT_SCOPE):
        coarse = subspace.coarse(
            standardized_input(image, model.config.input_spreads)
        )
        clipped = subspace.clipped(coarse)
    with tf.name_scope(UNIT_SCOPE):
        return Projection(coarse, run(subspace.network, clipped))


def _generate(model, image):
    """What training computes, in operators that suit small devices.

    Pixels are centred before they are scaled: the other order quantises to two
    thirds of 256 levels. What normalises contrast takes them as they come.
    """
    generator = model.generator
    if model.config.normalized_input:
        with tf.name_scope(INPUT_SCOPE):
            scaled = tf.tanh(
                standardized_input(image, model.config.input_spreads)
            )
    else:
        scaled = (image - HALF) * (1 / HALF)

    def apply(name, values, **kwargs):
        network = getattr(generator, name)
        if name in generator.own:
            # It may be built in any way: as it is, at the user's risk.
            return network(values, training=False)
        return run(network, values, **kwargs)

    # Pixels as they come, where the first layer can scale them.
    if model.config.normalized_input or "encoder" in generator.own:
        latent = apply("encoder", scaled)
    else:
        latent = apply("encoder", image, pixels=True)
    image_again = apply("decoder", latent)
    return scaled, GeneratorOutputs(
        latent, image_again, apply("reconstruction_encoder", image_again)
    )
