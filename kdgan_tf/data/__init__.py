"""One-class image data: digits (embedded), tensorflow-datasets, folders."""

from kdgan_tf.data.pipeline import one_class, training_stream
from kdgan_tf.data.sources import OneClassImages, load

__all__ = ["OneClassImages", "load", "one_class", "training_stream"]
