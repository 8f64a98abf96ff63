"""Arrays that eight bits hold without loss."""

import numpy as np

_LARGEST = 127
# Bits of a float's 23 that a unit does without, so that 127 of it are exact.
_SPARE_BITS = 8


def rounded(values):
    """Values on a grid of 255 levels, the largest at one of its ends.

    A file for a device stores such an array at a byte each, see
    `deploy.conversion.compact_constants`.

    Args:
        values: Array of any shape.

    Returns:
        float32 array of that shape.
    """
    levels, unit = _grid(np.asarray(values, np.float32))
    return levels.astype(np.float32) * unit


def levels_of(values):
    """What `rounded` made an array of, if it did.

    Args:
        values: float32 array.

    Returns:
        (levels, int8, and the float32 that 1 of them is), or `None`.
    """
    levels, unit = _grid(values)
    same = levels.astype(np.float32) * unit == values
    return (levels, unit) if np.all(same) else None


def _grid(values):
    unit = np.float32(np.max(np.abs(values), initial=0) / _LARGEST)
    if not unit:
        return np.zeros(values.shape, np.int8), np.float32(1)
    half = 1 << (_SPARE_BITS - 1)
    bits = (unit.view(np.uint32) + half) >> _SPARE_BITS << _SPARE_BITS
    unit = np.uint32(bits).view(np.float32)
    levels = np.rint(values / unit)
    return np.clip(levels, -_LARGEST, _LARGEST).astype(np.int8), unit
