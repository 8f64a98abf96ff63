"""Detectors that ours are compared with, for the same images.

All learn from normal images alone; the networks have the size of a student.
"""

import math

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan.complexity import (
    multiply_accumulates,
    network_macs,
    parameters,
)
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.gan.losses import squared_distance
from kdgan_tf.gan.networks import decoder_layers, encoder_layers, unit_range
from kdgan_tf.gan.optimization import default_optimizer

_BATCH = 256
_LEAST_CENTRE = 0.1
_WEIGHT_DECAY = 1e-6


class StudentAlone(EDEGAN):
    """A student that no teacher teaches: what distillation is measured by.

    Args:
        config: The student's `GANConfig`.
    """

    def compile(self, optimizer=None, **kwargs):
        """As an `EDEGAN`'s; the discriminator gets the same kind."""
        optimizer = optimizer or default_optimizer()
        other = optimizer.from_config(optimizer.get_config())
        super().compile(optimizer, discriminator_optimizer=other, **kwargs)

    def prepare(self, images):
        """There is nothing to look at before the training."""

    @property
    def parameters(self):
        """The generator's: what inference needs."""
        return parameters(self)

    @property
    def macs(self):
        """Multiply-accumulates of one image."""
        return multiply_accumulates(self)


class NetworkBaseline(keras.Model):
    """A network from images to scores, trained to make the scores small.

    `call` takes pixels (n, side, side, c) in [0, 255] and gives scores (n,).

    Args:
        networks: The `keras.Sequential` models it consists of.
    """

    def __init__(self, *networks, **kwargs):
        super().__init__(**kwargs)
        self.networks = networks
        self.built = True

    def compile(self, optimizer=None, **kwargs):
        """As any model's; a built optimizer can be restored."""
        super().compile(optimizer or default_optimizer(), **kwargs)
        self.optimizer.build(self.trainable_variables)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """The mean score of a batch of normal images, and the penalty."""
        return ops.mean(y_pred) + self.penalty()

    def penalty(self):
        """What is added to the loss and depends on no image."""
        return 0.0

    def prepare(self, images):
        """Look at the normal training images once, before the training."""

    def score(self, images):
        """Anomaly scores (n,) float32, higher is more anomalous."""
        return self.predict(images, batch_size=_BATCH, verbose=0)

    @property
    def parameters(self):
        """Parameters that are learned."""
        return sum(math.prod(v.shape) for v in self.trainable_variables)

    @property
    def macs(self):
        """Multiply-accumulates of one image."""
        return sum(network_macs(network) for network in self.networks)


class Autoencoder(NetworkBaseline):
    """A student's first encoder and its decoder, and nothing else.

    The score is the mean squared error of the reconstruction, pixels in
    [-1, 1].

    Args:
        config: The student's `GANConfig`.
    """

    def __init__(self, config, **kwargs):
        encoder = _sequential(encoder_layers(config), config.image_shape)
        decoder = _sequential(decoder_layers(config), (config.latent,))
        super().__init__(encoder, decoder, **kwargs)

    def call(self, images, training=False):
        images = unit_range(images)
        encoder, decoder = self.networks
        rebuilt = decoder(encoder(images, training=training), training=training)
        return squared_distance(images, rebuilt)


class DeepSVDD(NetworkBaseline):
    """One-class Deep SVDD (Ruff et al., 2018, eq. 4) on a student's encoder.

    The score is |f(x) - c|^2. The centre c is the mean output of the untrained
    encoder, moved away from 0. Biases and the shifts of normalisations stay
    0: with them the network could send every image to the centre (proposition
    2). Unlike the authors, nothing is pre-trained and images keep their
    contrast.

    Args:
        config: The student's `GANConfig`.
    """

    def __init__(self, config, **kwargs):
        encoder = _sequential(encoder_layers(config), config.image_shape)
        for weight in encoder.weights:
            if weight.name in ("bias", "beta"):
                weight.trainable = False
        super().__init__(encoder, **kwargs)
        self.centre = self.add_weight(
            name="centre", shape=(config.latent,), trainable=False
        )

    def call(self, images, training=False):
        (encoder,) = self.networks
        latent = encoder(unit_range(images), training=training)
        difference = latent - self.centre
        return ops.sum(difference * difference, axis=-1)

    def penalty(self):
        squares = [ops.sum(ops.square(v)) for v in self.trainable_variables]
        return _WEIGHT_DECAY / 2 * sum(squares)

    def prepare(self, images):
        (encoder,) = self.networks
        outputs = encoder.predict(
            np.asarray(unit_range(images)), batch_size=_BATCH, verbose=0
        )
        self.centre.assign(away_from_zero(np.mean(outputs, axis=0)))


def away_from_zero(centre):
    """The centre with entries of at least 0.1, signs kept.

    An entry of 0 is what weights of 0 give (Ruff et al., 2018, section 3.3).
    """
    sign = np.where(centre < 0, -1.0, 1.0)
    return sign * np.maximum(np.abs(centre), _LEAST_CENTRE)


class OneClassSVM:
    """One-class SVM (Schoelkopf et al., 2001) on principal components.

    Args:
        variance: Share of the variance that the components keep.
        nu: Bound on the share of normal images outside.
        gamma: Of the Gaussian kernel, in units of scikit-learn's "scale": one
            over components times variance. Large ones make nearly every
            normal image a support vector. The default was best on validation
            images (`benchmarks/choose_ocsvm.py`).
        whiten: Whether each component is divided by its spread.
    """

    def __init__(self, variance=0.95, nu=0.1, gamma=30.0, whiten=False):
        self.settings = {
            "variance": variance,
            "nu": nu,
            "gamma": gamma,
            "whiten": whiten,
        }

    def fit(self, images):
        """Learn from normal images, pixels (n, side, side, c)."""
        from sklearn.decomposition import PCA
        from sklearn.svm import OneClassSVM as Machine

        settings = self.settings
        self.components = PCA(
            settings["variance"],
            whiten=settings["whiten"],
            svd_solver="full",
        ).fit(_flat(images))
        features = self.components.transform(_flat(images))
        scale = 1 / (features.shape[1] * features.var())
        self.machine = Machine(
            nu=settings["nu"], gamma=settings["gamma"] * scale
        ).fit(features)

    def score(self, images):
        """Anomaly scores (n,), higher is more anomalous."""
        features = self.components.transform(_flat(images))
        return -self.machine.decision_function(features)

    @property
    def parameters(self):
        """Components, mean, support vectors and their coefficients."""
        vectors = self.machine.support_vectors_
        kept = self.components.components_
        return kept.size + kept.shape[1] + vectors.size + len(vectors)

    @property
    def macs(self):
        """Multiply-accumulates of one image; exponentials not counted."""
        vectors = self.machine.support_vectors_
        return self.components.components_.size + vectors.size + len(vectors)


NETWORKS = {
    "alone": StudentAlone,
    "ours-alone": StudentAlone,
    "autoencoder": Autoencoder,
    "deep_svdd": DeepSVDD,
}
METHODS = ("ocsvm", *NETWORKS)


def _flat(images):
    return images.reshape(len(images), -1) / 127.5 - 1


def _sequential(layers, input_shape):
    return keras.Sequential([keras.Input(input_shape), *layers])
