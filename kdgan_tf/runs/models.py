"""Load a saved model of either kind and score with it."""

import functools
import zipfile
from pathlib import Path

import keras

from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import Scorer


def load_gan(path):
    """Load an `EDEGAN` from a `.keras` file.

    Raises:
        InputError: The file is missing, damaged or holds something else.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"Expected a .keras file at {path}, found nothing. Check the path."
        )
    if not zipfile.is_zipfile(path):
        # Keras would say that there is no such file.
        raise InputError(
            f"Expected a saved EDEGAN in {path}, but the file is damaged or "
            "was cut off. Copy it once more or train again."
        )
    try:
        model = keras.saving.load_model(path)
    except Exception as error:  # damaged archives raise many kinds
        raise InputError(
            f"Expected a saved EDEGAN in {path}, but it cannot be loaded: "
            f"{' '.join(str(error).split())[:160]}. Train it again."
        ) from error
    if not isinstance(model, EDEGAN):
        raise InputError(
            f"Expected a saved EDEGAN in {path}, found a "
            f"{type(model).__name__}. Name teacher.keras or student.keras."
        )
    return model


def load_score(path):
    """The scoring function of a `.keras` or `.tflite` file.

    Returns:
        Function from images (n, side, side, c), pixels 0 to 255, to scores
        (n,), float32.

    Raises:
        InputError: The file cannot be used.
    """
    suffix = Path(path).suffix
    if suffix == ".tflite":
        return functools.partial(Scorer(path).score, fitted=True)
    if suffix == ".keras":
        return load_gan(path).score
    raise InputError(
        f"Expected a model that ends in .keras or .tflite. Received: {path}."
    )
