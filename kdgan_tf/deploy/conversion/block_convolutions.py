"""Convolutions of stride 2, spelled at stride 1 on blocks of 2x2 pixels.

CMSIS-NN, Arm's kernels for microcontrollers, computes a transposed convolution
wrongly where padding and stride are as ours (its issue 230, mended since, but
not in what TFLite Micro takes), and slowly where it is right. The same sums,
but for a rim, are those of a 2x2 convolution with four times the channels, one
for each of the four pixels that an input pixel becomes.

A strided convolution of one or three channels is slow there too: each of its 16
taps is copied by itself. On blocks there are 4 taps of four times the channels.
"""

import tensorflow as tf


def transposed_kernel(kernel):
    """The kernel that stands for one of a transposed convolution.

    Pixel (2 j - 1 + r, 2 k - 1 + s) of the output sums over the input pixels
    (j - 1 + a, k - 1 + b), a and b in (0, 1), times the transposed kernel at
    (r + 2 (1 - a), s + 2 (1 - b)).

    Args:
        kernel: (4, 4, out, in), of stride 2 and padding "same".

    Returns:
        (2, 2, in, 4 * out), for `padded` maps; `out_of_blocks` of the result
        is the transposed convolution.
    """
    *_, outputs, inputs = kernel.shape
    taps = tf.reshape(kernel, (2, 2, 2, 2, outputs, inputs))[::-1, :, ::-1]
    taps = tf.transpose(taps, (0, 2, 5, 1, 3, 4))
    return tf.reshape(taps, (2, 2, inputs, 4 * outputs))


def strided_kernel(kernel):
    """The kernel that stands for one of a strided convolution.

    Args:
        kernel: (4, 4, in, out), of stride 2 and padding "same".

    Returns:
        (2, 2, 4 * in, out), for `into_blocks` of `padded` maps.
    """
    *_, inputs, outputs = kernel.shape
    taps = tf.reshape(kernel, (2, 2, 2, 2, inputs, outputs))
    taps = tf.transpose(taps, (0, 2, 1, 3, 4, 5))
    return tf.reshape(taps, (2, 2, 4 * inputs, outputs))


def padded(values, value=0.0):
    """Maps (n, h, w, c) with a rim of `value`, one pixel wide."""
    rim = ((0, 0), (1, 1), (1, 1), (0, 0))
    return tf.pad(values, rim, constant_values=value)


def into_blocks(values):
    """Maps (n, 2 h, 2 w, c) to (n, h, w, 4 c): pixels become channels."""
    return tf.nn.space_to_depth(values, 2)


def out_of_blocks(values):
    """Maps (n, h + 1, w + 1, 4 c) to (n, 2 h, 2 w, c).

    Channels become pixels; the rim, for which a transposed convolution has no
    place, is cut off.
    """
    pixels = tf.nn.depth_to_space(values, 2)
    _, height, width, channels = pixels.shape
    return tf.slice(pixels, (0, 1, 1, 0), (-1, height - 2, width - 2, channels))
