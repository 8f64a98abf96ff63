"""Scores of arrays and data sets of images, batch by batch."""

import numpy as np
import tensorflow as tf

from kdgan_tf.gan.inputs import batches_of
from kdgan_tf.gan.networks import network_input


class Scoring:
    """What one GAN measures of many images.

    Args:
        gan: The `EDEGAN`.
    """

    def __init__(self, gan):
        self._gan = gan
        self._of_batch = tf.function(
            self._evidence_of_batch,
            input_signature=[
                tf.TensorSpec((None, *gan.config.image_shape), tf.float32)
            ],
        )

    def evidence(self, source, batch_size=256):
        """Evidence (n, k), float32, of the config's `evidence_kinds`.

        Args:
            source: Array or `tf.data.Dataset`, see `batches_of`.
            batch_size: Images at once, for an array.
        """
        kinds = len(self._gan.config.evidence_kinds)
        parts = [np.zeros((0, kinds), np.float32)]
        for images, _ in self._batches(source, None, batch_size):
            parts.append(self._of_batch(images.astype(np.float32)))
        return np.concatenate(parts)

    def scores(self, source, batch_size=256):
        """Anomaly score of each image, (n,) float32; as `evidence`."""
        return self._gan.anomaly_score(
            self.evidence(source, batch_size)
        ).numpy()

    def update(self, metric, source, labels, batch_size=256, steps=None):
        """Feed a metric such as `AUROC` with labels and scores.

        Args:
            metric: A `keras.metrics.Metric`.
            source: Array or `tf.data.Dataset` of images and labels.
            labels: (n,) for an array.
            batch_size: Images at once, for an array.
            steps: How many batches of a data set at most.
        """
        for images, known in self._batches(source, labels, batch_size, steps):
            metric.update_state(known, self._gan.score(images))

    def _batches(self, source, labels, batch_size, steps=None):
        shape = self._gan.config.image_shape
        return batches_of(source, labels, shape, batch_size, steps)

    def _evidence_of_batch(self, images):
        images = network_input(images, self._gan.config)
        outputs = self._gan.generator(images, training=False)
        return self._gan.evidence(images, outputs)
