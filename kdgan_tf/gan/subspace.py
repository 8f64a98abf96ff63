"""The principal subspace of normal images, seen coarsely."""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan.activations import UnitClip
from kdgan_tf.gan.principal_axes import principal_axes
from kdgan_tf.gan.spread import inverse_spread, over_all, squares

# What a device stores grows with the values of a coarse image and with the
# components: 256 are 16 x 16 in grey.
_MOST_VALUES = 256
# Images for each component at least: what is fitted to few tells nothing.
_IMAGES_EACH = 4
# Less than this is no difference: neither of images, nor along a component.
_FLAT = 1e-6


class Projection(NamedTuple):
    """How coarse images differ from the mean of normal ones, (n, s, s, c),
    1 being the most that normal ones do, and what components make of it.
    """

    coarse: object
    modelled: object


@keras.saving.register_keras_serializable(package="kdgan_tf")
class Subspace(keras.layers.Layer):
    """How normal images differ from each other, as far as it is linear.

    Images in their own contrast are averaged to a coarse grid and projected to
    the principal components of normal ones. What is left of an image tells
    small defects in what lies precisely; a GAN draws that less exactly.

    Args:
        image_shape: (side, side, channels) of the images.
        components: How many principal components.
    """

    def __init__(self, image_shape, components, **kwargs):
        super().__init__(**kwargs)
        self.image_shape = tuple(image_shape)
        self.components = components
        side, _, channels = self.image_shape
        self.coarse_side = side
        while (
            self.coarse_side**2 * channels > _MOST_VALUES
            and self.coarse_side % 2 == 0
        ):
            self.coarse_side //= 2
        shape = (self.coarse_side, self.coarse_side, channels)
        values = int(np.prod(shape))
        # A linear autoencoder, so that a device runs it as it runs networks.
        own = {"dtype": self.dtype_policy}  # and not that of all Keras
        self.network = keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Flatten(name="flatten", **own),
                keras.layers.Dense(
                    components, use_bias=False, name="components", **own
                ),
                UnitClip(name="clip_components", **own),
                keras.layers.Dense(values, use_bias=False, name="dense", **own),
                keras.layers.Reshape(shape, name="reshape", **own),
                UnitClip(name="clip", **own),
            ],
            name="principal_components",
        )
        self.network.dtype_policy = self.dtype_policy
        self.network.trainable = False
        self.middle = self.add_weight(
            name="middle", shape=shape, initializer="zeros", trainable=False
        )
        self.inverse_reach = self.add_weight(
            name="inverse_reach", shape=(), initializer="ones", trainable=False
        )
        self.inverse_spread = self.add_weight(
            name="inverse_spread",
            shape=shape,
            initializer="ones",
            trainable=False,
        )
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def compute_output_shape(self, input_shape):
        shape = (input_shape[0], *self.network.output_shape[1:])
        return Projection(shape, shape)

    def coarse(self, images):
        """The first part of a `Projection` of images (n, side, side, c)."""
        # The converter would put a factor after the mean into the next layer.
        pooled = self._pooled(images)
        return pooled * self.inverse_reach - self.middle

    def clipped(self, coarse):
        """What the network takes. The top is that of int8, and no pattern that
        the converter knows as an activation.
        """
        return ops.clip(coarse, -1.0, 127 / 128)

    def _pooled(self, images):
        window = self.image_shape[0] // self.coarse_side
        return images if window == 1 else ops.average_pool(images, window)

    def call(self, images):
        """The `Projection` of images (n, side, side, c) in their contrast."""
        coarse = self.coarse(images)
        return Projection(coarse, self.network(self.clipped(coarse)))

    def largest(self, projection):
        """The largest square of what is left, in its own spread, (n,)."""
        return over_all(ops.max_pool, squares(self.left(projection)))

    def left(self, projection):
        """What components leave of images, in its own spread, (n, s, s, c)."""
        return (projection.coarse - projection.modelled) * self.inverse_spread

    def adapt(self, images):
        """Find the components of normal images, in their contrast."""
        pooled = np.asarray(self._pooled(images), np.float64)
        away = pooled - pooled.mean(axis=0)
        reach = np.max(np.abs(away)) + _FLAT
        self.inverse_reach.assign(1 / reach)
        self.middle.assign(pooled.mean(axis=0) / reach)
        flat = away.reshape(len(away), -1) / reach
        count = min(self.components, max(1, len(flat) // _IMAGES_EACH))
        _, axes = principal_axes(flat, count)
        # Between the two layers 1 is the most, too: a device has 8 bits for it.
        most = np.max(np.abs(flat @ axes), axis=0)
        known = most > _FLAT
        down = np.where(known, axes / np.where(known, most, 1), 0)
        up = np.where(known, axes * most, 0)
        padding = ((0, 0), (0, self.components - axes.shape[1]))
        self.network.set_weights([np.pad(down, padding), np.pad(up, padding).T])
        projection = self(images)
        left = np.abs(np.subtract(projection.coarse, projection.modelled))
        self.inverse_spread.assign(inverse_spread(left))

    def get_config(self):
        return {
            **super().get_config(),
            "image_shape": self.image_shape,
            "components": self.components,
        }
