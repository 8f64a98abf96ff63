"""P-KDGAN: compact anomaly detectors by progressive distillation of GANs.

Where TensorFlow is not installed only `deploy.Scorer` can be had, which
scores images with a `.tflite` file.
"""

__version__ = "0.1.0"

try:
    # Not lazily: `keras.saving.load_model` must know these classes.
    from kdgan_tf import complexity, data, distribution, evaluation, presets
    from kdgan_tf.distillation import (
        FrozenTeacherDistiller,
        JointDistiller,
    )
    from kdgan_tf.gan import EDEGAN
except ModuleNotFoundError as error:
    if error.name not in ("keras", "tensorflow"):
        raise

from kdgan_tf import deploy
from kdgan_tf.config import DistillationConfig, GANConfig
from kdgan_tf.errors import InputError

__all__ = [
    "EDEGAN",
    "DistillationConfig",
    "FrozenTeacherDistiller",
    "GANConfig",
    "InputError",
    "JointDistiller",
    "complexity",
    "data",
    "deploy",
    "distribution",
    "evaluation",
    "presets",
]
