"""AUROC as a Keras metric that can be named."""

import keras
import numpy as np
import tensorflow as tf

from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError, require


@keras.saving.register_keras_serializable(package="kdgan_tf")
class AUROC(keras.metrics.Metric):
    """Exact area under the ROC curve, ties counted half; never binned.

    It keeps every score until it is reset, so it works on arrays, outside
    compiled functions. GANs and distillers feed it in `evaluate`.

    Args:
        name: As it shows in logs.

    Example:

        gan.compile(metrics=["auroc"])
        gan.fit(train, validation_data=(images, labels))  # "val_auroc"
        gan.evaluate(images, labels, return_dict=True)["auroc"]
    """

    def __init__(self, name="auroc", **kwargs):
        super().__init__(name=name, **kwargs)
        self._seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in a batch.

        Args:
            y_true: Labels (n,), 1 for anomalies and 0 for normal images.
            y_pred: Anomaly scores (n,), higher is more anomalous.
            sample_weight: Not supported.

        Raises:
            InputError: There are weights or other labels, or it is called
                within a compiled function.
        """
        if sample_weight is not None:
            raise InputError(
                "Expected no sample_weight for an exact AUROC. Received some."
            )
        if tf.inside_function():
            raise InputError(
                "Expected AUROC outside compiled functions, since it keeps all "
                "scores. Compile with run_eagerly=True, or name it in the "
                "compile of an EDEGAN or distiller."
            )
        labels = anomalous(np.asarray(y_true))
        self._seen.append((labels, np.asarray(y_pred).reshape(-1)))

    def result(self):
        """Float in [0, 1].

        Raises:
            InputError: One of the two kinds is missing.
        """
        labels, scores = (
            np.concatenate([*parts])
            for parts in zip(([], []), *self._seen, strict=True)
        )
        return auroc(scores, labels)

    def reset_state(self):
        self._seen.clear()


def anomalous(labels):
    """Labels (n,) or (n, 1) as bool; InputError unless all are 0 or 1."""
    flat = np.asarray(labels).reshape(-1)
    unknown = np.setdiff1d(flat, (0, 1))
    require(
        not len(unknown),
        "labels 0 (normal) and 1 (anomaly)",
        unknown[:3].tolist(),
    )
    return flat.astype(bool)
