"""Evidence of an anomaly: what one pass of a generator says of an image."""

import functools

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan import losses
from kdgan_tf.gan.prototypes import (
    cluster_centres,
    directions,
    principal_axes,
)

# By name, how much a kind counts before anything is known of the images: two
# are views of one thing, the difference of image and reconstruction, and what
# was trained to tell versions of normal images counts most.
_VOTES = {
    **{"latent": 0.5, "residual": 0.25, "peak": 0.25, "prototype": 1.0},
    **{"transformation": 2.0, "reconstruction": 0.25},
    **{"local": 0.25, "density": 1.0},
}
_VOTE_OF_A_TRAINED_LATENT = 2.0
KINDS = tuple(_VOTES)
OF_ANY_GAN = ("latent", "residual", "peak", "prototype")
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

    - "latent": mean (z1 - z2)^2 (Zhang et al., 2020);
    - "reconstruction": mean |x - x_hat|;
    - "residual": mean square of x - x_hat, averaged over a small window before
      anything else: texture that no GAN draws cancels out, what is too dark or
      too bright does not. Each window's is over its spread on normal images:
      an edge that is never drawn well tells little;
    - "peak": the largest of these squares: a small defect in a large image;
    - "prototype": squared distance of z1's direction, z1 / |z1|, to the nearest
      of some prototypes, cluster centres of normal images' directions, as far
      as it lies along the axes on which normal ones vary most, and over their
      variance there;
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

    def columns(self, images, outputs, odds=None):
        """Evidence as a list of (n,), one a kind.

        A graph that uses one of them alone computes no other.

        Args:
            images: The generator's input, (n, side, side, c) in [-1, 1].
            outputs: Its `GeneratorOutputs`.
            odds: Of each other version against the image itself, (n, v), for
                "transformation".
        """
        squares = functools.cache(
            lambda: self._squares(images - outputs.reconstruction)
        )
        measure = {
            "latent": lambda: losses.squared_distance(
                outputs.latent, outputs.reconstruction_latent
            ),
            "reconstruction": lambda: losses.absolute_distance(
                images, outputs.reconstruction
            ),
            "residual": lambda: _over_all(ops.average_pool, squares()),
            "peak": lambda: _over_all(ops.max_pool, squares()),
            "local": lambda: self._local(images, outputs.reconstruction),
            "prototype": lambda: self._nearest(outputs.latent) + _SAME,
            "density": lambda: (
                self._nearest(outputs.latent) / self.axes.shape[1] + _SAME
            ),
            "transformation": lambda: ops.sum(odds, axis=1),
        }
        return [measure[kind]() for kind in self.kinds]

    @property
    def _window(self):
        return max(1, round(LOCAL_WINDOW * self.image_shape[0]))

    def _smooth(self, difference):
        return ops.average_pool(difference, self._window, strides=1)

    def _squares(self, difference):
        """Squares of the smoothed difference in spreads, (n, w, w c, 1)."""
        smooth = self._smooth(difference) * self.inverse_residual
        _, height, width, channels = smooth.shape
        row = ops.reshape(smooth, (-1, height, width * channels, 1))
        return row * row

    def _local(self, images, reconstruction):
        deviations = ops.abs(images - reconstruction) * self.inverse_spread
        return ops.max(self._smooth(deviations), axis=(1, 2, 3))

    def _nearest(self, latent):
        """min |u - p|^2 as |u|^2 - max (2 u p - |p|^2): one matrix product."""
        along = ops.matmul(self._known(latent) - self.middle, self.axes)
        centres = ops.convert_to_tensor(self.centres)
        lengths = ops.sum(centres * centres, axis=1)
        products = ops.matmul(along, ops.transpose(2 * centres)) - lengths
        own = ops.sum(along * along, axis=1)
        # Rounding must not make it negative: logarithms are taken of it.
        return ops.relu(own - ops.max(products, axis=1))

    def _known(self, latent):
        """What prototypes are prototypes of."""
        return directions(latent) if self._of_directions else latent

    def adapt(self, images, outputs):
        """Measure what the kinds need on normal images.

        Args:
            images: The generator's inputs (n, side, side, c) of training.
            outputs: Its `GeneratorOutputs` for them, arrays.
        """
        if "local" in self.kinds:
            deviations = np.abs(images - outputs.reconstruction)
            self.inverse_spread.assign(inverse_spread(deviations))
        if self._smooths:
            smooth = self._smooth(images - outputs.reconstruction)
            spread = inverse_spread(np.abs(smooth))
            self.inverse_residual.assign(spread)
        if self._knows_latents:
            known = np.asarray(self._known(outputs.latent), np.float64)
            middle = np.mean(known, axis=0)
            axes = principal_axes(known - middle, self.axes.shape[1])
            self.middle.assign(middle)
            self.axes.assign(axes)
            along = (known - middle) @ axes
            self.centres.assign(cluster_centres(along, self.prototypes))

    def get_config(self):
        return {
            **super().get_config(),
            "kinds": self.kinds,
            "image_shape": self.image_shape,
            "latent": self.latent,
            "prototypes": self.prototypes,
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


def _over_all(pool, values):
    """A pooling over whole maps (n, h, w, 1), as (n,).

    It takes TFLite Micro a twentieth of the instructions of its mean.
    """
    return ops.reshape(pool(values, values.shape[1:3]), (-1,))


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
