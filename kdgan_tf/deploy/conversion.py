"""Keras 3 student to `.tflite` and sidecar."""

import contextlib
import hashlib
import json
import logging
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tensorflow.lite.python.convert import mlir_quantize

from kdgan_tf.deploy.runtime import Runner, load_interpreter
from kdgan_tf.deploy.sidecar import (
    FORMAT_VERSION,
    GoldenVector,
    ModelInput,
    Sidecar,
    Threshold,
)
from kdgan_tf.errors import InputError
from kdgan_tf.files import atomic_path
from kdgan_tf.gan import unit_range
from kdgan_tf.images import Preprocessing
from kdgan_tf.scoring import threshold_for
from kdgan_tf.versions import versions

RECIPES = ("float32", "float16", "dynamic", "int8")
SIGNATURE = "score"
INPUT = "image"
_FLOAT_SCOPE = "anomaly_distance"
_GOLDEN_VECTORS = 4
_SCORE_WORDS = {
    "latent": "mean((z1 - z2)^2) of the latents of image and reconstruction",
    "reconstruction": "mean(|x - x_hat|) with pixels in [-1, 1]",
    "both": "log latent distance and log reconstruction distance, each "
    "standardised on normal images, added",
}


def convert(
    model,
    path,
    calibration,
    *,
    quantization="int8",
    calibration_images=200,
    holdout=None,
    false_positive_rate=0.05,
    preprocessing=None,
    dataset=None,
    normal_class=None,
):
    """Write a `.tflite` file and its sidecar.

    The file takes one image a call (signature `score`, input `image`, output
    `score`); its int8 input is pixel - 128 and its score is float. Both files
    appear only when they are complete.

    Args:
        model: A trained `EDEGAN`.
        path: Where the `.tflite` goes; the sidecar goes beside it.
        calibration: Normal training images: an array (n, side, side, c) of
            pixels, or a `tf.data.Dataset` of batches of them.
        quantization: "float32", "float16" (weights), "dynamic" (int8 weights)
            or "int8" (weights and activations).
        calibration_images: How many of them set the ranges of activations.
        holdout: Normal images (m, side, side, c) kept out of the training, to
            set the threshold with; by default `calibration` is used, and the
            sidecar says so.
        false_positive_rate: Share of normal images the threshold may reject.
        preprocessing: The `Preprocessing` that the images went through; by
            default none.
        dataset: Name of the data set, for the sidecar.
        normal_class: Index of the normal class, for the sidecar.

    Returns:
        The `Sidecar`.

    Raises:
        InputError: Unknown recipe, no images, or images of another shape.
    """
    path = Path(path)
    if path.suffix != ".tflite":
        raise InputError(
            f"Expected an output file that ends in .tflite. Received: {path}."
        )
    images = _as_array(calibration, model.config.image_shape)
    data = to_tflite(model, quantization, images[:calibration_images])
    held_out = holdout is not None and len(holdout) > 0
    normal = holdout if held_out else images
    tensor = _input_tensor(
        data, path, preprocessing or _no_preprocessing(model.config)
    )
    runner = Runner(load_interpreter(data, path), tensor)
    value, measured = threshold_for(runner(normal), false_positive_rate)
    # The last one is far from normal: the score must hold there too.
    golden = np.concatenate([normal[: _GOLDEN_VECTORS - 1], 255 - normal[:1]])
    sidecar = Sidecar(
        format_version=FORMAT_VERSION,
        model_sha256=hashlib.sha256(data).hexdigest(),
        model_bytes=len(data),
        input=tensor,
        score_name=SIGNATURE,
        score_definition=_SCORE_WORDS[model.config.score],
        threshold=Threshold(
            value, false_positive_rate, measured, len(normal), held_out
        ),
        quantization=quantization,
        operators=operators(data),
        dataset=dataset,
        normal_class=normal_class,
        versions=versions(),
        golden_vectors=tuple(
            GoldenVector.of(image, score)
            for image, score in zip(golden, runner(golden), strict=True)
        ),
    )
    with (
        atomic_path(path) as model_file,
        atomic_path(Sidecar.path_for(path)) as sidecar_file,
    ):
        model_file.write_bytes(data)
        sidecar_file.write_text(json.dumps(sidecar.to_json(), indent=2) + "\n")
    return sidecar


