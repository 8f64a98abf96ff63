"""The file for the device: by the recipe asked for, or by the next that holds.

A run of many minutes must not end without a file because 8 bits were too few
for this one model.
"""

from kdgan_tf.deploy.conversion.converter import CALIBRATION_IMAGES, convert
from kdgan_tf.deploy.verification.verifier import VerificationError

# What comes twice is by other calibration images the second time.
_NEXT = {
    "qat_int8": ("int8", "int8", "float16"),
    "int8": ("int8", "float16"),
    "dynamic": ("float16",),
    "float16": ("float32",),
}
_MORE_IMAGES = 2000


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
    for recipe in (quantization, *_NEXT.get(quantization, ())):
        arguments = {} if failures else fine_tuning
        if recipe in [failure["quantization"] for failure in failures]:
            arguments = {"calibration_images": _others(len(calibration))}
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


def _others(count):
    """How many calibration images make another choice: more, else fewer.

    Other ranges mend more than what they cut off: where a value of a table
    lies on the edge between two, LiteRT and TFLite Micro round it apart.
    """
    return _MORE_IMAGES if count > CALIBRATION_IMAGES else max(1, count // 2)
