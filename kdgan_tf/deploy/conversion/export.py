"""The scoring of one image as a SavedModel, spelled for small devices."""

import functools

import keras
import tensorflow as tf

from kdgan_tf.deploy.scopes import FLOAT_SCOPE, INPUT_SCOPE
from kdgan_tf.gan.networks import GeneratorOutputs, contrast_normalized

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
        with tf.name_scope(FLOAT_SCOPE):
            evidence = model.evidence(scaled, outputs)
            return {SIGNATURE: model.anomaly_score(evidence)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    # Static batch 1: a free batch leaves float islands round the decoder.
    shape = (1, *model.config.image_shape)
    archive.add_endpoint(
        SIGNATURE, score, [tf.TensorSpec(shape, tf.float32, name=INPUT)]
    )
    archive.write_out(folder, verbose=False)


def _generate(model, image):
    """What training computes, spelled in another way in two places.

    Dense layers become convolutions: LiteRT and TFLite Micro round a quantised
    dense layer differently, and a convolution alike. Pixels are centred before
    they are scaled: the other order quantises to two thirds of 256 levels.
    """
    generator = model.generator
    scaled = (image - 127.5) * (1 / 127.5)
    if model.config.normalized_input:
        with tf.name_scope(INPUT_SCOPE):
            scaled = contrast_normalized(scaled)

    def run(name, values):
        network = getattr(generator, name)
        if name in generator.own:
            # It may be built in any way: as it is, at the user's risk.
            return network(values, training=False)
        return _run(network, values)

    latent = run("encoder", scaled)
    image_again = run("decoder", latent)
    return scaled, GeneratorOutputs(
        latent, image_again, run("reconstruction_encoder", image_again)
    )


def _run(network, values):
    """Apply a network's layers, its dense layer as a convolution."""
    layers = iter(network.layers)
    for layer in layers:
        if isinstance(layer, keras.layers.Flatten):
            values = _map_to_vector(next(layers), values)
        elif isinstance(layer, keras.layers.Dense):
            values = _vector_to_map(layer, next(layers).output.shape, values)
        else:
            values = layer(values, training=False)
    return values


def _map_to_vector(dense, values):
    """Flatten and dense: a filter as large as the map (1, h, w, c)."""
    kernel = tf.reshape(dense.kernel, (*values.shape[1:], dense.units))
    values = tf.nn.conv2d(values, kernel, 1, "VALID")
    return tf.reshape(_biased(dense, values), (1, dense.units))


def _vector_to_map(dense, shape, values):
    """Dense and reshape: each latent paints its own map (1, h, w, c)."""
    shape = (1, *shape[1:])
    kernel = tf.reshape(dense.kernel, (dense.kernel.shape[0], *shape[1:]))
    values = tf.nn.conv2d_transpose(
        tf.reshape(values, (1, 1, 1, -1)),
        tf.transpose(kernel, (1, 2, 3, 0)),
        shape,
        1,
        "VALID",
    )
    return _biased(dense, values)


def _biased(dense, values):
    if not dense.use_bias:
        return values
    return values + tf.reshape(dense.bias, (1, *values.shape[1:]))
