"""Evidence of an anomaly: what one pass of a generator says of an image."""

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan import losses

# By name, how much a kind counts before anything is known of the images: two
# are views of one thing, the difference of image and reconstruction.
VOTES = {"latent": 1.0, "reconstruction": 0.25, "local": 0.25, "density": 1.0}
KINDS = tuple(VOTES)
# A small defect's size, as a share of the side: what deviations are averaged
# over, here and in anomaly maps.
LOCAL_WINDOW = 3 / 32
_CLUSTERING_STEPS = 30
# Of the latent space, for "density": castings and magnetic tiles lose nothing
# by it, and twice as many prototypes fit in as many bytes.
_DIRECTIONS = 24
_LEAST_VARIANCE = 0.1
# Closer to a prototype than this share of the spread is no more normal.
_SAME = 0.01


@keras.saving.register_keras_serializable(package="kdgan_tf")
class Evidence(keras.layers.Layer):
    """Several kinds of evidence, all from one pass and all >= 0.

    - "latent": mean (z1 - z2)^2 (Zhang et al., 2020);
    - "reconstruction": mean |x - x_hat|;
    - "local": |x - x_hat| over each pixel's spread on normal images, averaged
      over a small window, at the window where that is largest: a small defect
      in a large image, and no edge that is never drawn well;
    - "density": squared distance of z1, whitened along the directions in which
      normal latents vary most, to the nearest of some prototypes, cluster
      centres of normal images' latents.

    What is measured on normal images are weights of this layer: they are
    saved, and part of the graph on the device. Every operator of it exists in
    TFLite Micro.

    Args:
        kinds: Names among `KINDS`, in the order of the output's columns.
        image_shape: (side, side, channels) of the images.
        latent: Length of the latent vectors.
        prototypes: Number of prototypes, for "density".
    """

    def __init__(self, kinds, image_shape, latent, prototypes, **kwargs):
        super().__init__(**kwargs)
        self.kinds = tuple(kinds)
        self.image_shape = tuple(image_shape)
        self.latent = latent
        self.prototypes = prototypes
        if "local" in self.kinds:
            self.inverse_spread = self.add_weight(
                name="inverse_spread",
                shape=self.image_shape,
                initializer="ones",
                trainable=False,
            )
        if "density" in self.kinds:
            frozen = {"trainable": False}
            self.middle = self.add_weight(
                name="middle", shape=(latent,), initializer="zeros", **frozen
            )
            directions = min(latent, _DIRECTIONS)
            self.whitening = self.add_weight(
                name="whitening",
                shape=(latent, directions),
                initializer="identity",
                **frozen,
            )
            self.centres = self.add_weight(
                name="centres",
                shape=(prototypes, directions),
                initializer="zeros",
                **frozen,
            )
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(self.kinds))

    def call(self, images, outputs):
        """Evidence (n, kinds) about each image.

        Args:
            images: The generator's input, (n, side, side, c) in [-1, 1].
            outputs: Its `GeneratorOutputs`.
        """
        return ops.stack(self.columns(images, outputs), axis=-1)

    def columns(self, images, outputs):
        """The same as a list of (n,), one a kind.

        A graph that uses one of them alone computes no other.
        """
        measure = {
            "latent": lambda: losses.squared_distance(
                outputs.latent, outputs.reconstruction_latent
            ),
            "reconstruction": lambda: losses.absolute_distance(
                images, outputs.reconstruction
            ),
            "local": lambda: self._local(images, outputs.reconstruction),
            "density": lambda: self._density(outputs.latent),
        }
        return [measure[kind]() for kind in self.kinds]

    def _local(self, images, reconstruction):
        deviations = ops.abs(images - reconstruction) * self.inverse_spread
        window = max(1, round(LOCAL_WINDOW * self.image_shape[0]))
        averages = ops.average_pool(deviations, window, strides=1)
        return ops.max(averages, axis=(1, 2, 3))

    def _density(self, latent):
        """min |z - p|^2 as |z|^2 - max (2 z p - |p|^2): one matrix product."""
        latent = ops.matmul(latent - self.middle, self.whitening)
        centres = ops.convert_to_tensor(self.centres)
        lengths = ops.sum(centres * centres, axis=1)
        products = ops.matmul(latent, ops.transpose(2 * centres)) - lengths
        own = ops.sum(latent * latent, axis=1)
        # Rounding must not make it negative: logarithms are taken of it.
        squared = ops.relu(own - ops.max(products, axis=1))
        return squared * (1 / latent.shape[1]) + _SAME

    def adapt(self, images, outputs):
        """Measure what the kinds need on normal images.

        Args:
            images: The generator's inputs (n, side, side, c) of training.
            outputs: Its `GeneratorOutputs` for them, arrays.
        """
        if "local" in self.kinds:
            deviations = np.abs(images - outputs.reconstruction)
            self.inverse_spread.assign(inverse_spread(deviations))
        if "density" in self.kinds:
            middle = np.mean(outputs.latent, axis=0)
            centred = np.asarray(outputs.latent - middle, np.float64)
            whitening = _whitening(centred, self.whitening.shape[1])
            self.middle.assign(middle)
            self.whitening.assign(whitening)
            self.centres.assign(_centres(centred @ whitening, self.prototypes))

    def get_config(self):
        return {
            **super().get_config(),
            "kinds": self.kinds,
            "image_shape": self.image_shape,
            "latent": self.latent,
            "prototypes": self.prototypes,
        }


def inverse_spread(deviations):
    """What each pixel's deviation is multiplied by to be in its own spread.

    Half of the mean over all pixels is added to a spread: what is always the
    same is no certainty.

    Args:
        deviations: |x - x_hat| of normal images, (n, ...).

    Returns:
        Array (...).
    """
    spread = np.mean(deviations, axis=0)
    floor = 0.5 * np.mean(spread) + 1e-6
    return 1 / (spread + floor)


def _whitening(latents, count):
    """Projection (z, count) that gives latents (n, z) of mean 0 unit spread.

    What all but never varies would be all that counts when it does: a tenth
    of the usual variance is added to each.
    """
    variances, directions = np.linalg.eigh(latents.T @ latents / len(latents))
    variances, directions = variances[::-1], directions[:, ::-1]
    floor = _LEAST_VARIANCE * variances.mean() + 1e-12
    return directions[:, :count] / np.sqrt(variances[:count] + floor)


def _centres(latents, count):
    """k-means centres (count, z); some come twice where images are few.

    Half as many as images at most: an image that is its own prototype says
    nothing about the distance of others.
    """
    from sklearn.cluster import KMeans

    clusters = max(1, min(count, len(latents) // 2))
    found = KMeans(
        clusters, n_init=1, max_iter=_CLUSTERING_STEPS, random_state=0
    ).fit(np.asarray(latents, np.float64))
    return np.resize(found.cluster_centers_, (count, latents.shape[1]))
