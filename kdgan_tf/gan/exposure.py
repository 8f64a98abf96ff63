"""Outlier exposure: unrelated images that a GAN learns to call anomalous.

Hendrycks et al., 2019. Another protocol than one-class training, which sees
normal images alone.
"""

import numpy as np
import tensorflow as tf

from kdgan_tf.data.draws import uniform
from kdgan_tf.gan import inputs
from kdgan_tf.runtime.errors import InputError, require


class Exposure:
    """The unrelated images of a GAN in training; no part of the model.

    Args:
        config: The GAN's `GANConfig`.
    """

    def __init__(self, config):
        self._config = config
        self._outliers = None

    def set(self, outliers):
        """Take these images, (m, side, side, c), pixels in [0, 255].

        Raises:
            InputError: They have another shape, no loss is about them, or
                there are some: a compiled step would go on with those.
        """
        weight = self._config.outlier_weight
        require(weight > 0, "an outlier_weight above 0", weight)
        require(self._outliers is None, "outliers once", "others")
        outliers = np.asarray(outliers)
        inputs.require_pixels(outliers, self._config.image_shape)
        self._outliers = outliers

    def outliers_for(self, images, step, training=True):
        """An outlier for each image of a batch; `None` without a loss on them.

        The image and the training step decide which, see `draws.uniform`. A
        model that is evaluated, such as a loaded one, needs none.

        Args:
            images: Pixels (n, side, side, c) in [0, 255], any dtype.
            step: Integer scalar.
            training: Whether this is a training step.

        Returns:
            Pixels (n, side, side, c), of the images' dtype.

        Raises:
            InputError: There are none yet.
        """
        weight = self._config.outlier_weight
        if not weight:
            return None
        if self._outliers is None:
            if not training:
                return None
            raise InputError(
                "Expected expose_to(outliers) before a training whose "
                f"outlier_weight is {weight}. Call it, or set the weight to 0."
            )
        draws = uniform(images, step, 1)[:, 0]
        index = tf.cast(draws * len(self._outliers), tf.int32)
        return tf.cast(tf.gather(self._outliers, index), images.dtype)
