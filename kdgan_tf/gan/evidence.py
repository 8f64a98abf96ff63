"""Evidence of an anomaly: what one pass of a generator says of an image."""

import functools

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan import losses, prototypes
from kdgan_tf.gan.latent_metric import whitening
from kdgan_tf.gan.spread import inverse_spread, over_all, squares
from kdgan_tf.gan.subspace import Subspace

# By name, how much a kind counts before anything is known of the images: two
# are views of one thing, the difference of image and reconstruction, and what
# was trained to tell versions of normal images counts most.
_VOTES = {
    **{"latent": 0.5, "residual": 0.25, "peak": 0.25, "prototype": 1.0},
    **{"transformation": 2.0, "reconstruction": 0.25},
    **{"local": 0.25, "density": 1.0, "subspace": 1.0},
}
_VOTE_OF_A_TRAINED_LATENT = 2.0
KINDS = tuple(_VOTES)
OF_ANY_GAN = ("latent", "residual", "peak", "prototype", "subspace")
# Measured, not learnt: the same for all networks.
OF_NO_NETWORK = ("subspace",)
# A small defect's size, as a share of the side: what deviations are averaged
# over, here and in anomaly maps.
LOCAL_WINDOW = 3 / 32
# Of the latent space, for "prototype": castings and magnetic tiles lose nothing
# by it, and twice as many prototypes fit in as many bytes.
_AXES = 24
# Closer to a prototype than this share of the spread is no more normal.
_SAME = 0.01


