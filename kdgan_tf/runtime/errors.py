"""The one exception that means "what you passed in cannot be used"."""

import dataclasses
import math
import numbers


class InputError(ValueError):
    """Input that a person can put right.

    The message is one line: what was expected, what came, what to do. Command
    line tools print it without a traceback and exit with status 1.
    """


def printable(text):
    """Text without what a terminal obeys instead of showing it.

    File names may hold escape sequences, and bytes that are no characters.
    """
    return "".join(
        letter if letter.isprintable() else repr(letter)[1:-1]
        for letter in str(text)
    )


def require(condition, expected, received):
    """Raise InputError unless a condition holds.

    Args:
        condition: What must be true.
        expected: What was expected, in words.
        received: What came instead.
    """
    if not condition:
        raise InputError(f"Expected {expected}. Received: {received!r}.")


def require_integer(name, value, least=0):
    """Raise InputError unless a value is a whole number, at least `least`."""
    require(
        isinstance(value, numbers.Integral)
        and not isinstance(value, bool)
        and value >= least,
        f"{name} >= {least}, a whole number",
        value,
    )


def in_python(config):
    """Turn NumPy's numbers among a dataclass's fields into Python's.

    NumPy's pass every check, and are no JSON when the value is saved.
    """
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
            object.__setattr__(config, field.name, value.item())


def require_number(name, value, least=0.0):
    """Raise InputError unless a value is a finite number >= `least`."""
    require(
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= least,
        f"{name} >= {least:g}, a finite number",
        value,
    )
