"""The sibling file of a `.tflite` that says where an image is anomalous.

A file of its own, because what a microcontroller stores must not grow by it.
"""

import hashlib
import tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from kdgan_tf.deploy.conversion.export import save_function
from kdgan_tf.deploy.conversion.recipes import quiet
from kdgan_tf.gan.evidence import LOCAL_WINDOW
from kdgan_tf.gan.networks import network_input
from kdgan_tf.gan.spread import inverse_spread
from kdgan_tf.runtime.files import room_for
from kdgan_tf.runtime.sidecar import MAP_SIGNATURE, AnomalyMap

_NORMAL_SHARE = 0.99
# Scores whose unit is the spread of normal images, and how much they tell.
_IN_SPREADS = ("both", "evidence")
_SCORE = 0.25
# Of the side: the window of what is wrong over a large area.
_WIDE = 0.5
_BATCH = 64
_TINY = 1e-9


class MapModel(keras.Model):
    """From pixels (n, side, side, c) to anomaly maps (n, side, side), >= 0.

    |x - x_hat| of each pixel, the mean over channels, divided by what that
    pixel has on normal images, and, where the score has it, what principal
    components leave of it, likewise, averaged twice over a small window around;
    and the average of that over a window of half the side, for what is wrong
    over a large area. Where the score counts spreads of normal images, the
    whole map grows with it, or with its exponential where it may be negative: a
    defect that other evidence is sure of shows more.

    The unit is what few pixels of normal images reach. An image that is sure to
    be anomalous lies above that everywhere; there it is halfway from the mean
    of the image to its highest value.

    Args:
        model: A trained `EDEGAN`.
        normal: Normal images (n, side, side, c), pixels in [0, 255], best
            held out of the training.
    """

    def __init__(self, model, normal):
        super().__init__()
        self.gan = model
        deviations = _in_batches(lambda part: self._looked_at(part)[0], normal)
        self.weight = tf.constant(inverse_spread(deviations), tf.float32)
        maps = _in_batches(self.unscaled, normal)
        self.unit = tf.constant(max(_level(maps), _TINY), tf.float32)
        # In that unit, what few pixels of normal images reach.
        self.normal_level = _level(self._scaled(maps))

    def _looked_at(self, pixels):
        """|x - x_hat| of each pixel, (n, side, side), and the GAN's dict."""
        found = self.gan(pixels, training=False)
        seen = network_input(pixels, self.gan.config)
        away = ops.abs(seen - found["reconstruction"])
        return ops.mean(away, axis=-1), found

    def _left(self, pixels):
        """What principal components leave, (n, side, side, 1)."""
        subspace = self.gan.evidence.subspace
        left = ops.abs(subspace.left(self.gan.projection_of(pixels)))
        coarse = ops.mean(left, axis=-1, keepdims=True)
        block = subspace.image_shape[0] // subspace.coarse_side
        if block == 1:
            return coarse
        return tf.nn.depth_to_space(
            ops.concatenate([coarse] * block**2, axis=-1), block
        )

    def call(self, pixels):
        return self._scaled(self.unscaled(pixels))

    def _scaled(self, maps):
        highest = ops.max(maps, axis=(1, 2), keepdims=True)
        halfway = (ops.mean(maps, axis=(1, 2), keepdims=True) + highest) / 2
        return maps / ops.maximum(self.unit, halfway)

    def unscaled(self, pixels):
        """Maps (n, side, side), each pixel of its own, in no unit."""
        deviations, found = self._looked_at(pixels)
        maps = (deviations * self.weight)[..., None]
        if self.gan.evidence.subspace:
            maps += self._left(pixels)
        side = maps.shape[1]
        for _ in range(2):
            maps = _averaged(maps, LOCAL_WINDOW * side)
        maps += _averaged(maps, _WIDE * side)
        config = self.gan.config
        if config.score in _IN_SPREADS:
            factor = found["score"]
            if not config.squared_evidence:
                factor = ops.exp(_SCORE * factor)
            maps *= factor[:, None, None, None]
        return maps[..., 0]


def _averaged(maps, width):
    window = 2 * (round(width) // 2) + 1  # odd: it has a middle
    return ops.average_pool(maps, window, strides=1, padding="same")


def _in_batches(function, images):
    """What a function makes of images (n, side, side, c), as one array."""
    return np.concatenate(
        [
            function(images[start : start + _BATCH].astype(np.float32))
            for start in range(0, len(images), _BATCH)
        ]
    )


def _level(maps):
    """What few pixels of the maps of normal images reach."""
    return float(np.quantile(maps, _NORMAL_SHARE))


def make_map(model, normal):
    """The file for anomaly maps, and what the sidecar says of it.

    Args:
        model: A trained `EDEGAN`.
        normal: Normal images (n, side, side, c), pixels in [0, 255], best
            held out of the training.

    Returns:
        (bytes of a `.tflite` file with float16 weights, `AnomalyMap`).
    """
    maps = MapModel(model, normal)
    data = _converted(maps, model.config.image_shape)
    return data, AnomalyMap(
        model_sha256=hashlib.sha256(data).hexdigest(),
        model_bytes=len(data),
        definition="|x - x_hat| of each pixel, divided by its mean on normal "
        "images plus half of the mean of all pixels"
        + _left_words(model.config)
        + ", averaged twice over a small window, plus the average of that over "
        "a wide one"
        + _factor_words(model.config)
        + "; the unit is what few pixels of normal images reach, or, where "
        "that is more, halfway from the image's mean to its highest value",
        normal_level=maps.normal_level,
    )


def _left_words(config):
    if "subspace" not in config.evidence_kinds:
        return ""
    return ", plus what principal components leave, likewise"


def _factor_words(config):
    if config.score not in _IN_SPREADS:
        return ""
    return ", times " + (
        "the score" if config.squared_evidence else f"exp({_SCORE} score)"
    )


def _converted(maps, image_shape):
    with tempfile.TemporaryDirectory() as folder, room_for(folder), quiet():
        save_function(maps, MAP_SIGNATURE, image_shape, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[MAP_SIGNATURE]
        )
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return converter.convert()
