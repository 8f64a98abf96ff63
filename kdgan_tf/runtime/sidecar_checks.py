"""What a sidecar may hold: type and range of every field."""

import base64
import binascii

import numpy as np

from kdgan_tf.runtime import fields
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import FITS, Preprocessing
from kdgan_tf.runtime.sidecar_parts import (
    AnomalyMap,
    GoldenVector,
    ModelInput,
)
from kdgan_tf.runtime.threshold import Threshold

READ_VERSIONS = (1, 2)
LARGEST_FILE = 16 * 2**20
_LARGEST_SIDE = 2048

_RATE = fields.number(0, 1)
_WORDS = fields.text(2000)
_SHA256 = fields.text(64, "[0-9a-f]{64}", "a SHA-256 in hexadecimal")
_BYTES = fields.integer(1, 2**40)
_SIDE = fields.integer(1, _LARGEST_SIDE)
_COUNT = fields.integer(1, 2**31)

_PREPROCESSING = fields.record(
    Preprocessing,
    {
        "content_side": _SIDE,
        "side": _SIDE,
        "channels": fields.integer(1, 3),
        "resize": fields.boolean(),
        "fit": fields.text(10, "|".join(FITS), f"among {', '.join(FITS)}"),
        "bit_depth": fields.integer(8, 16),
    },
)
_INPUT = fields.record(
    ModelInput,
    {
        "name": fields.text(100, "[A-Za-z0-9_]+", "a tensor's name"),
        "shape": fields.sequence(_SIDE, 4, 4),
        "dtype": fields.text(7, "int8|float32", "'int8' or 'float32'"),
        "scale": fields.number(0),
        "zero_point": fields.integer(-128, 127),
        "value_range": fields.constant([0, 255]),
        "preprocessing": _PREPROCESSING,
        "preprocessing_words": _WORDS,
    },
)
_THRESHOLD = fields.record(
    Threshold,
    {
        "value": fields.number(),
        "false_positive_rate": _RATE,
        "measured_rate": _RATE,
        "images": _COUNT,
        "held_out": fields.boolean(),
        "expected_rate": fields.optional(_RATE),
        "upper_rate": fields.optional(_RATE),
        "normal_scores": fields.optional(
            fields.sequence(fields.number(), least=1)
        ),
        "normal_ranks": fields.optional(fields.sequence(_COUNT, least=1)),
    },
)
_GOLDEN_VECTOR = fields.record(
    GoldenVector,
    {
        "pixels": fields.text(LARGEST_FILE),
        "score": fields.number(),
        "reference_score": fields.optional(fields.number()),
    },
)
_ANOMALY_MAP = fields.record(
    AnomalyMap,
    {
        "model_sha256": _SHA256,
        "model_bytes": _BYTES,
        "definition": _WORDS,
        "normal_level": fields.number(above=0),
    },
)
SIDECAR = {
    "format_version": fields.integer(*READ_VERSIONS),
    "model_sha256": _SHA256,
    "model_bytes": _BYTES,
    "input": _INPUT,
    "score_name": fields.constant("score"),
    "score_definition": _WORDS,
    "threshold": _THRESHOLD,
    "quantization": fields.text(40, "[a-z0-9_]+", "a recipe's name"),
    "operators": fields.sequence(
        fields.text(100, "[A-Z0-9_]+", "an operator's name"), 1, 1000
    ),
    "dataset": fields.optional(_WORDS),
    "normal_class": fields.optional(fields.integer(0, 2**31)),
    "versions": fields.mapping(_WORDS),
    "golden_vectors": fields.sequence(_GOLDEN_VECTOR, 1, 1000),
    "fast_kernels": fields.optional(fields.boolean()),
    "reference_threshold": fields.optional(_THRESHOLD),
    "anomaly_map": fields.optional(_ANOMALY_MAP),
    "evidence": fields.optional(fields.plain()),
}


def require_consistent(sidecar):
    """Raise InputError where fields of a `Sidecar` contradict each other."""
    tensor = sidecar.input
    shape = (1, *tensor.preprocessing.image_shape)
    if tensor.shape != shape:
        fields.refuse("input.shape", f"{list(shape)}", str(tensor.shape))
    if tensor.dtype == "int8" and tensor.scale <= 0:
        fields.refuse("input.scale", "a number above 0", tensor.scale)
    for index, vector in enumerate(sidecar.golden_vectors):
        place = f"golden_vectors[{index}].pixels"
        try:
            found = len(base64.b64decode(vector.pixels, validate=True))
        except (ValueError, binascii.Error):
            fields.refuse(place, "base64", vector.pixels)
        size = int(np.prod(shape))
        if found != size:
            raise InputError(
                f"Expected {place} to hold {size} values, found {found}."
            )
    scored = [item.reference_score is None for item in sidecar.golden_vectors]
    if any(scored) != all(scored):
        raise InputError(
            "Expected a reference_score in all golden vectors or in none, "
            "found some."
        )
    for name in ("threshold", "reference_threshold"):
        _require_ascending(name, getattr(sidecar, name))


def _require_ascending(name, threshold):
    if threshold is None:
        return
    scores, ranks = threshold.normal_scores, threshold.normal_ranks
    if scores is None and ranks is None:
        return
    if scores is None or ranks is None or len(scores) != len(ranks):
        raise InputError(
            f"Expected {name} to hold as many normal_ranks as normal_scores, "
            "found another number."
        )
    if np.any(np.diff(scores) < 0):
        raise InputError(
            f"Expected {name}.normal_scores ascending, they differ."
        )
    if np.any(np.diff(ranks) < 1) or ranks[-1] % threshold.images:
        raise InputError(
            f"Expected {name}.normal_ranks ascending to {threshold.images}, or "
            "a multiple of it, they differ."
        )
