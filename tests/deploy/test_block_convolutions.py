import keras
import numpy as np
import pytest
import tensorflow as tf

from kdgan_tf.deploy.conversion import block_convolutions as blocks

RANDOM = np.random.default_rng(0)


def random(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def test_taps_of_a_transposed_kernel():
    # Row k of the kernel holds 10 k + column.
    kernel = np.add.outer(10.0 * np.arange(4), np.arange(4))
    found = blocks.transposed_kernel(kernel[..., None, None]).numpy()
    # The tap before (0, 0) of each phase: row and column 2 and 3.
    np.testing.assert_array_equal(found[0, 0, 0], [22, 23, 32, 33])
    np.testing.assert_array_equal(found[0, 1, 0], [20, 21, 30, 31])
    np.testing.assert_array_equal(found[1, 1, 0], [0, 1, 10, 11])


def test_taps_of_a_strided_kernel():
    kernel = np.add.outer(10.0 * np.arange(4), np.arange(4))
    found = blocks.strided_kernel(kernel[..., None, None]).numpy()
    np.testing.assert_array_equal(found[0, 0, :, 0], [0, 1, 10, 11])
    np.testing.assert_array_equal(found[1, 0, :, 0], [20, 21, 30, 31])


def test_one_pixel_becomes_four_of_a_4x4_kernel():
    kernel = np.arange(16.0).reshape(4, 4, 1, 1)
    image = np.full((1, 1, 1, 1), 2.0)
    found = blocks.out_of_blocks(
        tf.nn.conv2d(
            blocks.padded(image), blocks.transposed_kernel(kernel), 1, "VALID"
        )
    )
    # Of 4x4 products the outermost fall outside of the image.
    np.testing.assert_array_equal(
        np.squeeze(found), [[2 * 5, 2 * 6], [2 * 9, 2 * 10]]
    )


@pytest.mark.parametrize("side", [1, 3, 8])
def test_equals_a_transposed_convolution(side):
    layer = keras.layers.Conv2DTranspose(
        3, 4, 2, "same", bias_initializer="normal"
    )
    image = random(2, side, side, 5)
    expected = layer(image)
    values = tf.nn.conv2d(
        blocks.padded(image),
        blocks.transposed_kernel(layer.kernel),
        1,
        "VALID",
    )
    found = blocks.out_of_blocks(values + tf.tile(layer.bias, (4,)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("side", "channels"), [(2, 1), (8, 3)])
def test_equals_a_strided_convolution(side, channels):
    layer = keras.layers.Conv2D(5, 4, 2, "same", bias_initializer="normal")
    image = random(2, side, side, channels)
    expected = layer(image)
    found = tf.nn.conv2d(
        blocks.into_blocks(blocks.padded(image)),
        blocks.strided_kernel(layer.kernel),
        1,
        "VALID",
    )
    np.testing.assert_allclose(
        found + layer.bias, expected, rtol=1e-5, atol=1e-6
    )
