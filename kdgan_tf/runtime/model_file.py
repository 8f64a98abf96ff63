"""What stands in a `.tflite` file, read and checked without running it.

LiteRT trusts a file: a wrong index or a short buffer can end the process. Here
the file is read by the schema that LiteRT's package brings along, in Python,
and its parts are compared with each other.
"""

import functools
import math

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_graph import ModelFile, Operator, Tensor

_LARGEST_TENSOR = 2**28
_KNOWN_TYPES = {
    *("FLOAT32", "FLOAT16", "INT8", "UINT8", "INT16", "INT32", "INT64"),
    "BOOL",
}


def read_model_file(data, path, signature="score"):
    """Read and check the bytes of a `.tflite` file; nothing is run.

    Args:
        data: The bytes.
        path: Where they come from, for errors.
        signature: The signature that is wanted.

    Returns:
        A `ModelFile`.

    Raises:
        InputError: It is no such file, has no such signature, or its parts
            contradict each other.
    """
    try:
        from ai_edge_litert import schema_py_generated as schema
    except ModuleNotFoundError as error:
        raise InputError(
            "Expected LiteRT to read a .tflite file, but it is not installed. "
            "Run: pip install ai-edge-litert"
        ) from error
    try:
        if data[4:8] != b"TFL3":
            raise ValueError("it does not bear the mark of TFLite files")
        model = schema.ModelT.InitFromPackedBuf(data, 0)
        return _described(schema, model, signature)
    except Exception as error:  # damage raises anything
        known = isinstance(error, ValueError)
        reason = str(error) if known else "it is damaged"
        raise InputError(
            f"Expected a TFLite anomaly model in {path}, but: "
            f"{ascii(' '.join(reason.split())[:160])[1:-1]}. Convert the "
            "student again."
        ) from error


def _described(schema, model, signature):
    _require(len(model.subgraphs or ()) == 1, "it has not one graph")
    (graph,) = model.subgraphs
    tensors = tuple(
        _tensor(schema, tensor, model.buffers) for tensor in graph.tensors
    )
    operators = tuple(
        Operator(
            operator_name(schema, model.operatorCodes[item.opcodeIndex]),
            _places(item.inputs, tensors, optional=True),
            _places(item.outputs, tensors),
        )
        for item in graph.operators
    )
    entering = _places(graph.inputs, tensors)
    _require_order(tensors, operators, entering)
    inputs, outputs = _signature(model, tensors, signature)
    _require(
        len(entering) == len(inputs) == 1 and len(graph.outputs) == 1,
        "it does not take one image and give one result",
    )
    return ModelFile(tensors, operators, inputs, outputs)


def _tensor(schema, tensor, buffers):
    dtype = _dtypes(schema).get(tensor.type)
    _require(dtype is not None, "a tensor is of an unknown type")
    shape = () if tensor.shape is None else tuple(map(int, tensor.shape))
    size = math.prod(shape)
    _require(
        all(side > 0 for side in shape) and size <= _LARGEST_TENSOR,
        "a tensor has no possible shape",
    )
    _require(0 <= tensor.buffer < len(buffers), "a tensor lacks its data")
    content = buffers[tensor.buffer].data
    constant = content is not None and len(content) > 0
    if constant:
        _require(
            len(content) == size * np.dtype(dtype).itemsize,
            "a tensor and its data differ in size",
        )
    scales, zero_points = _quantization(tensor.quantization, shape)
    _require(
        not constant or dtype != "float32" or _finite(content, "<f4"),
        "a weight is not finite",
    )
    return Tensor(
        (tensor.name or b"").decode("utf-8", "replace"),
        shape,
        dtype,
        scales,
        zero_points,
        constant,
    )


def _finite(content, kind):
    values = np.frombuffer(np.asarray(content, np.uint8).tobytes(), kind)
    return bool(np.all(np.isfinite(values)))


def _quantization(quantization, shape):
    if quantization is None or quantization.scale is None:
        return (), ()
    scales = tuple(map(float, quantization.scale))
    points = quantization.zeroPoint
    zero_points = () if points is None else tuple(map(int, points))
    _require(
        all(math.isfinite(scale) and scale > 0 for scale in scales)
        and all(-(2**31) <= point < 2**31 for point in zero_points)
        and len(zero_points) in (0, len(scales)),
        "a tensor is quantised in an impossible way",
    )
    if len(scales) > 1:
        axis = quantization.quantizedDimension
        _require(
            0 <= axis < len(shape) and shape[axis] == len(scales),
            "a tensor is quantised in an impossible way",
        )
    return scales, zero_points


def _places(indices, tensors, optional=False):
    places = () if indices is None else tuple(map(int, indices))
    least = -1 if optional else 0
    _require(
        all(least <= place < len(tensors) for place in places)
        and (optional or places),
        "an operator names a tensor that is not there",
    )
    return places


def _require_order(tensors, operators, entering):
    """Nothing is read before it is computed."""
    ready = {place for place, item in enumerate(tensors) if item.constant}
    ready |= {-1, *entering}
    for operator in operators:
        _require(
            ready.issuperset(operator.inputs),
            "an operator reads what nothing has computed",
        )
        _require(
            not any(tensors[place].constant for place in operator.outputs),
            "an operator writes to a constant",
        )
        ready.update(operator.outputs)


def operator_name(schema, code):
    """TFLite name of an operator that comes with the runtime.

    Args:
        schema: The module of the schema.
        code: An `OperatorCodeT` of it.

    Raises:
        ValueError: The schema does not know it.
    """
    # Files that use less than a byte's worth of them have the former field.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = _operators(schema).get(number)
    _require(name is not None, "an operator is unknown")
    return name


def _signature(model, tensors, wanted):
    for signature in model.signatureDefs or ():
        if signature.signatureKey == wanted.encode():
            _require(
                signature.subgraphIndex == 0, "its signature is of no graph"
            )
            return tuple(
                {
                    part.name.decode(): tensors[
                        _places([part.tensorIndex], tensors)[0]
                    ]
                    for part in parts
                }
                for parts in (signature.inputs, signature.outputs)
            )
    raise ValueError(f"it has no signature named {wanted}")


def _require(condition, problem):
    if not condition:
        raise ValueError(problem)


@functools.cache
def _operators(schema):
    return _names(schema.BuiltinOperator)


@functools.cache
def _dtypes(schema):
    return {
        number: name.lower()
        for number, name in _names(schema.TensorType).items()
        if name in _KNOWN_TYPES
    }


def _names(kind):
    return {
        number: name
        for name, number in vars(kind).items()
        if isinstance(number, int)
    }
