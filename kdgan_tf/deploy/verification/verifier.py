"""Proof that a `.tflite` file gives the score of the model it came from."""

import dataclasses
from pathlib import Path

import numpy as np

from kdgan_tf.deploy.verification import agreement
from kdgan_tf.deploy.verification.check import Check
from kdgan_tf.deploy.verification.structure import budget, structure
from kdgan_tf.deploy.verification.trial import trial
from kdgan_tf.runtime.errors import InputError, require
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.scorer import Runner, load_interpreter, read_model
from kdgan_tf.runtime.sidecar import Sidecar

# Where one of these fails, nothing that a run could show is worth the risk.
_NOT_TO_BE_LOADED = {
    *("sidecar: SHA-256", "sidecar: input name", "sidecar: input shape"),
    "score",
}


class VerificationError(InputError):
    """A file that does not score as it should.

    Args:
        path: The file.
        found: What failed, in words.
    """

    def __init__(self, path, found):
        super().__init__(
            f"Expected {path.name} to agree with its model and sidecar, found "
            f"{found}. Convert with other calibration images or another "
            "quantization."
        )
        self.found = found


@dataclasses.dataclass(frozen=True)
class Verification:
    """All that was checked about one file; as text, a table."""

    path: Path
    checks: tuple[Check, ...]

    @property
    def failures(self):
        """The checks that failed."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def passed(self):
        """Whether no check failed."""
        return not self.failures

    def require(self):
        """Raise VerificationError, naming what failed, unless all passed."""
        if not self.passed:
            failed = "; ".join(
                f"{check.name} {check.value} (limit {check.limit})"
                for check in self.failures
            )
            raise VerificationError(self.path, failed)

    def __str__(self):
        words = {True: "ok", False: "FAILED", None: "not run"}
        rows = [("check", "found", "limit", "")] + [
            (check.name, check.value, check.limit, words[check.passed])
            for check in self.checks
        ]
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        return "\n".join(
            "  ".join(
                text.ljust(width)
                for text, width in zip(row, [*widths, 0], strict=True)
            ).rstrip()
            for row in rows
        )


def verify(
    path,
    model=None,
    images=None,
    *,
    anomalous=None,
    sidecar_path=None,
    max_bytes=None,
    max_arena=None,
):
    """Check a `.tflite` file against its sidecar, its model and its runtimes.

    The chain: the model's scores are those of a float32 file of it; the file
    with reference kernels ranks normal images as the model does and tells
    anomalies from them as well; TFLite Micro is the reference bit for bit; the
    fast kernels are near it.

    A file that nobody vouches for is not loaded: first it is compared with
    its sidecar as it lies there, then a process of its own tries it.

    Args:
        path: The `.tflite` file.
        model: The `EDEGAN` it came from. Without it, TensorFlow is not needed
            and the checks against it are left out.
        images: Pixels (n, side, side, c) in [0, 255], fitted to the network;
            normal ones unless `anomalous` is given. By default those of the
            golden vectors.
        anomalous: (n,) true for anomalies. Without it, inverted and turned
            images serve as anomalies.
        sidecar_path: By default the `.json` beside the file.
        max_bytes: Most that the file may take.
        max_arena: Most that TFLite Micro's arena may take, in bytes.

    Returns:
        A `Verification`.

    Raises:
        InputError: A file is missing or cannot be used at all, or the images
            do not fit.

    Example:

        print(kdgan_tf.deploy.verify("student.tflite", student, images))
    """
    path = Path(path)
    data = read_model(path)
    sidecar = Sidecar.read(sidecar_path or Sidecar.path_for(path))
    described = read_model_file(data, path)
    found = [
        *agreement.with_sidecar(data, sidecar, described),
        *structure(described, sidecar.integer),
        *agreement.anomaly_map(Sidecar.map_path_for(path), sidecar),
    ]
    if any(
        check.passed is False and check.name in _NOT_TO_BE_LOADED
        for check in found
    ):
        return Verification(path, tuple(found))
    found.append(
        trial(data, fast=described.fast_kernels, micro=sidecar.integer)
    )
    if not found[-1].passed:
        return Verification(path, tuple(found))
    found += budget(data, max_bytes, max_arena)
    tensor = _input_of(described, sidecar)
    golden = sidecar.golden_images()
    normal = golden if images is None else np.asarray(images)
    _require_shape(path, tensor.shape[1:], normal, model)
    if anomalous is not None:
        require(
            np.shape(anomalous) == normal.shape[:1],
            f"anomalous for each of {len(normal)} images",
            f"shape {np.shape(anomalous)}",
        )
    shown, strange = _with_anomalies(normal, anomalous)
    fast = Runner(
        load_interpreter(data, path, delegate=described.fast_kernels), tensor
    )
    exact = Runner(load_interpreter(data, path, reference_kernels=True), tensor)
    fast_scores, scores = fast(shown), exact(shown)
    found += [
        agreement.golden_vectors(fast(golden), sidecar, False),
        agreement.golden_vectors(exact(golden), sidecar, True),
    ]
    if images is not None:
        found.append(
            agreement.threshold(sidecar.threshold, fast_scores, strange)
        )
    if model is not None:
        expected = agreement.model_scores(model, shown)
        found.append(agreement.float_file(model, tensor, shown, expected))
        most = agreement.AUROC_DIFFERENCE
        if anomalous is None:
            most = agreement.MADE_AUROC_DIFFERENCE
        found += agreement.ranking(expected, scores, strange, most)
    found.append(
        agreement.microcontroller(data, tensor, shown, scores, sidecar)
    )
    found += agreement.fast_kernels(fast_scores, scores, sidecar)
    return Verification(path, tuple(found))


def _input_of(described, sidecar):
    """The file's own input: a wrong sidecar must not spoil other checks."""
    (tensor,) = described.inputs.values()
    return dataclasses.replace(
        sidecar.input,
        dtype=tensor.dtype,
        scale=tensor.scales[0] if tensor.scales else 0.0,
        zero_point=tensor.zero_points[0] if tensor.zero_points else 0,
    )


def _require_shape(path, shape, images, model):
    found = images.shape if model is None else (1, *model.config.image_shape)
    for received in (images.shape, found):
        if len(images) == 0 or received[1:] != shape:
            raise InputError(
                f"Expected images and a model of shape {shape} for {path}, "
                f"found {len(images)} images and shape {received[1:]}. Name "
                "the data and the model that the file was made of."
            )


def _with_anomalies(images, anomalous):
    """Images and which of them are anomalies; made here where none are."""
    if anomalous is not None:
        return images, np.asarray(anomalous, bool)
    made = [255 - images, np.rot90(images, axes=(1, 2))]
    return np.concatenate([images, *made]), np.arange(3 * len(images)) >= len(
        images
    )
