"""Keras 3 student to `.tflite` and sidecar."""

import contextlib
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import tensorflow as tf

from kdgan_tf.data.augmentation import variants
from kdgan_tf.deploy.conversion import float32_file
from kdgan_tf.deploy.conversion.anomaly_map import make_map
from kdgan_tf.deploy.conversion.export import INPUT, SIGNATURE
from kdgan_tf.deploy.conversion.folding import folded
from kdgan_tf.deploy.conversion.recipes import (
    calibration_of,
    exported,
    of_exported,
    require_recipe,
)
from kdgan_tf.deploy.verification.verifier import verify
from kdgan_tf.runtime.errors import InputError, require_integer
from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.pixels import whole_pixels
from kdgan_tf.runtime.preprocessing import Preprocessing
from kdgan_tf.runtime.scorer import Runner, load_interpreter
from kdgan_tf.runtime.sidecar import (
    FORMAT_VERSION,
    GoldenVector,
    ModelInput,
    Sidecar,
)
from kdgan_tf.runtime.threshold import Threshold
from kdgan_tf.runtime.versions import versions

CALIBRATION_IMAGES = 200
_GOLDEN_VECTORS = 4
_VERIFIED_IMAGES = 48
# More images than these say no more about a threshold.
_THRESHOLD_IMAGES = 2000


