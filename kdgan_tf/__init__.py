"""P-KDGAN: compact anomaly detectors by progressive distillation of GANs.

Public names are found when they are asked for: `kdgan_tf.Scorer` scores images
with a `.tflite` file and never loads TensorFlow.
"""

import sys

from kdgan_tf.runtime.lazy import exported

__version__ = "0.1.0"

_HOMES = {
    "AUROC": "kdgan_tf.gan.metrics",
    "AnomalyDetector": "kdgan_tf.runs.estimator",
    "EDEGAN": "kdgan_tf.gan.edegan",
    "GANConfig": "kdgan_tf.gan.config",
    "DistillationConfig": "kdgan_tf.distillation.config",
    "FrozenTeacherDistiller": "kdgan_tf.distillation.frozen_teacher",
    "JointDistiller": "kdgan_tf.distillation.joint",
    "PhaseConfig": "kdgan_tf.training.config",
    "ProgressiveRun": "kdgan_tf.runs.progressive",
    "RunConfig": "kdgan_tf.runs.config",
    "InputError": "kdgan_tf.runtime.errors",
    "Scorer": "kdgan_tf.runtime.scorer",
    "Sidecar": "kdgan_tf.runtime.sidecar",
    "complexity": "kdgan_tf.gan.complexity",
    "data": "kdgan_tf.data",
    "deploy": "kdgan_tf.deploy",
    "distribution": "kdgan_tf.training.distribution",
    "evaluation": "kdgan_tf.gan.evaluation",
    "presets": "kdgan_tf.gan.presets",
}
__all__ = [*sorted(_HOMES)]
__getattr__, __dir__ = exported(__name__, _HOMES)

if sys.modules.get("keras"):
    # `keras.saving.load_model` knows classes that were imported, no others.
    for _name in (
        "AUROC",
        "EDEGAN",
        "FrozenTeacherDistiller",
        "JointDistiller",
    ):
        __getattr__(_name)
