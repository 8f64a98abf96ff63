"""From distances to an anomaly score."""

import keras
import numpy as np
from keras import ops

_TINY = 1e-9


@keras.saving.register_keras_serializable(package="kdgan_tf")
class AnomalyScore(keras.layers.Layer):
    """Anomaly score of each image, from what the generator made of that image.

    "latent" is mean (z1 - z2)^2 (Zhang et al., 2020); "reconstruction" is mean
    |x - x_hat|. "both" adds the logarithms of the two, each standardised with
    a mean and spread that `adapt` measures on held-out normal images and that
    are weights of this layer: they are saved, and they are part of the graph
    on the device. No score ever depends on another image.

    Args:
        kind: "latent", "reconstruction" or "both".
    """

    def __init__(self, kind="latent", **kwargs):
        super().__init__(**kwargs)
        self.kind = kind
        frozen = {"shape": (2,), "trainable": False}
        self.log_mean = self.add_weight(
            name="log_mean", initializer="zeros", **frozen
        )
        self.log_spread = self.add_weight(
            name="log_spread", initializer="ones", **frozen
        )
        self.built = True

    def call(self, latent, reconstruction):
        """Scores (n,), higher is more anomalous.

        Args:
            latent: Latent distance of each image, (n,), >= 0.
            reconstruction: Reconstruction distance of each image, (n,), >= 0.
        """
        if self.kind == "latent":
            return latent
        if self.kind == "reconstruction":
            return reconstruction
        logarithms = ops.log(ops.stack([latent, reconstruction], -1) + _TINY)
        return ops.sum((logarithms - self.log_mean) / self.log_spread, axis=-1)

    def adapt(self, distances):
        """Take mean and spread from the distances (n, 2) of normal images."""
        logarithms = np.log(np.asarray(distances) + _TINY)
        self.log_mean.assign(np.mean(logarithms, axis=0))
        self.log_spread.assign(np.std(logarithms, axis=0) + _TINY)

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}
