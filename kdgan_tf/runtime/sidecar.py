"""The JSON file beside a `.tflite`: all that a user of the model must know."""

import base64
import dataclasses
import hashlib
from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import read_json
from kdgan_tf.runtime.preprocessing import Preprocessing

FORMAT_VERSION = 1
_INTEGER_RECIPES = ("int8", "qat_int8")


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
class Threshold:
    """An image is judged anomalous when its score is above `value`."""

    value: float
    false_positive_rate: float
    """The share of normal images that was asked for."""
    measured_rate: float
    """The share of the measured normal images that is above."""
    images: int
    """On how many normal images that was measured."""
    held_out: bool
    """Were they kept out of the training?"""


@dataclasses.dataclass(frozen=True)
class GoldenVector:
    """An input and the score that the file must give for it."""

    pixels: str
    """The input before quantisation, row by row, uint8, as base64."""
    score: float

    @classmethod
    def of(cls, image, score):
        pixels = base64.b64encode(np.ascontiguousarray(image, np.uint8))
        return cls(pixels.decode("ascii"), float(score))

    def image(self, shape):
        """The input as an array of the model's shape."""
        data = np.frombuffer(base64.b64decode(self.pixels), np.uint8)
        return data.reshape(shape)


@dataclasses.dataclass(frozen=True)
class Sidecar:
    """Everything about one `.tflite` file that the file does not say."""

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

    @property
    def integer(self):
        """Are weights and activations int8?"""
        return self.quantization in _INTEGER_RECIPES

    @staticmethod
    def path_for(model_path):
        """Where the sidecar of a model lies: the same name, `.json`."""
        return Path(model_path).with_suffix(".json")

    def to_json(self):
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, path):
        """Read and check a sidecar.

        Raises:
            InputError: Missing, not JSON, of another version, or incomplete.
        """
        value = read_json(path)
        version = value.get("format_version") if isinstance(value, dict) else 0
        if version != FORMAT_VERSION:
            raise InputError(
                f"Expected a sidecar of format version {FORMAT_VERSION} in "
                f"{path}, found {version}. Convert the model again with this "
                "version of kdgan-tf."
            )
        try:
            return _parse(cls, value)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"Expected a complete sidecar in {path}, but: "
                f"{type(error).__name__} {error}. Convert the model again."
            ) from error

    def check_model(self, data, path):
        """Raise InputError if `data` is not the file described here."""
        if hashlib.sha256(data).hexdigest() != self.model_sha256:
            raise InputError(
                f"Expected the model that {self.path_for(path)} describes "
                f"(SHA-256 {self.model_sha256[:12]}...), but {path} is "
                "another file or damaged. Put the pair together again or "
                "convert the model anew."
            )


_NESTED = {
    "input": ModelInput,
    "threshold": Threshold,
    "preprocessing": Preprocessing,
}


def _parse(kind, value):
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = set(value) - set(fields)
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    parsed = {}
    for name, field in fields.items():
        if name not in value and field.default is not dataclasses.MISSING:
            continue  # a field that older sidecars do not have
        item = value[name]
        if name in _NESTED:
            item = _parse(_NESTED[name], item)
        elif name == "golden_vectors":
            item = tuple(_parse(GoldenVector, vector) for vector in item)
        elif isinstance(item, list):
            item = tuple(item)
        elif field.type in (int, float, str, bool, dict):
            allowed = (int, float) if field.type is float else field.type
            if not isinstance(item, allowed):
                raise ValueError(
                    f"{name} must be {field.type.__name__}, is {item!r}"
                )
        parsed[name] = item
    return kind(**parsed)
