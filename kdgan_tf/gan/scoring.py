"""A GAN's scores of arrays and data sets of images, batch by batch."""

import functools
import math

import numpy as np
import tensorflow as tf

from kdgan_tf.data import augmentation
from kdgan_tf.data.defects import synthetic_defects
from kdgan_tf.gan.evidence import votes
from kdgan_tf.gan.inputs import batches_of
from kdgan_tf.gan.networks import (
    GeneratorOutputs,
    network_input,
    standardized_pixels,
)
from kdgan_tf.gan.one_class_model import OneClassModel

# More of them change a covariance no more.
_MEASURED_IMAGES = 2000
# What is measured of all versions of images at once takes 36 bytes for each of
# their pixels, and a version: 5 GB.
_MEASURED_VALUES, _MOST_VERSIONS = 2**27, 8


class ScoringModel(OneClassModel):
    """A one-class model that scores images by itself.

    A sub-class has a `config`, a `generator`, `evidence`, `anomaly_score` and
    `evidence_in`.
    """

    def scored(self):
        return self

    def score(self, images, batch_size=256):
        """Anomaly score of each image.

        Args:
            images: Pixels (n, side, side, c) in [0, 255], or a
                `tf.data.Dataset` of batches of them (with labels or not).
            batch_size: Images scored at a time; does not change any score.

        Returns:
            Array (n,), float32, higher is more anomalous.

        Raises:
            InputError: The images are not of the config's shape or range, or
                `adapt_score` is still to be called.
        """
        self.anomaly_score.require_adapted()
        return self.anomaly_score(self.evidence_of(images, batch_size)).numpy()

    def evidence_of(self, images, batch_size=256):
        """Evidence (n, k), float32, of the config's `evidence_kinds`.

        Arguments as for `score`.
        """
        kinds = len(self.config.evidence_kinds)
        parts = [np.zeros((0, kinds), np.float32)]
        for batch, _ in self._batches(images, None, batch_size):
            parts.append(self._measured(batch.astype(np.float32))[1])
        return np.concatenate(parts)

    def outputs_of(self, images, batch_size=256):
        """`GeneratorOutputs` of arrays, for one image at least; as above."""
        parts = [
            self._measured(batch.astype(np.float32))[0]
            for batch, _ in self._batches(images, None, batch_size)
        ]
        return GeneratorOutputs(
            *(np.concatenate(part) for part in zip(*parts, strict=True))
        )

    @property
    def evidence_weights(self):
        """How much each kind of evidence counts in the score, by its name."""
        kinds, score = self.config.evidence_kinds, self.config.score
        if score == "evidence":
            weights = self.anomaly_score.weight.numpy().tolist()
            return dict(zip(kinds, weights, strict=True))
        return {kind: float(score in (kind, "both")) for kind in kinds}

    def adapt_score(self, images, training_images=None):
        """Measure on normal images what the score needs.

        Call it once after training; the paper's distance alone needs nothing
        and is left as it is. The weights of a score of all evidence are chosen
        on synthetic defects in the same images, see
        `weighting.evidence_weights` and `weighting.weights_by_bits`.

        Args:
            images: Normal images held out of the training, (n, side, side,
                c), pixels in [0, 255].
            training_images: Those trained on, for the kinds of evidence that
                know normal images; by default the former.
        """
        known = images if training_images is None else training_images
        if self.config.mahalanobis and self.config.score != "evidence":
            some = _evenly(known, _MEASURED_IMAGES)
            self.evidence.adapt_metric(self.outputs_of(some))
        if self.config.score == "both":
            self.anomaly_score.adapt(self.evidence_of(images))
        elif self.config.score == "evidence":
            values = _MOST_VERSIONS * math.prod(self.config.image_shape)
            known = _evenly(known, _MEASURED_VALUES // values)
            # What an image may look like, not only what it did.
            known = augmentation.variants(known, self.config.augmentations)
            self.evidence.adapt(
                np.asarray(network_input(known, self.config)),
                self.outputs_of(known),
                np.asarray(standardized_pixels(known, self.config))
                if self.evidence.subspace
                else None,
            )
            self.anomaly_score.adapt(
                self.evidence_of(images),
                self.evidence_of(synthetic_defects(images)),
                votes(self.config.evidence, self.config.trains_distance),
                self.evidence.learnt,
            )

    @property
    def score_definition(self):
        """What the score is, in words."""
        words = self.anomaly_score.definition
        if self.config.mahalanobis:
            words += (
                "; z1 - z2 by its covariance on normal images (Mahalanobis)"
            )
        return words

    def update_metric(self, metric, source, labels, batch_size=256, steps=None):
        """Feed a metric such as `AUROC` with labels and scores.

        Args:
            metric: A `keras.metrics.Metric`.
            source: Array or `tf.data.Dataset` of images and labels.
            labels: (n,) for an array.
            batch_size: Images at once, for an array.
            steps: How many batches of a data set at most.
        """
        for images, known in self._batches(source, labels, batch_size, steps):
            metric.update_state(known, self.score(images))

    def _batches(self, source, labels, batch_size, steps=None):
        shape = self.config.image_shape
        return batches_of(source, labels, shape, batch_size, steps)

    @functools.cached_property
    def _measured(self):
        """What the generator makes of a batch, and the evidence in it."""

        def measured(images):
            seen = network_input(images, self.config)
            outputs = self.generator(seen, training=False)
            projection = self.projection_of(images)
            evidence = self.evidence_in(seen, outputs, projection)
            return outputs, tf.stack(evidence, axis=-1)

        pixels = tf.TensorSpec((None, *self.config.image_shape), tf.float32)
        return tf.function(measured, input_signature=[pixels])


def _evenly(images, most):
    """Every n-th image, so that there are not more."""
    return images[:: math.ceil(len(images) / most)]
