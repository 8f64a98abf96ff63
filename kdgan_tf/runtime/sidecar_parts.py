"""The parts of a sidecar that have fields of their own."""

import base64
import dataclasses

import numpy as np

from kdgan_tf.runtime.preprocessing import Preprocessing


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
    """Of the pixels of normal images' maps, 99 % are below."""