@keras.saving.register_keras_serializable(package="kdgan_tf")
class Evidence(keras.layers.Layer):
    """Several kinds of evidence, all from one pass and all >= 0.

    - "latent": mean (z1 - z2)^2 (Zhang et al., 2020), or the Mahalanobis
      distance of the two, see `latent_metric`;
    - "reconstruction": mean |x - x_hat|;
    - "residual": mean square of x - x_hat, averaged over a small window before
      anything else: texture that no GAN draws cancels out, what is too dark or
      too bright does not. Each window's is over its spread on normal images:
      an edge that is never drawn well tells little;
    - "peak": the largest of these squares: a small defect in a large image;
    - "prototype": squared distance of z1's direction, z1 / |z1|, to the nearest
      of some prototypes, cluster centres of normal images' directions, as far
      as it lies along the axes on which normal ones vary most, and over their
      variance there; a Mahalanobis distance too where "latent" is one;
    - "subspace": what the principal components of normal images leave of an
      image, both coarse and in their own contrast, each place over its spread
      and squared, where it is largest; no network has a part in it;
    - "transformation": odds that the image is one of the transformed versions
      of a normal image that training tells from the image itself (Golan and
      El-Yaniv, 2018, who ask about all versions);
    - "density": as "prototype", of z1 as it is, and "local": |x - x_hat| over
      each pixel's spread, averaged over a small window, where it is largest;
      what earlier runs have saved.

    What is measured on normal images are weights of this layer: they are
    saved, and part of the graph on the device. Every operator of it exists in
    TFLite Micro.

    Args:
        kinds: Names among `KINDS`, in the order of the output's columns.
        image_shape: (side, side, channels) of the images.
        latent: Length of the latent vectors.
        prototypes: Number of prototypes, for "prototype".
        components: Number of principal components, for "subspace".
        mahalanobis: Whether "latent" has a metric.
    """

    def __init__(
        self,
        kinds,
        image_shape,
        latent,
        prototypes,
        components=1,
        mahalanobis=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.kinds = tuple(kinds)
        self.image_shape = tuple(image_shape)
        self.latent = latent
        self.prototypes = prototypes
        self.components = components
        self.mahalanobis = mahalanobis
        if mahalanobis:
            # The paper's distance, until `adapt` has seen normal images.
            self.metric = self.add_weight(
                name="metric",
                shape=(latent, latent),
                initializer="identity",
                trainable=False,
            )
        self.subspace = None
        if "subspace" in self.kinds:
            self.subspace = Subspace(
                self.image_shape, components, name="subspace", dtype="float32"
            )
        if "local" in self.kinds:
            self.inverse_spread = self.add_weight(
                name="inverse_spread",
                shape=self.image_shape,
                initializer="ones",
                trainable=False,
            )
        self._smooths = bool({"residual", "peak"} & {*self.kinds})
        if self._smooths:
            side, _, channels = self.image_shape
            windows = side - self._window + 1
            self.inverse_residual = self.add_weight(
                name="inverse_residual",
                shape=(windows, windows, channels),
                initializer="ones",
                trainable=False,
            )
        self._of_directions = "prototype" in self.kinds
        self._knows_latents = self._of_directions or "density" in self.kinds
        if self._knows_latents:
            frozen = {"trainable": False}
            self.middle = self.add_weight(
                name="middle", shape=(latent,), initializer="zeros", **frozen
            )
            axes = min(latent, _AXES)
            self.axes = self.add_weight(
                name="axes",
                shape=(latent, axes),
                initializer="identity",
                **frozen,
            )
            self.centres = self.add_weight(
                name="centres",
                shape=(prototypes, axes),
                initializer="zeros",
                **frozen,
            )
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(self.kinds))

    @property
    def learnt(self):
        """Whether a network has a part in it, for each kind."""
        return [kind not in OF_NO_NETWORK for kind in self.kinds]

    def columns(self, images, outputs, odds=None, projection=None):
        """Evidence as a list of (n,), one a kind; without a projection one
        for each of those that networks learn.

        A graph that uses one of them alone computes no other.

        Args:
            images: The generator's input, (n, side, side, c) in [-1, 1].
            outputs: Its `GeneratorOutputs`.
            odds: Of each other version against the image itself, (n, v), for
                "transformation".
            projection: What `subspace` makes of the images' contrast.
        """
        windows = functools.cache(
            lambda: self._squares(images - outputs.reconstruction)
        )
        measure = {
            "latent": lambda: self._latent_distance(outputs),
            "reconstruction": lambda: losses.absolute_distance(
                images, outputs.reconstruction
            ),
            "residual": lambda: over_all(ops.average_pool, windows()),
            "peak": lambda: over_all(ops.max_pool, windows()),
            "local": lambda: self._local(images, outputs.reconstruction),
            "prototype": lambda: self._nearest(outputs.latent) + _SAME,
            "density": lambda: (
                self._nearest(outputs.latent) / self.axes.shape[1] + _SAME
            ),
            "transformation": lambda: ops.sum(odds, axis=1),
            "subspace": lambda: self.subspace.largest(projection),
        }
        return [
            measure[kind]()
            for kind, learnt in zip(self.kinds, self.learnt, strict=True)
            if learnt or projection is not None
        ]

    def _latent_distance(self, outputs):
        latent, again = outputs.latent, outputs.reconstruction_latent
        if self.mahalanobis:
            latent, again = ops.matmul(latent - again, self.metric), 0.0
        return losses.squared_distance(latent, again)

    @property
    def _window(self):
        return max(1, round(LOCAL_WINDOW * self.image_shape[0]))

    def _smooth(self, difference):
        return ops.average_pool(difference, self._window, strides=1)

    def _squares(self, difference):
        """Squares of the smoothed difference in spreads, (n, w, w c, 1)."""
        return squares(self._smooth(difference) * self.inverse_residual)

    def _local(self, images, reconstruction):
        deviations = ops.abs(images - reconstruction) * self.inverse_spread
        return ops.max(self._smooth(deviations), axis=(1, 2, 3))

    def _nearest(self, latent):
        along = ops.matmul(self._known(latent) - self.middle, self.axes)
        centres = ops.convert_to_tensor(self.centres)
        return prototypes.nearest(along, centres)

    def _known(self, latent):
        """What prototypes are prototypes of."""
        if self.mahalanobis:
            latent = ops.matmul(latent, self.metric)
        return prototypes.directions(latent) if self._of_directions else latent

    def adapt(self, images, outputs, standardized=None):
        """Measure what the kinds need on normal images.

        Args:
            images: The generator's inputs (n, side, side, c) of training.
            outputs: Its `GeneratorOutputs` for them, arrays.
            standardized: The same images in their own contrast, for
                "subspace".
        """
        if self.mahalanobis:
            self.adapt_metric(outputs)
        if self.subspace:
            self.subspace.adapt(standardized)
        if "local" in self.kinds:
            deviations = np.abs(images - outputs.reconstruction)
            self.inverse_spread.assign(inverse_spread(deviations))
        if self._smooths:
            smooth = self._smooth(images - outputs.reconstruction)
            spread = inverse_spread(np.abs(smooth))
            self.inverse_residual.assign(spread)
        if self._knows_latents:
            known = np.asarray(self._known(outputs.latent), np.float64)
            found = prototypes.fitted(
                known, *self.centres.shape, self.mahalanobis
            )
            self.middle.assign(found.middle)
            self.axes.assign(found.axes)
            self.centres.assign(found.centres)

    def adapt_metric(self, outputs):
        """Measure the metric alone, as `adapt` does with all else.

        Args:
            outputs: `GeneratorOutputs` for normal images, arrays.
        """
        self.metric.assign(
            whitening(outputs.latent - outputs.reconstruction_latent)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "kinds": self.kinds,
            "image_shape": self.image_shape,
            "latent": self.latent,
            "prototypes": self.prototypes,
            "components": self.components,
            "mahalanobis": self.mahalanobis,
        }


def votes(kinds, trained_latent=False):
    """How much each kind counts before anything is known of the images, (k,).

    Args:
        kinds: Names among `KINDS`.
        trained_latent: Whether a loss made the latent distance of negatives
            large.
    """
    known = dict(_VOTES)
    if trained_latent:
        known["latent"] = _VOTE_OF_A_TRAINED_LATENT
    return np.array([known[kind] for kind in kinds])
