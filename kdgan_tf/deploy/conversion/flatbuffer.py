"""A `.tflite` file as objects that can be changed, and back."""

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

_IDENTIFIER = b"TFL3"


def model_of(data):
    """The `schema.ModelT` of the bytes of a `.tflite` file."""
    return schema.ModelT.InitFromPackedBuf(data, 0)


def bytes_of(model, builder=None):
    """Bytes of a `.tflite` file.

    Args:
        model: A `schema.ModelT`.
        builder: A `flatbuffers.Builder` to write with; by default a plain one.
    """
    builder = builder or flatbuffers.Builder()
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())
