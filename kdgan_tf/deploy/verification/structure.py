"""Checks of `verify`: that a file is made as a small device wants it."""

from kdgan_tf.deploy.micro.interpreter import MISSING, smallest_arena
from kdgan_tf.deploy.micro.operators import add_methods
from kdgan_tf.deploy.scopes import stays_float
from kdgan_tf.deploy.verification.check import Check
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_graph import STEEPEST

# In int8 files these must not fall back to float without an error.
_INT8_OPERATORS = {
    *("CONV_2D", "FULLY_CONNECTED", "LEAKY_RELU", "TANH", "TRANSPOSE_CONV"),
}
# In int8, CMSIS-NN as TFLite Micro takes it computes these wrongly (its issue
# 230).
_UNFIT = {"TRANSPOSE_CONV"}


def structure(described, integer):
    """One image in, one float score out, operators of a microcontroller.

    Args:
        described: The `ModelFile`.
        integer: Whether its layers are to be int8.
    """
    (source,) = described.inputs.values()
    score = described.outputs.get("score")
    wanted = "int8" if integer else "float32"
    yield Check("input type", source.dtype, wanted, source.dtype == wanted)
    batch = source.shape[0] if source.shape else 0
    yield Check("images a call", str(batch), "1", batch == 1)
    found = "none" if score is None else f"{score.size} {score.dtype}"
    yield Check("score", found, "1 float32", found == "1 float32")
    lacking = [name for name in described.operator_names if not _in_micro(name)]
    yield Check(
        "operators not in TFLite Micro",
        ", ".join(lacking) or "none",
        "none",
        not lacking,
    )
    if integer:
        unfit = _unfit(described)
        yield Check(
            "operators unfit for CMSIS-NN",
            ", ".join(unfit) or "none",
            "none",
            not unfit,
        )
        yield from _float_islands(described)
        factor = described.steepness
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


def _unfit(described):
    """Names of operators in int8 that no file should have."""
    return sorted(
        {
            operator.name
            for operator in described.operators
            if operator.name in _UNFIT
            and described.tensors[operator.outputs[0]].dtype == "int8"
        }
    )


def _float_islands(described):
    sizes = {"float32": 0, "int8": 0}
    layers = set()
    for operator in described.operators:
        # A constant that is stored in 8 bits is no feature map.
        stored = operator.name == "DEQUANTIZE" and (
            described.tensors[operator.inputs[0]].constant
        )
        for place in operator.outputs:
            tensor = described.tensors[place]
            if tensor.dtype in sizes and not stored:
                sizes[tensor.dtype] = max(sizes[tensor.dtype], tensor.size)
            if (
                tensor.dtype == "float32"
                and operator.name in _INT8_OPERATORS
                and not stays_float(tensor.name)
            ):
                layers.add(operator.name)
    yield Check(
        "layers in float",
        ", ".join(sorted(layers)) or "none",
        "none",
        not layers,
    )
    # Instance normalisation and distance are in float, and no larger than
    # the feature maps round them.
    largest, limit = sizes["float32"], sizes["int8"]
    yield Check(
        "largest float tensor", str(largest), str(limit), largest <= limit
    )


def budget(data, max_bytes, max_arena):
    """Whether the file fits where it is to go; `None` is no limit."""
    if max_bytes is not None:
        yield Check(
            "bytes", str(len(data)), str(max_bytes), len(data) <= max_bytes
        )
    if max_arena is not None:
        arena = smallest_arena(data)
        fits = None if arena is None else arena <= max_arena
        found = MISSING if arena is None else str(arena)
        yield Check("arena bytes", found, str(max_arena), fits)
