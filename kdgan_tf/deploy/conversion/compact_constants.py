"""Matrices in float that eight bits hold, stored in eight bits."""

import collections

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from kdgan_tf.deploy.conversion.flatbuffer import bytes_of, model_of
from kdgan_tf.gan.rounding import levels_of

# In bytes: an operator and a tensor more take half as much.
_WORTH_IT = 1024


def compacted(data):
    """The same model, with large matrices of the score as int8.

    What `rounded` made loses nothing by it: DEQUANTIZE, before the
    FULLY_CONNECTED that needs the matrix, gives the same floats. They take
    memory only then, when no feature map does. (What images are multiplied with
    stays as it is: there memory is short.)

    Args:
        data: Bytes of a `.tflite` file of one graph.

    Returns:
        Bytes of a `.tflite` file that computes the same.
    """
    model = model_of(data)
    (graph,) = model.subgraphs
    shared = collections.Counter(tensor.buffer for tensor in graph.tensors)
    matrices = _matrices(model, graph)
    for place, tensor in enumerate(list(graph.tensors)):
        content = model.buffers[tensor.buffer].data
        if (
            place not in matrices
            or shared[tensor.buffer] > 1
            or tensor.type != schema.TensorType.FLOAT32
            or content is None
            or len(content) < _WORTH_IT
        ):
            continue
        found = levels_of(content.view(np.float32))
        if found is not None:
            _store_levels(model, graph, place, *found)
    return bytes_of(model)


def _matrices(model, graph):
    """Places of what vectors are multiplied with."""
    return {
        operator.inputs[1]
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode
        == schema.BuiltinOperator.FULLY_CONNECTED
    }


def _store_levels(model, graph, place, levels, unit):
    stored = graph.tensors[place]
    computed = schema.TensorT()
    computed.name, computed.shape = stored.name, stored.shape
    computed.type = schema.TensorType.FLOAT32
    computed.buffer, computed.quantization = 0, None
    stored.type = schema.TensorType.INT8
    stored.quantization = schema.QuantizationParametersT()
    stored.quantization.scale = np.array([unit], np.float32)
    stored.quantization.zeroPoint = np.array([0], np.int64)
    model.buffers[stored.buffer].data = levels.view(np.uint8)
    users = [
        index
        for index, operator in enumerate(graph.operators)
        if place in operator.inputs
    ]
    for index in users:
        operator = graph.operators[index]
        operator.inputs = np.where(
            operator.inputs == place, len(graph.tensors), operator.inputs
        ).astype(np.int32)
    operator = schema.OperatorT()
    operator.opcodeIndex = _dequantize(model)
    operator.inputs = np.array([place], np.int32)
    operator.outputs = np.array([len(graph.tensors)], np.int32)
    graph.tensors.append(computed)
    graph.operators.insert(users[0], operator)


def _dequantize(model):
    """Index of the operator's code, which is added where there is none."""
    kind = schema.BuiltinOperator.DEQUANTIZE
    for index, code in enumerate(model.operatorCodes):
        if code.builtinCode == kind:
            return index
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = kind
    # Knows int8.
    code.version = 2
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
