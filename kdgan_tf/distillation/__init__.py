"""Distillation: a student learns from its teacher, in two steps."""

from kdgan_tf.distillation.base import Distiller, require_alike
from kdgan_tf.distillation.frozen_teacher import FrozenTeacherDistiller
from kdgan_tf.distillation.joint import JointDistiller

__all__ = [
    "Distiller",
    "FrozenTeacherDistiller",
    "JointDistiller",
    "distiller",
    "require_alike",
]


def distiller(teacher, student, config):
    """The distiller that a `DistillationConfig` asks for."""
    kind = JointDistiller if config.train_teacher else FrozenTeacherDistiller
    return kind(teacher, student, config)
