"""From evidence to an anomaly score."""

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan.weighting import evidence_weights, weights_by_bits
from kdgan_tf.runtime.errors import InputError

_TINY = 1e-9
# Of logarithms: images that are all alike have no spread to measure.
_LEAST_SPREAD = 0.01
# Spreads above the mean of normal images at which a kind's square is fourfold.
_SURE = 4.0
_DEFINITIONS = {
    "latent": "mean((z1 - z2)^2) of the latents of image and reconstruction",
    "reconstruction": "mean(|x - x_hat|) with pixels in [-1, 1]",
    "evidence": "weighted mean of the logarithms of several kinds of evidence, "
    "each standardised on normal images",
    "squared evidence": "weighted mean of (1 + z / 4)^2, 0 for z < -4, of the "
    "logarithms z of several kinds of evidence, each standardised on normal "
    "images",
    "both": "log latent distance and log reconstruction distance, each "
    "standardised on normal images, added",
}


@keras.saving.register_keras_serializable(package="kdgan_tf")
class AnomalyScore(keras.layers.Layer):
    """Anomaly score of each image, from what the generator made of that image.

    "latent" is mean (z1 - z2)^2 (Zhang et al., 2020); "reconstruction" is mean
    |x - x_hat|. "both" adds the logarithms of the two, each standardised with
    a mean and spread that `adapt` measures on held-out normal images and that
    are weights of this layer: they are saved, and they are part of the graph
    on the device. "evidence" is the weighted mean of the standardised
    logarithms z of any number of kinds of evidence, or of (1 + z / 4)^2. No
    score ever depends on another image.

    Args:
        kind: "latent", "reconstruction", "both" or "evidence".
        evidence: Number of kinds of evidence that come in.
        squared: Whether "evidence" is the mean of (1 + z / 4)^2, 0 for z below
            -4, instead of z, by the weights of `weights_by_bits` instead of
            `evidence_weights`.
    """

    def __init__(self, kind="latent", evidence=2, squared=False, **kwargs):
        super().__init__(**kwargs)
        self.kind = kind
        self.squared = squared
        self.evidence = evidence
        frozen = {"shape": (evidence,), "trainable": False}
        self.log_mean = self.add_weight(
            name="log_mean", initializer="zeros", **frozen
        )
        self.log_spread = self.add_weight(
            name="log_spread", initializer="ones", **frozen
        )
        if kind == "evidence":
            self.weight = self.add_weight(
                name="weight",
                initializer=keras.initializers.Constant(1 / evidence),
                **frozen,
            )
        self.build((None, evidence))

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        return input_shape[:1]

    @property
    def definition(self):
        """What the score is, in words."""
        return _DEFINITIONS["squared evidence" if self.squared else self.kind]

    def call(self, evidence):
        """Scores (n,), higher is more anomalous.

        Args:
            evidence: Evidence (n, k), >= 0: latent and reconstruction
                distance, or what kind "evidence" was made for.
        """
        return self.of_columns([evidence[:, k] for k in range(self.evidence)])

    def of_columns(self, columns, log=ops.log):
        """`call` for evidence as a list of (n,), one a kind.

        A score of one kind touches no other: a file for a device then holds
        nothing of it.

        Args:
            columns: The list.
            log: What the logarithm is computed by.
        """
        if self.kind == "latent":
            return columns[0]
        if self.kind == "reconstruction":
            return columns[1]
        logarithms = log(ops.stack(columns, axis=-1) + _TINY)
        weight = 1.0 if self.kind == "both" else self.weight
        if self.squared:
            slope = 1 / (_SURE * self.log_spread)
            offset = 1 + self.log_mean * (-1.0 * slope)
            roots = ops.relu(logarithms * slope + offset)
            score = ops.matmul(roots * roots, weight[:, None])
            return ops.reshape(score, (-1,))
        slope = weight / self.log_spread
        # The weighted sum of `standardised`, as one product.
        offset = ops.sum(self.log_mean * (-1.0 * slope), keepdims=True)
        score = ops.matmul(logarithms, slope[:, None]) + offset
        return ops.reshape(score, (-1,))

    def standardised(self, evidence):
        """Logarithms (n, k), of mean 0 and spread 1 on normal images."""
        logarithms = ops.log(evidence + _TINY)
        return (logarithms - self.log_mean) / self.log_spread

    def adapt(self, evidence, synthetic=None, votes=None, learnt=True):
        """Take mean and spread from normal images, weights from defects.

        Args:
            evidence: Evidence (n, k) of held-out normal images.
            synthetic: Evidence (m, k) of synthetic defects in them; without
                any the weights stay equal.
            votes: As for `evidence_weights`.
            learnt: As for `weights_by_bits`.
        """
        logarithms = np.log(np.asarray(evidence) + _TINY)
        self.log_mean.assign(np.mean(logarithms, axis=0))
        spread = np.std(logarithms, axis=0)
        self.log_spread.assign(np.maximum(spread, _LEAST_SPREAD))
        if self.kind == "evidence" and synthetic is not None:
            normal, defective = (
                np.asarray(self.standardised(ops.convert_to_tensor(part)))
                for part in (evidence, synthetic)
            )
            weights = (
                weights_by_bits(normal, defective, votes, learnt)
                if self.squared
                else evidence_weights(normal, defective, votes)
            )
            self.weight.assign(weights)

    def require_adapted(self):
        """Raise InputError where a score of several was not adapted yet."""
        if self.kind in ("latent", "reconstruction"):
            return
        mean, spread = self.log_mean.numpy(), self.log_spread.numpy()
        if not mean.any() and (spread == 1).all():
            raise InputError(
                "Expected adapt_score(normal images) before a score of "
                f'"{self.kind}": it standardises what it adds. Call it once '
                "after training, with images held out of it."
            )

    def get_config(self):
        return {
            **super().get_config(),
            "kind": self.kind,
            "evidence": self.evidence,
            "squared": self.squared,
        }
