"""Ranges of activations that every runtime can work with."""

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from kdgan_tf.deploy.scopes import stays_float
from kdgan_tf.runtime.model_graph import STEEPEST

# An int8 TANH has this range, whatever was measured.
TANH_RANGE = (-1.0, 127 / 128)


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


def widened(calibrated):
    """A calibrated model in which no layer's range is below `least_range`.

    Args:
        calibrated: Bytes of a `.tflite` file in float with measured ranges.

    Returns:
        Bytes of the same file, some ranges wider.
    """
    model = schema.ModelT.InitFromPackedBuf(calibrated)
    (graph,) = model.subgraphs
    for operator in graph.operators:
        inputs = [graph.tensors[index] for index in operator.inputs]
        (output,) = (graph.tensors[index] for index in operator.outputs)
        kind = _kind(model, operator)
        if stays_float(output.name.decode()):
            continue
        if kind == schema.BuiltinOperator.TANH:
            _set(output, *TANH_RANGE)
        elif kind in _LAYERS:
            kernel = model.buffers[inputs[1].buffer].data.view(np.float32)
            (entering,) = (
                np.ptp(_ends(tensor)) for tensor in inputs if _ends(tensor)
            )
            low, high = _ends(output)
            least = least_range(entering, kernel)
            _set(output, low, max(high, low + least))
        elif kind in _REARRANGING and _ends(inputs[0]):
            # They share the scale of what they move; the narrower range of
            # what is left after a rim was cut off would become that of both.
            _set(output, *_ends(inputs[0]))
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


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
