"""Ranges of activations that every runtime can work with."""

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from kdgan_tf.deploy.conversion.flatbuffer import bytes_of, model_of
from kdgan_tf.deploy.scopes import in_unit_range, stays_float
from kdgan_tf.runtime.model_graph import STEEPEST

# An int8 TANH has this range, whatever was measured; so has what is clipped to
# [-1, 1]. And so has what is known to be in it for normal images: nothing is
# lost where others are clipped.
UNIT_RANGE = (-1.0, 127 / 128)


# Of an int8 step: a result this near to an edge may be rounded either way.
_DOUBT = 1e-4
# By how much a range grows at a time, and how often: one in twenty has a doubt.
_STEP, _TRIES = 1e-3, 50


def least_range(entering, kernel):
    """What the range of a layer's output has to be at least.

    A layer that gives one value everywhere, as one whose ReLU passes nothing
    does, has no range of its own. Taken as it is, the factor from its products
    to its output becomes so steep that XNNPACK refuses the model, and may
    break the process's heap as it does. The layer says nothing, so a wider
    range loses nothing.

    Args:
        entering: The range (high - low) of what enters the layer.
        kernel: Its weights.

    Returns:
        The range with which that factor is a sixteenth of `STEEPEST`.
    """
    return entering * float(np.max(np.abs(kernel))) * 16 / (127 * STEEPEST)


def clear_of_edges(low, high):
    """The range, or one a little wider, for which int8 tanh is beyond doubt.

    LiteRT and TFLite Micro make a table of its 256 results. Where one lies on
    the edge between two integers, to the last bits of a float, they round it
    apart, and every image's score may differ.

    Args:
        low: Least value that enters the tanh, <= 0.
        high: Largest, > low.

    Returns:
        (low, high).
    """
    levels = np.arange(-128, 128)
    for step in range(_TRIES):
        wider = 1 + step * _STEP
        scale = wider * (high - low) / 255
        zero = np.clip(np.round(-128 - wider * low / scale), -128, 127)
        results = 128 * np.tanh((levels - zero) * scale)
        if np.min(np.abs(results % 1 - 0.5)) > _DOUBT:
            break
    return wider * low, wider * high


def widened(calibrated):
    """A calibrated model in which no layer's range is below `least_range`, and
    none that enters a tanh leaves a doubt.

    Args:
        calibrated: Bytes of a `.tflite` file in float with measured ranges.

    Returns:
        Bytes of the same file, some ranges wider.
    """
    model = model_of(calibrated)
    (graph,) = model.subgraphs
    entering_tanh = _entering_tanh(model, graph)
    for operator in graph.operators:
        # -1 stands for a bias that is left out.
        inputs = [
            graph.tensors[place] for place in operator.inputs if place >= 0
        ]
        (output,) = (graph.tensors[index] for index in operator.outputs)
        kind = _kind(model, operator)
        if stays_float(output.name.decode()):
            continue
        if kind == schema.BuiltinOperator.TANH:
            _set(output, *UNIT_RANGE)
        elif kind in _LAYERS and in_unit_range(output.name.decode()):
            _set(inputs[0], *UNIT_RANGE)
            _set(output, *UNIT_RANGE)
        elif kind in _LAYERS and _clips(operator):
            _set(output, *UNIT_RANGE)
        elif kind in _LAYERS:
            kernel = model.buffers[inputs[1].buffer].data.view(np.float32)
            (entering,) = (
                np.ptp(_ends(tensor)) for tensor in inputs if _ends(tensor)
            )
            low, high = _ends(output)
            high = max(high, low + least_range(entering, kernel))
            if operator.outputs[0] in entering_tanh:
                low, high = clear_of_edges(low, high)
            _set(output, low, high)
        elif kind in _REARRANGING and _ends(inputs[0]):
            # They share the scale of what they move; the narrower range of
            # what is left after a rim was cut off would become that of both.
            _set(output, *_ends(inputs[0]))
    return bytes_of(model)


# Those that multiply with a kernel, which is their second input.
_LAYERS = {
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
    schema.BuiltinOperator.TRANSPOSE_CONV,
}

_REARRANGING = {
    schema.BuiltinOperator.DEPTH_TO_SPACE,
    schema.BuiltinOperator.PAD,
    schema.BuiltinOperator.RESHAPE,
    schema.BuiltinOperator.SLICE,
    schema.BuiltinOperator.SPACE_TO_DEPTH,
}


def _entering_tanh(model, graph):
    """Places of tensors whose values, however arranged, enter a tanh."""
    found = set()
    for operator in reversed(graph.operators):
        kind = _kind(model, operator)
        if kind == schema.BuiltinOperator.TANH or (
            kind in _REARRANGING and operator.outputs[0] in found
        ):
            found.add(operator.inputs[0])
    return found


def _clips(layer):
    """Whether a layer's results are clipped to [-1, 1]."""
    function = layer.builtinOptions.fusedActivationFunction
    return function == schema.ActivationFunctionType.RELU_N1_TO_1


def _kind(model, operator):
    code = model.operatorCodes[operator.opcodeIndex]
    # Operators older than a byte's worth of them have the former field.
    return max(code.builtinCode, code.deprecatedBuiltinCode)


def _ends(tensor):
    """Measured (low, high), zero included as in int8; or `None`."""
    found = tensor.quantization
    if found is None or found.min is None:
        return None
    return min(0.0, float(found.min[0])), max(0.0, float(found.max[0]))


def _set(tensor, low, high):
    tensor.quantization.min = np.array([low], np.float32)
    tensor.quantization.max = np.array([high], np.float32)
