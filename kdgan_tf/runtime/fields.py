"""Checks of what a JSON file holds, value by value.

Each function here makes a check: called with a value and the place where it
stands (such as "input.scale"), it returns the value as the program wants it or
raises `InputError`.
"""

import dataclasses
import json
import re
from pathlib import Path

from kdgan_tf.runtime.errors import InputError

_LARGEST = 3.4e38  # a float32
_SHOWN = 60


def refuse(place, expected, value):
    """Raise InputError for the value at a place."""
    shown = repr(value) if _is_short(value) else f"a {type(value).__name__}"
    raise InputError(f"Expected {place} to be {expected}, found {shown}.")


def _is_short(value):
    # Before anything is printed: an integer may have a million digits.
    if isinstance(value, int):
        return abs(value) < 10**_SHOWN
    if isinstance(value, str):
        return len(value) <= _SHOWN
    return value is None or isinstance(value, float)


def number(low=-_LARGEST, high=_LARGEST, *, above=None):
    """A finite number in [low, high]; a bool is none."""
    limits = f"from {low:g} to {high:g}"
    if above is not None:
        limits = f"above {above:g}"

    def check(value, place):
        fits = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and low <= value <= high  # NaN is in no range
            and (above is None or value > above)
        )
        if not fits:
            refuse(place, f"a number {limits}", value)
        return float(value)

    return check


def integer(low, high):
    """A whole number in [low, high]; a bool is none."""

    def check(value, place):
        if type(value) is not int or not low <= value <= high:
            refuse(place, f"an integer from {low} to {high}", value)
        return value

    return check


def boolean():
    """True or false."""

    def check(value, place):
        if not isinstance(value, bool):
            refuse(place, "true or false", value)
        return value

    return check


def text(longest=1000, pattern=None, words="a text"):
    """A string, not too long, all of which matches a pattern."""

    def check(value, place):
        if (
            not isinstance(value, str)
            or len(value) > longest
            or (pattern and not re.fullmatch(pattern, value))
        ):
            refuse(place, words, value)
        return value

    return check


def constant(wanted):
    """Exactly this value, of this type."""

    def check(value, place):
        if type(value) is not type(wanted) or value != wanted:
            refuse(place, f"{wanted!r}", value)
        return tuple(wanted) if isinstance(wanted, list) else wanted

    return check


def sequence(item, least=0, most=10_000):
    """A list of least to most values that pass a check; as a tuple."""

    def check(value, place):
        if not isinstance(value, list) or not least <= len(value) <= most:
            refuse(place, f"a list of {least} to {most} values", value)
        return tuple(
            item(part, f"{place}[{index}]") for index, part in enumerate(value)
        )

    return check


def mapping(item, most=100):
    """An object of values that pass a check; as a dict."""

    def check(value, place):
        if not isinstance(value, dict) or len(value) > most:
            refuse(place, f"an object of at most {most} values", value)
        return {
            name: item(part, f"{place}.{name[:_SHOWN]!a}")
            for name, part in value.items()
        }

    return check


def optional(item):
    """What passes a check, or null."""

    def check(value, place):
        return None if value is None else item(value, place)

    return check


def record(kind, checks):
    """An object with a check for each field of a dataclass; as one.

    Fields that the dataclass has a default for may be missing.

    Args:
        kind: The dataclass.
        checks: Dict of checks by field.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}
    assert set(checks) == set(fields), set(checks) ^ set(fields)

    def check(value, place):
        if not isinstance(value, dict):
            refuse(place, "an object", value)
        inside = f"{place}." if place else ""
        unknown = sorted(set(value) - set(fields))
        if unknown:
            raise InputError(
                f"Expected no unknown fields in {place or 'the file'}, found "
                f"{unknown[0][:_SHOWN]!r}."
            )
        parsed = {}
        for name, item in checks.items():
            if name in value:
                parsed[name] = item(value[name], f"{inside}{name}")
            elif fields[name].default is dataclasses.MISSING:
                raise InputError(f"Expected {inside}{name}, found nothing.")
        return kind(**parsed)

    return check


def load_json(path, largest):
    """The content of a JSON file that may come from anywhere.

    Args:
        path: The file.
        largest: Most bytes that it may have.

    Raises:
        InputError: The file is missing, too large or no JSON.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > largest:
            raise InputError(
                f"Expected a JSON file of at most {largest} bytes at {path}, "
                f"found {size}. Name the right file."
            )
        return json.loads(
            path.read_text(encoding="utf-8"), parse_constant=_no_constant
        )
    except FileNotFoundError as error:
        raise InputError(
            f"Expected a JSON file at {path}, found none."
        ) from error
    except RecursionError as error:
        raise InputError(
            f"Expected JSON in {path}, but it is nested too deeply. Make it "
            "again with the command that wrote it."
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"Expected JSON in {path}, but it cannot be read: "
            f"{' '.join(str(error).split())[:160]}. Make it again with the "
            "command that wrote it."
        ) from error


def _no_constant(name):
    raise ValueError(f"{name} is not finite")


def plain(depth=6):
    """An object of finite numbers, texts, lists and such objects."""
    leaf = number()

    def check(value, place, left=depth):
        if left == 0:
            refuse(place, f"an object at most {depth} levels deep", value)
        if isinstance(value, dict):
            inner = lambda part, at: check(part, at, left - 1)  # noqa: E731
            return mapping(inner, most=1000)(value, place)
        if isinstance(value, list):
            return [
                check(part, f"{place}[{index}]", left - 1)
                for index, part in enumerate(value)
            ]
        if value is None or isinstance(value, str | bool | int):
            return value
        return leaf(value, place)

    def check_object(value, place):
        if not isinstance(value, dict):
            refuse(place, "an object", value)
        return check(value, place)

    return check_object
