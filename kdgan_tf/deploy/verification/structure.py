"""Checks of `verify`: is a file made as a small device wants it?"""

import dataclasses

import numpy as np

from kdgan_tf.deploy.micro.interpreter import MISSING, smallest_arena
from kdgan_tf.deploy.micro.operators import add_methods
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import STEEPEST, load_interpreter, steepest

# In int8 files these must not fall back to float without an error.
_LAYERS = {"CONV_2D", "FULLY_CONNECTED", "LEAKY_RELU", "TANH", "TRANSPOSE_CONV"}


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that was looked at; `passed` is `None` if it could not be."""

    name: str
    value: str
    limit: str
    passed: bool | None


def operators(data):
    """Names of the operators in a model, sorted, each once."""
    # A delegate would show up as an operator of its own.
    interpreter = load_interpreter(data, "the model", delegate=False)
    return tuple(
        sorted({op["op_name"] for op in interpreter._get_ops_details()})
    )


def structure(data, path, integer):
    """One image in, one float score out, operators of a microcontroller.

    Args:
        data: The file's bytes.
        path: Where they are from, for errors.
        integer: Are its layers to be int8?
    """
    interpreter = load_interpreter(data, path, delegate=False)
    tensors = {
        tensor["index"]: tensor for tensor in interpreter.get_tensor_details()
    }
    (source,) = interpreter.get_input_details()
    (score,) = interpreter.get_output_details()
    wanted = "int8" if integer else "float32"
    kind = np.dtype(source["dtype"]).name
    yield Check("input type", kind, wanted, kind == wanted)
    batch = int(source["shape_signature"][0])
    yield Check("images a call", str(batch), "1", batch == 1)
    kind, count = np.dtype(score["dtype"]).name, int(np.prod(score["shape"]))
    yield Check(
        "score",
        f"{count} {kind}",
        "1 float32",
        (count, kind) == (1, "float32"),
    )
    lacking = [name for name in operators(data) if not _in_micro(name)]
    yield Check(
        "operators not in TFLite Micro",
        ", ".join(lacking) or "none",
        "none",
        not lacking,
    )
    if integer:
        yield from _float_islands(interpreter, tensors)
        factor = steepest(interpreter)
        yield Check(
            "factor from products to output",
            f"{factor:.3g}",
            f"less than {STEEPEST}, for XNNPACK",
            factor < STEEPEST,
        )


def _in_micro(name):
    try:
        return bool(add_methods([name]))
    except InputError:
        return False


def _float_islands(interpreter, tensors):
    sizes = {np.float32: 0, np.int8: 0}
    layers = set()
    for operator in interpreter._get_ops_details():
        for index in operator["outputs"]:
            kind = tensors[index]["dtype"]
            if kind in sizes:
                count = int(np.prod(tensors[index]["shape"]))
                sizes[kind] = max(sizes[kind], count)
            if kind is np.float32 and operator["op_name"] in _LAYERS:
                layers.add(operator["op_name"])
    yield Check(
        "layers in float",
        ", ".join(sorted(layers)) or "none",
        "none",
        not layers,
    )
    # Instance normalisation and distance are in float, and no larger than
    # the feature maps round them.
    largest, limit = sizes[np.float32], sizes[np.int8]
    yield Check(
        "largest float tensor", str(largest), str(limit), largest <= limit
    )


def budget(data, max_bytes, max_arena):
    """Does the file fit where it is to go? `None` is no limit."""
    if max_bytes is not None:
        yield Check(
            "bytes", str(len(data)), str(max_bytes), len(data) <= max_bytes
        )
    if max_arena is not None:
        arena = smallest_arena(data)
        fits = None if arena is None else arena <= max_arena
        found = MISSING if arena is None else str(arena)
        yield Check("arena bytes", found, str(max_arena), fits)
