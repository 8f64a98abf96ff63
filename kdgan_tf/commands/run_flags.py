"""Flags of a run: a field of `RunConfig` or of its parts is a flag."""

import dataclasses

from kdgan_tf.commands.field_flags import parameters
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.training.config import PhaseConfig

_PHASES = ("teacher_phase", "step1_phase", "step2_phase")
_STEPS = ("step1", "step2")
_PARTS = {**dict.fromkeys(_PHASES, PhaseConfig)}
_PARTS |= dict.fromkeys(_STEPS, DistillationConfig)
# Fields for which these parts have flags of their own. A flag of any other
# field stands for all phases, or for both steps.
_OWN = {
    "epochs": _PHASES,
    "steps": _PHASES,
    "learning_rate": ("step2_phase",),
    "train_teacher": _STEPS,
    "student_gan_loss": _STEPS,
    "score_warmup": _STEPS,
}
# Of both networks; everything else about them is a preset's.
_NETWORKS = ("synchronized_batch_norm",)


def flag_name(part, field):
    """Name of the flag for a field of a part of `RunConfig`."""
    if part in _OWN.get(field, ()):
        return f"{part.removesuffix('_phase')}_{field}"
    if part in _STEPS:
        return f"distill_{field.removesuffix('_weight')}"
    return field


def define(flag, elsewhere=()):
    """Define all flags of a run but those that are defined `elsewhere`."""
    for name, parameter in _own_parameters().items():
        if name not in elsewhere:
            parameter.define(flag, name)
    default = RunConfig(teacher=GANConfig(), student=GANConfig())
    parts_of = {}
    for part, kind in _PARTS.items():
        for field in parameters(kind):
            places = parts_of.setdefault(flag_name(part, field), [])
            places.append((part, field))
    for name, places in parts_of.items():
        (part, field), parts = places[0], [part for part, _ in places]
        parameter = dataclasses.replace(
            parameters(_PARTS[part])[field],
            default=getattr(getattr(default, part), field),
        )
        shared = field not in _OWN
        parameter.define(flag, name, "" if shared else f"{_words(parts)}: ")
    for name in _NETWORKS:
        parameters(GANConfig)[name].define(flag, name)


def config(values, teacher, student):
    """The `RunConfig` that the flags' values say.

    Args:
        values: Parsed flags, an `absl.flags.FlagValues`.
        teacher: The teacher's `GANConfig`.
        student: The student's.
    """
    networks = {name: values[name].value for name in _NETWORKS}
    return RunConfig(
        *(dataclasses.replace(gan, **networks) for gan in (teacher, student)),
        **{
            name: parameter.value(values[name].value)
            for name, parameter in _own_parameters().items()
        },
        **{
            part: kind(
                **{
                    field: parameter.value(values[flag_name(part, field)].value)
                    for field, parameter in parameters(kind).items()
                }
            )
            for part, kind in _PARTS.items()
        },
    )


def _own_parameters():
    """Those of `RunConfig` that are no parts and no networks."""
    apart = {"teacher", "student", *_PARTS}
    return {
        name: parameter
        for name, parameter in parameters(RunConfig).items()
        if name not in apart
    }


def _words(parts):
    names = [
        part.removesuffix("_phase").replace("step", "step ") for part in parts
    ]
    return ", ".join(names)
