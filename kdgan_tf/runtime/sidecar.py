"""The JSON file beside a `.tflite`: all that a user of the model must know."""

import base64
import binascii
import dataclasses
import hashlib
from pathlib import Path

import numpy as np

from kdgan_tf.runtime import fields
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import FITS, Preprocessing
from kdgan_tf.runtime.threshold import Threshold

FORMAT_VERSION = 2
# The signature, and its output, of the sibling file for anomaly maps.
MAP_SIGNATURE = "map"
_READ_VERSIONS = (1, 2)
_INTEGER_RECIPES = ("int8", "qat_int8")
_LARGEST_FILE = 16 * 2**20
_LARGEST_SIDE = 2048
# How far a score of fast kernels may be from the promised one, as a share of
# it or of the threshold: they round int8 differently on each processor.
_FAST_TOLERANCE = 0.1
# Reference kernels differ in the last bits of float arithmetic.
_REFERENCE_TOLERANCE = 1e-3


@dataclasses.dataclass(frozen=True)
class ModelInput:
    """The input tensor, and how pixels become its values.

    value = clip(round(pixel / scale) + zero_point) for integer types; float
    types take the pixel itself.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int
    value_range: tuple[int, int]
    preprocessing: Preprocessing
    preprocessing_words: str

    def quantize(self, pixels):
        """Pixels in [0, 255] of any dtype to values of the tensor."""
        if self.dtype == "float32":
            return np.asarray(pixels, np.float32)
        limits = np.iinfo(self.dtype)
        values = np.round(np.asarray(pixels, np.float32) / self.scale)
        return np.clip(values + self.zero_point, limits.min, limits.max).astype(
            self.dtype
        )


@dataclasses.dataclass(frozen=True)
class GoldenVector:
    """An input and the score that the file must give for it."""

    pixels: str
    """The input before quantisation, row by row, uint8, as base64."""
    score: float
    """By fast kernels, XNNPACK."""
    reference_score: float | None = None
    """By reference kernels, those of microcontrollers."""

    @classmethod
    def of(cls, image, score, reference_score=None):
        """The vector of an image (side, side, c), uint8, and its scores."""
        pixels = base64.b64encode(np.ascontiguousarray(image, np.uint8))
        if reference_score is not None:
            reference_score = float(reference_score)
        return cls(pixels.decode("ascii"), float(score), reference_score)

    def image(self, shape):
        """The input as an array of the model's shape."""
        data = np.frombuffer(base64.b64decode(self.pixels), np.uint8)
        return data.reshape(shape)


@dataclasses.dataclass(frozen=True)
class AnomalyMap:
    """The sibling file that says where an image is anomalous."""

    model_sha256: str
    model_bytes: int
    definition: str
    normal_level: float
    """Of normal images' maps, 99 % do not go above it anywhere."""


@dataclasses.dataclass(frozen=True)
class Sidecar:
    """Everything about one `.tflite` file that the file does not say.

    What is `None` is not known: a file of format version 1 lacks it.
    """

    format_version: int
    model_sha256: str
    model_bytes: int
    input: ModelInput
    score_name: str
    score_definition: str
    threshold: Threshold
    quantization: str
    operators: tuple[str, ...]
    dataset: str | None
    normal_class: int | None
    versions: dict
    golden_vectors: tuple[GoldenVector, ...]
    fast_kernels: bool | None = None
    """Whether XNNPACK takes the file."""
    reference_threshold: Threshold | None = None
    """The threshold for reference kernels, those of microcontrollers."""
    anomaly_map: AnomalyMap | None = None
    evidence: dict | None = None
    """Which kinds of evidence make the score, and how much each counts."""

    @property
    def integer(self):
        """Whether weights and activations are int8."""
        return self.quantization in _INTEGER_RECIPES

    @property
    def missing(self):
        """Names of what a file of an older version does not hold."""
        found = {
            "fast_kernels": self.fast_kernels,
            "reference_threshold": self.reference_threshold,
            "threshold.normal_scores": self.threshold.normal_scores,
            "golden_vectors.reference_score": self.golden_vectors[
                0
            ].reference_score,
        }
        return tuple(name for name, value in found.items() if value is None)

    def threshold_of(self, reference_kernels):
        """The `Threshold` for the fast or the reference kernels."""
        if reference_kernels and self.reference_threshold is not None:
            return self.reference_threshold
        return self.threshold

    def golden_images(self):
        """Inputs of the golden vectors, (n, side, side, c), uint8."""
        shape = self.input.shape[1:]
        return np.stack([item.image(shape) for item in self.golden_vectors])

    def promised_scores(self, reference_kernels):
        """Scores of the golden vectors, and how far off they may be.

        Returns:
            (scores (n,), tolerances (n,)), both float64.
        """
        vectors = self.golden_vectors
        scores = np.array([item.score for item in vectors])
        tolerance = _FAST_TOLERANCE
        if reference_kernels and vectors[0].reference_score is not None:
            scores = np.array([item.reference_score for item in vectors])
            tolerance = _REFERENCE_TOLERANCE
        elif reference_kernels:
            tolerance = 5 * _FAST_TOLERANCE
        least = abs(self.threshold_of(reference_kernels).value)
        return scores, tolerance * np.maximum(np.abs(scores), least)

    @staticmethod
    def path_for(model_path):
        """Where the sidecar of a model lies: the same name, `.json`."""
        return Path(model_path).with_suffix(".json")

    @staticmethod
    def map_path_for(model_path):
        """Where the file for anomaly maps lies: `.map.tflite`."""
        return Path(model_path).with_suffix(".map.tflite")

    def to_json(self):
        """Dict for `json.dumps`."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, path):
        """Read and check a sidecar, field by field.

        Raises:
            InputError: Missing, not JSON, of another version, incomplete, or
                with a value of another type or out of its range.
        """
        value = fields.load_json(path, _LARGEST_FILE)
        version = value.get("format_version") if isinstance(value, dict) else 0
        if type(version) is not int or version not in _READ_VERSIONS:
            raise InputError(
                f"Expected a sidecar of format version {FORMAT_VERSION} or "
                f"{_READ_VERSIONS[0]} in {path}, found "
                f"{ascii(version)[:60]}. Convert the model again with this "
                "version of kdgan-tf."
            )
        try:
            sidecar = _SIDECAR(value, "")
            _require_consistent(sidecar)
        except InputError as error:
            raise InputError(
                f"{str(error)[:-1]}, in the sidecar {path}. Convert the model "
                "again."
            ) from error
        return sidecar

    def check_model(self, data, path):
        """Raise InputError if `data` is not the file described here."""
        if hashlib.sha256(data).hexdigest() != self.model_sha256:
            raise InputError(
                f"Expected the model that {self.path_for(path)} describes "
                f"(SHA-256 {self.model_sha256[:12]}...), but {path} is "
                "another file or damaged. Put the pair together again or "
                "convert the model anew."
            )


def _require_consistent(sidecar):
    """Raise InputError where fields contradict each other."""
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
    if np.any(np.diff(ranks) < 1) or ranks[-1] != threshold.images:
        raise InputError(
            f"Expected {name}.normal_ranks ascending to "
            f"{threshold.images}, they differ."
        )


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
        "pixels": fields.text(_LARGEST_FILE),
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
_SIDECAR = fields.record(
    Sidecar,
    {
        "format_version": fields.integer(*_READ_VERSIONS),
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
    },
)
