"""One-class image data: digits (embedded), tensorflow-datasets, folders.

`load` of digits and folders never loads TensorFlow.
"""

from kdgan_tf.runtime.lazy import exported

_HOMES = {
    "OneClassImages": "kdgan_tf.data.sources",
    "from_arrays": "kdgan_tf.data.arrays",
    "load": "kdgan_tf.data.sources",
    "one_class": "kdgan_tf.data.pipeline",
    "training_stream": "kdgan_tf.data.pipeline",
}
__all__ = [*sorted(_HOMES)]
__getattr__, __dir__ = exported(__name__, _HOMES)
