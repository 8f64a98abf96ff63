"""The recipes: how many bits a file spends on weights and activations."""

import contextlib
import logging
import tempfile
import warnings

import numpy as np
import tensorflow as tf
from tensorflow.lite.python.convert import mlir_quantize

from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.deploy.conversion import RECIPES, export
from kdgan_tf.deploy.conversion.compact_constants import compacted
from kdgan_tf.deploy.conversion.export import INPUT, SIGNATURE
from kdgan_tf.deploy.conversion.packing import packed
from kdgan_tf.deploy.conversion.ranges import widened
from kdgan_tf.deploy.conversion.versions import with_known_versions
from kdgan_tf.deploy.scopes import stays_float
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import room_for
from kdgan_tf.runtime.quiet import quiet_stderr
from kdgan_tf.runtime.scorer import load_interpreter

_NORMALIZATION = "normalization_"
_NORMALIZATION_OPERATORS = {
    "ADD",
    "AVERAGE_POOL_2D",
    "DIV",
    "MUL",
    "SQRT",
    "SUB",
}


def calibration_of(config, images):
    """Images that set the ranges of activations, from normal ones.

    What is far from normal must not be clipped to what is near, so some
    synthetic defects are among them where the contrast of an image is
    normalised. Inverted images would take half of the latents' range for
    themselves, and what a good student leaves between its two latents is less
    than a step then.

    Args:
        config: The student's `GANConfig`.
        images: Normal images (n, side, side, c), pixels in [0, 255].
    """
    if not (config.contrast_normalization or config.normalized_input):
        return images
    some = np.asarray(images[: len(images) // 20 + 1], np.uint8)
    return np.concatenate([images, synthetic_defects(some)])


def to_tflite(model, quantization, images, generate=None):
    """Bytes of a `.tflite` file.

    Args:
        model: An `EDEGAN`.
        quantization: One of `RECIPES`.
        images: Images (n, side, side, c), pixels in [0, 255], that set the
            ranges: `calibration_of` normal ones.
        generate: For "qat_int8": what `qat.generate` returned.

    Returns:
        bytes.

    Raises:
        InputError: Unknown recipe, or the disk is full.
    """
    require_recipe(quantization)
    with exported(model, generate) as folder:
        return of_exported(folder, quantization, images)


def require_recipe(quantization):
    """Raise InputError unless it is one of `RECIPES`."""
    if quantization == "int16x8":
        raise InputError(
            "Expected a recipe that keeps the score, found int16x8: its "
            "16-bit mode leaves no operator in float, so that the score of an "
            "anomaly saturates. Take int8."
        )
    if quantization not in RECIPES:
        raise InputError(
            f"Expected quantization among {', '.join(RECIPES)}. "
            f"Received: {quantization}."
        )


@contextlib.contextmanager
def exported(model, generate=None):
    """A folder that holds the model's SavedModel, for `of_exported`.

    Arguments as for `to_tflite`.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        room_for(folder),
        quiet(),
    ):
        export.save(model, folder, generate)
        yield folder


def of_exported(folder, quantization, images):
    """Bytes of a `.tflite` file, as `to_tflite` gives them.

    Args:
        folder: What `exported` gave.
        quantization: One of `RECIPES`.
        images: As for `to_tflite`.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(
        folder, signature_keys=[SIGNATURE]
    )
    if quantization == "float32":
        return finished(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantization == "qat_int8":
        # All ranges are in the graph; what has none there is float.
        converter.inference_input_type = tf.int8
    if quantization != "int8":
        return finished(converter.convert())
    converter.representative_dataset = lambda: _representative(images)
    return finished(_quantize(converter))


def finished(data):
    """A converter's bytes as every runtime takes them, and no longer."""
    return packed(compacted(with_known_versions(data)))


def _representative(images):
    """Black and white fix the input's range: int8 value = pixel - 128."""
    extremes = np.zeros_like(images[:1])
    extremes[:, ::2] = 255
    for image in np.concatenate([extremes, images]):
        yield SIGNATURE, {INPUT: image[np.newaxis].astype(np.float32)}


def _quantize(converter):
    """int8, but instance normalisation and the distance stay in float.

    Eight bits for a score would tie anomalies with each other and saturate
    above what normal images show. Instance normalisation divides by what may
    be a small number, and runtimes round a product in int8 differently; in
    float both answer alike, and TFLite Micro is the reference bit for bit.
    The public converter cannot leave out single operators; its two halves,
    calibration and quantisation, can.
    """
    converter._experimental_calibrate_only = True
    calibrated = widened(converter.convert())
    interpreter = load_interpreter(
        calibrated, "the calibrated model", delegate=False
    )
    names = {
        tensor["index"]: tensor["name"]
        for tensor in interpreter.get_tensor_details()
    }
    floats = {name for name in names.values() if stays_float(name)}
    floats |= {tensor["name"] for tensor in interpreter.get_output_details()}
    for operator in interpreter._get_ops_details():
        # Batch normalisation is folded: a convolution may bear its name.
        if operator["op_name"] in _NORMALIZATION_OPERATORS:
            floats |= {
                names[index]
                for index in operator["outputs"]
                if _NORMALIZATION in names[index]
            }
    return mlir_quantize(
        calibrated,
        input_data_type=tf.int8,
        output_data_type=tf.float32,
        denylisted_nodes=floats,
    )


@contextlib.contextmanager
def quiet():
    """Keep the exporter's and converter's chatter from the terminal."""
    with warnings.catch_warnings(), quiet_stderr():
        warnings.simplefilter("ignore")
        level = logging.getLogger("tensorflow").level
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        try:
            yield
        finally:
            logging.getLogger("tensorflow").setLevel(level)
