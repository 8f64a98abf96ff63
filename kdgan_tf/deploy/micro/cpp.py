"""Pieces of C++ text: headers, comments, arrays and numbers."""

import textwrap

import numpy as np

from kdgan_tf.runtime.errors import InputError

_WIDTH = 80
# Of C++20.
_KEYWORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char
char8_t char16_t char32_t class compl concept const consteval constexpr
constinit const_cast continue co_await co_return co_yield decltype default
delete do double dynamic_cast else enum explicit export extern false float
for friend goto if inline int long mutable namespace new noexcept not
not_eq nullptr operator or or_eq private protected public register
reinterpret_cast requires return short signed sizeof static static_assert
static_cast struct switch template this thread_local throw true try typedef
typeid typename union unsigned using virtual void volatile wchar_t while
xor xor_eq
"""
# What no namespace may be called: the last two would be hidden by it.
RESERVED = frozenset([*_KEYWORDS.split(), "std", "tflite"])


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
