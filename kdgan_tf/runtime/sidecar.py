"""The JSON file beside a `.tflite`: all that a user of the model must know."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np

from kdgan_tf.runtime import fields
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.sidecar_checks import (
    LARGEST_FILE,
    READ_VERSIONS,
    SIDECAR,
    require_consistent,
)
from kdgan_tf.runtime.sidecar_parts import (
    AnomalyMap,
    GoldenVector,
    ModelInput,
)
from kdgan_tf.runtime.threshold import Threshold

FORMAT_VERSION = 2
# The signature, and its output, of the sibling file for anomaly maps.
MAP_SIGNATURE = "map"
_INTEGER_RECIPES = ("int8", "qat_int8")
# How far a score of fast kernels may be from the promised one, as a share of
# it or of the threshold: they round int8 differently on each processor.
_FAST_TOLERANCE = 0.1
# Reference kernels differ in the last bits of float arithmetic.
_REFERENCE_TOLERANCE = 1e-3


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
    """How much each kind of evidence counts in the score: a dict of dicts by
    its name, with "weight" and, of a whole run, how well teacher and student
    tell synthetic defects by it.
    """

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
        value = fields.load_json(path, LARGEST_FILE)
        version = value.get("format_version") if isinstance(value, dict) else 0
        if type(version) is not int or version not in READ_VERSIONS:
            raise InputError(
                f"Expected a sidecar of format version {FORMAT_VERSION} or "
                f"{READ_VERSIONS[0]} in {path}, found "
                f"{ascii(version)[:60]}. Convert the model again with this "
                "version of kdgan-tf."
            )
        try:
            sidecar = fields.record(cls, SIDECAR)(value, "")
            require_consistent(sidecar)
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
