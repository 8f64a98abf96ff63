import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy.conversion.device_layers import (
    _exact_mean,
    run,
    standardized_input,
)
from kdgan_tf.gan.networks import Generator, unit_range
from kdgan_tf.gan.normalization import standardized


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize("normalization", ["instance", "batch", "none"])
@pytest.mark.parametrize("channels", [1, 3])
def test_says_what_the_keras_layers_say(normalization, contrast, channels):
    keras.utils.set_random_seed(0)
    generator = Generator(
        kdgan_tf.GANConfig(
            image_shape=(16, 16, channels),
            channels=(4, 6),
            decoder_channels=(5, 3),
            latent=7,
            normalization=normalization,
            contrast_normalization=contrast,
        )
    )
    random = np.random.default_rng(0)
    for weight in generator.weights:
        # Means, variances, shifts and biases that are not 0 and 1.
        weight.assign(random.uniform(0.2, 0.6, weight.shape))
    image = random.integers(0, 256, (1, 16, 16, channels)).astype(np.float32)
    expected = generator(unit_range(image))
    latent = run(generator.encoder, image, pixels=True)
    again = run(generator.decoder, latent)
    found = latent, again, run(generator.reconstruction_encoder, again)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_what_is_outside_of_an_image_is_grey():
    generator = Generator(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1), channels=(1, 1), normalization="none"
        )
    )
    image = np.full((1, 8, 8, 1), 127.5, np.float32)
    layer = generator.encoder.get_layer("convolution_0")
    layer.bias.assign([0.25])
    first = keras.Sequential([keras.Input((8, 8, 1)), layer])
    np.testing.assert_allclose(run(first, image, pixels=True), 0.25, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_input_of_normalised_contrast(channels):
    random = np.random.default_rng(0)
    bright = random.integers(0, 256, (1, 16, 16, channels))
    plain = np.full_like(bright, 37)
    for image, off in (bright, 1e-5), (bright // 16 + 200, 1e-4), (plain, 1e-5):
        pixels = image.astype(np.float32)
        np.testing.assert_allclose(
            standardized_input(pixels, 2.0),
            standardized(unit_range(pixels), 2.0),
            rtol=off,
            atol=1e-5,
        )


@pytest.mark.parametrize("shape", [(32, 32), (32, 96), (28, 28), (9, 6)])
def test_means_of_pixels_and_of_their_squares_are_exact(shape):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (1, *shape, 1)).astype(np.float32)
    for values, side in ((pixels, 256), (pixels * pixels, 16)):
        found = _exact_mean(values, side)
        expected = np.mean(values, dtype=np.float64)
        np.testing.assert_allclose(np.squeeze(found), expected, rtol=2e-7)
    # Not to the last bit where a sum is rounded: these are not in pixels.
    assert _exact_mean(pixels, 256) == _exact_mean(pixels[:, ::-1], 256)
