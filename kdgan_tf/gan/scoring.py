"""Scores of arrays and data sets of images, batch by batch."""

import numpy as np
import tensorflow as tf

from kdgan_tf.data import augmentation
from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.gan.evidence import votes
from kdgan_tf.gan.inputs import batches_of
from kdgan_tf.gan.networks import GeneratorOutputs, network_input


class Scoring:
    """What one GAN measures of many images.

    Args:
        gan: The `EDEGAN`.
    """

    def __init__(self, gan):
        self._gan = gan
        self._of_batch = tf.function(
            self._measure,
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
            parts.append(self._of_batch(images.astype(np.float32))[1])
        return np.concatenate(parts)

    def outputs(self, source, batch_size=256):
        """`GeneratorOutputs` of arrays, for one image at least; as above."""
        parts = [
            self._of_batch(images.astype(np.float32))[0]
            for images, _ in self._batches(source, None, batch_size)
        ]
        return GeneratorOutputs(
            *(np.concatenate(part) for part in zip(*parts, strict=True))
        )

    def scores(self, source, batch_size=256):
        """Anomaly score of each image, (n,) float32; as `evidence`."""
        return self._gan.anomaly_score(
            self.evidence(source, batch_size)
        ).numpy()

    def adapt(self, images, training_images=None):
        """See `EDEGAN.adapt_score`."""
        gan = self._gan
        if gan.config.score == "both":
            gan.anomaly_score.adapt(self.evidence(images))
        elif gan.config.score == "evidence":
            known = images if training_images is None else training_images
            # What an image may look like, not only what it did.
            known = augmentation.variants(known, gan.config.augmentations)
            gan.evidence.adapt(
                np.asarray(network_input(known, gan.config)),
                self.outputs(known),
            )
            gan.anomaly_score.adapt(
                self.evidence(images),
                self.evidence(synthetic_defects(images)),
                votes(gan.config.evidence, gan.config.trains_distance),
            )

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

    def _measure(self, images):
        """What the generator makes of a batch, and the evidence in it."""
        images = network_input(images, self._gan.config)
        outputs = self._gan.generator(images, training=False)
        evidence = self._gan.evidence_in(images, outputs)
        return outputs, tf.stack(evidence, axis=-1)