def convert(
    model,
    path,
    calibration,
    *,
    quantization="int8",
    calibration_images=CALIBRATION_IMAGES,
    holdout=None,
    false_positive_rate=0.05,
    preprocessing=None,
    dataset=None,
    normal_class=None,
    anomaly_map=False,
    evidence=None,
    **fine_tuning,
):
    """Write a `.tflite` file and its sidecar.

    The file takes one image a call (signature `score`, input `image`, output
    `score`); its int8 input is pixel - 128 and its score is float. Both files
    appear only when they are complete and `verify` passes them.

    Args:
        model: A trained `EDEGAN`.
        path: Where the `.tflite` goes; the sidecar goes beside it.
        calibration: Normal training images: an array (n, side, side, c) of
            pixels in [0, 255], or a `tf.data.Dataset` of batches of them;
            fractions are rounded, since devices have none.
        quantization: "float32", "float16" (weights), "dynamic" (int8 weights)
            "int8" (weights and activations), or "qat_int8" (the same after
            quantisation-aware training on all of `calibration`, see
            `fine_tuned`).
        calibration_images: How many of them set the ranges of activations.
        holdout: Normal images (m, side, side, c) kept out of the training, to
            set the threshold with, each as it came and changed as the
            augmentations of the model's config may; by default `calibration`
            is used, and the sidecar says so.
        false_positive_rate: Share of normal images the threshold may reject.
        preprocessing: The `Preprocessing` that the images went through; by
            default none.
        dataset: Name of the data set, for the sidecar.
        normal_class: Index of the normal class, for the sidecar.
        anomaly_map: Write the sibling `.map.tflite` too, which says where an
            image is anomalous.
        evidence: What the sidecar says of each kind of evidence, a dict of
            dicts by its name; by default how much it counts in the score.
        **fine_tuning: For "qat_int8" only: `teacher`, `phase`,
            `distillation`, `seed`, `strategy`, `verbose` of `fine_tuned`.

    Returns:
        The `Sidecar`.

    Raises:
        InputError: Unknown recipe, arguments of another one, no images,
            images of another shape, or a file that does not score as the
            model does.
    """
    path = Path(path)
    if path.suffix != ".tflite":
        raise InputError(
            f"Expected an output file that ends in .tflite. Received: {path}."
        )
    model.anomaly_score.require_adapted()
    words = model.score_definition
    model = folded(model.detached())
    require_integer("calibration_images", calibration_images, 1)
    images = _as_array(calibration, model.config.image_shape)
    held_out = holdout is not None and len(holdout) > 0
    if held_out:
        holdout = _as_array(holdout, model.config.image_shape)
    normal = holdout if held_out else images
    measured_on = calibration_of(model.config, images[:calibration_images])
    generate = None
    if quantization == "qat_int8":
        # Loads tf_keras, which nobody else needs.
        from kdgan_tf.deploy.qat.fine_tuning import fine_tuned
        from kdgan_tf.deploy.qat.fine_tuning import generate as generator

        generate = generator(
            fine_tuned(
                model,
                images,
                measured_on,
                holdout if held_out else None,
                **fine_tuning,
            )
        )
    elif fine_tuning:
        raise InputError(
            f"Expected {', '.join(fine_tuning)} with quantization qat_int8 "
            f"only. Received: {quantization}."
        )
    require_recipe(quantization)
    with exported(model, generate) as folder:
        data = of_exported(folder, quantization, measured_on)
        if generate is None:
            # What `verify` compares with comes of the same export.
            float32_file.keep(
                model, of_exported(folder, "float32", measured_on)
            )
    described = read_model_file(data, path)
    tensor = _input_tensor(
        described, preprocessing or _no_preprocessing(model.config)
    )
    fast = Runner(
        load_interpreter(data, path, delegate=described.fast_kernels), tensor
    )
    exact = Runner(load_interpreter(data, path, reference_kernels=True), tensor)
    # The threshold must let pass whatever the recipe says is normal.
    counted = normal[:: math.ceil(len(normal) / _THRESHOLD_IMAGES)]
    varied = variants(counted, model.config.augmentations)
    asked = (false_positive_rate, held_out, len(varied) // len(counted))
    scores = fast(varied)
    map_data, map_facts = (
        make_map(model, normal) if anomaly_map else (b"", None)
    )
    # The last one is far from normal: the score must hold there too.
    golden = np.concatenate([normal[: _GOLDEN_VECTORS - 1], 255 - normal[:1]])
    sidecar = Sidecar(
        format_version=FORMAT_VERSION,
        model_sha256=hashlib.sha256(data).hexdigest(),
        model_bytes=len(data),
        input=tensor,
        score_name=SIGNATURE,
        score_definition=words,
        threshold=Threshold.measured_on(scores, *asked),
        quantization=quantization,
        operators=described.operator_names,
        dataset=dataset,
        normal_class=normal_class,
        versions=versions(),
        golden_vectors=tuple(
            GoldenVector.of(*vector)
            for vector in zip(golden, fast(golden), exact(golden), strict=True)
        ),
        fast_kernels=described.fast_kernels,
        reference_threshold=Threshold.measured_on(exact(varied), *asked),
        anomaly_map=map_facts,
        evidence=evidence
        or {
            kind: {"weight": weight}
            for kind, weight in model.evidence_weights.items()
        },
    )
    with contextlib.ExitStack() as files:
        if anomaly_map:
            files.enter_context(
                atomic_path(Sidecar.map_path_for(path))
            ).write_bytes(map_data)
        model_file = files.enter_context(atomic_path(path))
        sidecar_file = files.enter_context(atomic_path(Sidecar.path_for(path)))
        model_file.write_bytes(data)
        sidecar_file.write_text(json.dumps(sidecar.to_json(), indent=2) + "\n")
        # What fails here is removed with the drafts.
        verify(
            model_file,
            model,
            _spread(varied, scores),
            sidecar_path=sidecar_file,
        ).require()
    return sidecar


def _spread(images, scores):
    """Some images, evenly from the lowest score to the highest."""
    places = np.linspace(0, len(images) - 1, _VERIFIED_IMAGES).astype(int)
    return images[np.argsort(scores, kind="stable")[np.unique(places)]]


def _input_tensor(described, preprocessing):
    tensor = described.inputs[INPUT]
    return ModelInput(
        name=INPUT,
        shape=tensor.shape,
        dtype=tensor.dtype,
        scale=tensor.scales[0] if tensor.scales else 0.0,
        zero_point=tensor.zero_points[0] if tensor.zero_points else 0,
        value_range=(0, 255),
        preprocessing=preprocessing,
        preprocessing_words=preprocessing.describe(),
    )


def _as_array(images, image_shape):
    """Normal images of either kind as one array, uint8."""
    if isinstance(images, tf.data.Dataset):
        batches = [
            batch[0] if isinstance(batch, tuple) else batch
            for batch in images.as_numpy_iterator()
        ]
        images = np.concatenate(batches) if batches else np.zeros((0,))
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != image_shape or not len(images):
        raise InputError(
            f"Expected at least one normal image of shape {image_shape}. "
            f"Received shape {images.shape}."
        )
    # As devices take them, and as golden vectors are kept.
    return whole_pixels(images)


def _no_preprocessing(config):
    side, _, channels = config.image_shape
    return Preprocessing(side, side, channels)
