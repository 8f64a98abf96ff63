"""The file for the device: by the recipe asked for, or by the next that holds.

A run of many minutes must not end without a file because 8 bits were too few
for this one model.
"""

from kdgan_tf.deploy.conversion.converter import convert
from kdgan_tf.deploy.verification.verifier import VerificationError

_MORE_CALIBRATION = {"calibration_images": 2000}
_NEXT = {
    "qat_int8": [("int8", {}), ("int8", _MORE_CALIBRATION), ("float16", {})],
    "int8": [("int8", _MORE_CALIBRATION), ("float16", {})],
    "dynamic": [("float16", {})],
    "float16": [("float32", {})],
}


def deliver(student, path, calibration, *, quantization, fine_tuning, **about):
    """Convert a student, by other recipes where the verification fails.

    Args:
        student: The trained `EDEGAN`.
        path: Where the `.tflite` goes.
        calibration: Normal training images (n, side, side, c).
        quantization: The recipe to begin with, see `convert`.
        fine_tuning: Arguments of `convert` for "qat_int8" only, a dict.
        **about: Further arguments of `convert`.

    Returns:
        (`Sidecar` or `None` where no recipe holds, failures). A failure is a
        dict of "quantization" and "reason".
    """
    failures = []
    first = (quantization, fine_tuning)
    for recipe, arguments in (first, *_NEXT.get(quantization, ())):
        try:
            sidecar = convert(
                student,
                path,
                calibration,
                quantization=recipe,
                **arguments,
                **about,
            )
        except VerificationError as error:
            failures.append({"quantization": recipe, "reason": error.found})
        else:
            return sidecar, failures
    return None, failures
