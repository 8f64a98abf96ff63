import keras
import numpy as np
import pytest

from kdgan_tf.gan.config import GANConfig
from kdgan_tf.gan.networks import Discriminator, Generator
from kdgan_tf.gan.normalization import (
    ContrastNormalization,
    InstanceNormalization,
)


@pytest.mark.parametrize("normalization", ["instance", "batch", "none"])
@pytest.mark.parametrize("side", [16, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes(normalization, side, channels):
    config = GANConfig(
        image_shape=(side, side, channels),
        channels=(2, 3, 4),
        latent=5,
        normalization=normalization,
    )
    images = np.zeros((2, side, side, channels), np.float32)
    outputs = Generator(config)(images)
    assert outputs.latent.shape == (2, 5)
    assert outputs.reconstruction.shape == images.shape
    assert outputs.reconstruction_latent.shape == (2, 5)
    features, logits = Discriminator(config)(images)
    assert features.shape == (2, side // 8, side // 8, 4)
    assert logits.shape == (2, 1)


def test_instance_normalization_by_hand():
    layer = InstanceNormalization()
    images = np.array([[[[1.0], [3.0]]], [[[10.0], [10.0]]]], np.float32)
    found = np.array(layer(images))
    # Mean 2, variance 1 in the first image; a constant one becomes 0.
    np.testing.assert_allclose(
        found[0].ravel(), [-1 / 1.001**0.5, 1 / 1.001**0.5], rtol=1e-6
    )
    np.testing.assert_array_equal(found[1], 0)


def test_instance_normalization_equals_group_normalization_per_channel():
    images = np.random.default_rng(0).normal(size=(3, 5, 5, 4))
    images = images.astype(np.float32)
    reference = keras.layers.GroupNormalization(groups=-1, epsilon=1e-3)
    np.testing.assert_allclose(
        InstanceNormalization()(images), reference(images), atol=1e-5
    )


def test_contrast_normalization_by_hand():
    images = np.array([[[[1.0, 3.0]]], [[[9.0, 9.0]]]], np.float32)
    found = np.array(ContrastNormalization()(images))
    np.testing.assert_allclose(
        found[0].ravel(), [-1 / 1.001**0.5, 1 / 1.001**0.5], rtol=1e-6
    )
    np.testing.assert_array_equal(found[1], 0)


def test_contrast_normalization_hides_brightness_from_the_first_encoder():
    config = GANConfig(
        image_shape=(8, 8, 1), channels=(2,), contrast_normalization=True
    )
    generator = Generator(config)
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 1))
    images = images.astype(np.float32)
    one, other = (generator(x) for x in (images, 0.5 * images + 0.1))
    np.testing.assert_allclose(one.latent, other.latent, atol=1e-3)
    # The second encoder sees reconstructions as they are.
    assert "normalization_contrast" not in [
        layer.name for layer in generator.reconstruction_encoder.layers
    ]


def test_batch_of_one_batch_normalisation_is_instance_normalisation():
    """Why the paper's batch size of 1 behaves as instance normalisation."""
    image = np.random.default_rng(0).normal(size=(1, 6, 6, 2))
    image = image.astype(np.float32)
    batch = keras.layers.BatchNormalization(epsilon=1e-3)
    np.testing.assert_allclose(
        batch(image, training=True), InstanceNormalization()(image), atol=1e-5
    )
