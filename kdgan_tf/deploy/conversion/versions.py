"""Versions of operators that every runtime knows."""

import struct

from tensorflow.lite.python import schema_py_generated as schema

_FIRST = 1
# Of the table of an operator's code, in the schema of .tflite files.
_VERSION_FIELD = 8


def with_known_versions(data):
    """A model whose DEPTH_TO_SPACE is of version 1.

    The converter writes version 2 where it is int8. That is the same kernel,
    but LiteRT's reference kernels are registered as version 1 alone and
    refuse the file.

    Args:
        data: Bytes of a `.tflite` file.

    Returns:
        Bytes of the same length.
    """
    changed = bytearray(data)
    model = schema.Model.GetRootAs(changed, 0)
    for index in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(index)
        if (
            code.BuiltinCode() == schema.BuiltinOperator.DEPTH_TO_SPACE
            and code.Version() > _FIRST
        ):
            place = code._tab.Pos + code._tab.Offset(_VERSION_FIELD)
            struct.pack_into("<i", changed, place, _FIRST)
    return bytes(changed)
