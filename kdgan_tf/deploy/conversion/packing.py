"""A `.tflite` file without what it says more than once."""

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

_IDENTIFIER = b"TFL3"
# Of the weights, as the schema of .tflite files asks for.
_ALIGNMENT = 16


def packed(data):
    """The same model in fewer bytes.

    Each channel of a layer has a scale and a zero point, for its weights and
    again for its biases; all these zero points are 0, at eight bytes each.
    Lists that are equal are written once and referred to: 6 to 11 % of the
    students here, and nothing else changes.

    Args:
        data: Bytes of a `.tflite` file.

    Returns:
        Bytes of a `.tflite` file with the same tables.
    """
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    builder = _SharingBuilder(len(data))
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


class _SharingBuilder(flatbuffers.Builder):
    """Writes lists of numbers that are equal only once."""

    def __init__(self, size):
        super().__init__(size)
        self._written = {}

    def CreateNumpyVector(self, x):  # noqa: N802, flatbuffers' name
        key = x.dtype.str, x.tobytes()
        if key not in self._written:
            if x.itemsize == 1:
                self.Prep(_ALIGNMENT, x.size)
            self._written[key] = super().CreateNumpyVector(x)
        return self._written[key]
