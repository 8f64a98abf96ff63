"""A model as a broken runtime computes it, for the self-tests."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema


def with_one_shifted_scale(data):
    """The same file; the last convolution's weights have another scale.

    Every other byte is as before: the file loads and gives scores, wrong ones.
    (The scale of what lies between two layers would be shifted for both: that
    changes how values are rounded, and hardly a score.)
    """
    model = schema.ModelT.InitFromPackedBuf(data)
    (graph,) = model.subgraphs
    *_, last = (
        operator
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode
        == schema.BuiltinOperator.CONV_2D
    )
    scale = np.float32(graph.tensors[last.inputs[1]].quantization.scale)
    shifted = data.replace(scale.tobytes(), (scale * 1.25).tobytes())
    assert shifted != data
    return shifted
