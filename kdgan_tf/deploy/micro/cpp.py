"""Pieces of C++ text: headers, comments, arrays and numbers."""

import textwrap

import numpy as np

from kdgan_tf.runtime.errors import InputError

_WIDTH = 80


def source(name, text, sidecar):
    """A source file of that name, as a dict from file name to text.

    Args:
        name: Without an ending.
        text: What stands in it.
        sidecar: Of the model that it was generated from.
    """
    return {f"{name}.cc": _stamped(text, sidecar)}


def header(name, text, sidecar, namespace):
    """A header that may be included twice; as `source`.

    Args:
        name: Without an ending.
        text: What stands in it.
        sidecar: Of the model that it was generated from.
        namespace: C++ namespace, a part of the guard.
    """
    place = namespace.replace("::", "_")
    guard = f"{place}_GENERATED_{name}_H_".upper()
    text = f"#ifndef {guard}\n#define {guard}\n\n{text}\n#endif  // {guard}\n"
    return {f"{name}.h": _stamped(text, sidecar)}


def comment(text):
    """Text as lines of a comment."""
    return "\n".join(f"// {line}" for line in textwrap.wrap(text, _WIDTH - 3))


def byte_array(data, indent):
    """Bytes as what stands in the braces of an array, lines indented."""
    margin, step = " " * indent, (_WIDTH - indent) // len("0x00, ")
    lines = [data[start : start + step] for start in range(0, len(data), step)]
    return "\n".join(
        margin + " ".join(f"0x{value:02x}," for value in line) for line in lines
    )


def float32(value):
    """A C++ literal that gives back exactly this float32."""
    value = np.float32(value)
    if not np.isfinite(value):
        raise InputError(
            f"Expected a model with finite scores, found {value}. Train and "
            "convert the student again."
        )
    text = f"{value:.9g}"
    return f"{text}f" if set(text) & {".", "e"} else f"{text}.0f"


def _stamped(text, sidecar):
    return (
        "// Generated from the model with SHA-256\n"
        f"// {sidecar.model_sha256}\n"
        f"// by tflite/emit_micro.py; do not edit.\n\n{text}"
    )