def to_tflite(model, quantization, images):
    """Bytes of a `.tflite` file.

    Args:
        model: An `EDEGAN`.
        quantization: One of `RECIPES`.
        images: Normal images (n, side, side, c), pixels in [0, 255].

    Returns:
        bytes.

    Raises:
        InputError: Unknown recipe.
    """
    if quantization not in RECIPES:
        raise InputError(
            f"Expected quantization among {', '.join(RECIPES)}. "
            f"Received: {quantization}."
        )
    with tempfile.TemporaryDirectory() as folder, _quiet():
        _export(model, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[SIGNATURE]
        )
        if quantization == "float32":
            return converter.convert()
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantization == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantization != "int8":
            return converter.convert()
        converter.representative_dataset = lambda: _representative(images)
        return _quantize_but_the_distance(converter)


def _export(model, folder):
    """Save the scoring of one image as a SavedModel."""

    def score(image):
        scaled = unit_range(image)
        outputs = model.generator(scaled, training=False)
        with tf.name_scope(_FLOAT_SCOPE):
            distances = model.distances_between(scaled, outputs)
            return {SIGNATURE: model.anomaly_score(*distances)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    # Static batch 1: a free batch leaves float islands round the decoder.
    shape = (1, *model.config.image_shape)
    archive.add_endpoint(
        SIGNATURE, score, [tf.TensorSpec(shape, tf.float32, name=INPUT)]
    )
    archive.write_out(folder, verbose=False)


def _representative(images):
    """Black and white fix the input's range: int8 value = pixel - 128."""
    extremes = np.zeros_like(images[:1])
    extremes[:, ::2] = 255
    for image in np.concatenate([extremes, images]):
        yield SIGNATURE, {INPUT: image[np.newaxis].astype(np.float32)}


def _quantize_but_the_distance(converter):
    """int8 throughout, but the distance of the two latents stays in float.

    Eight bits for a score would tie anomalies with each other and saturate
    above what normal images show. The public converter cannot leave out
    single operators; its two halves, calibration and quantisation, can.
    """
    converter._experimental_calibrate_only = True
    calibrated = converter.convert()
    interpreter = load_interpreter(calibrated, "the calibrated model")
    floats = [
        tensor["name"]
        for tensor in interpreter.get_tensor_details()
        if tensor["name"].startswith(_FLOAT_SCOPE)
    ]
    floats += [tensor["name"] for tensor in interpreter.get_output_details()]
    return mlir_quantize(
        calibrated,
        input_data_type=tf.int8,
        output_data_type=tf.float32,
        denylisted_nodes=set(floats),
        # Runtimes round per-channel dense layers differently; with one scale
        # a layer the microcontroller's answer is the reference's, bit for bit.
        disable_per_channel_for_dense_layers=True,
    )


@contextlib.contextmanager
def _quiet():
    """Keep the exporter's and converter's chatter from the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        level = logging.getLogger("tensorflow").level
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        try:
            yield
        finally:
            logging.getLogger("tensorflow").setLevel(level)


def _input_tensor(data, path, preprocessing):
    details = load_interpreter(data, path).get_input_details()[0]
    scale, zero_point = details["quantization"]
    return ModelInput(
        name=INPUT,
        shape=tuple(int(size) for size in details["shape"]),
        dtype=np.dtype(details["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
        value_range=(0, 255),
        preprocessing=preprocessing,
        preprocessing_words=preprocessing.describe(),
    )


def operators(data):
    """Names of the operators in a model, sorted, each once."""
    # A delegate would show up as an operator of its own.
    interpreter = load_interpreter(data, "the model", delegate=False)
    return tuple(
        sorted({op["op_name"] for op in interpreter._get_ops_details()})
    )


def _as_array(images, image_shape):
    """Calibration images of either kind as one array."""
    if isinstance(images, tf.data.Dataset):
        batches = [
            batch[0] if isinstance(batch, tuple) else batch
            for batch in images.as_numpy_iterator()
        ]
        images = np.concatenate(batches) if batches else np.zeros((0,))
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != image_shape or not len(images):
        raise InputError(
            f"Expected at least one calibration image of shape {image_shape}. "
            f"Received shape {images.shape}."
        )
    return images


def _no_preprocessing(config):
    side, _, channels = config.image_shape
    return Preprocessing(side, side, channels)
