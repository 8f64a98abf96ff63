"""Flags that say where images come from: the parameters of `data.load`."""

import dataclasses

from kdgan_tf.commands.field_flags import parameters
from kdgan_tf.data.sources import load

# A command holds images out for the threshold, unless told otherwise.
_DEFAULTS = {"name": "digits", "holdout": 0.1}
_NAMES = {"name": "dataset"}


def names():
    """Names of these flags."""
    return [_NAMES.get(name, name) for name in _parameters()]


def define(flag, **also):
    """Define these flags, see `command_line.Command`.

    Args:
        flag: As the command's `define` is given it.
        **also: What the help says besides, by the name of the flag.
    """
    for name, parameter in _parameters().items():
        name = _NAMES.get(name, name)
        parameter.define(flag, name, f"{also.get(name, '')} ".lstrip())


def load_images(values, preprocessing=None):
    """The `OneClassImages` that the flags name.

    Args:
        values: The parsed flags.
        preprocessing: As for `load`.
    """
    return load(
        preprocessing=preprocessing,
        **{
            name: parameter.value(values[_NAMES.get(name, name)].value)
            for name, parameter in _parameters().items()
        },
    )


def _parameters():
    """Those of `load` that a flag can stand for."""
    return {
        name: dataclasses.replace(
            parameter, default=_DEFAULTS.get(name, parameter.default)
        )
        for name, parameter in parameters(load).items()
        if parameter.kind
    }
