"""Random numbers that nothing but an image and a whole number decide.

A resumed run and a run on several replicas draw the same ones.
"""

import tensorflow as tf

# Odd constants of a multiplicative hash (Knuth, and MurmurHash3's finaliser).
_HASH = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)


def uniform(images, number, count):
    """Numbers in [0, 1) that an image and a whole number decide.

    Args:
        images: Pixels (n, side, side, c) in [0, 255], any dtype.
        number: Integer scalar; another one gives other numbers.
        count: How many an image.

    Returns:
        float32 (n, count).
    """
    total = tf.reduce_sum(tf.cast(images, tf.int32), axis=(1, 2, 3))
    first, second, third = (tf.constant(part, tf.uint32) for part in _HASH)
    columns = tf.cast(tf.range(count), tf.uint32)
    value = tf.cast(total, tf.uint32)[:, None] * first
    value += columns[None] * second + tf.cast(number, tf.uint32) * third
    for shift, factor in ((16, second), (13, third), (16, first)):
        shift = tf.constant(shift, tf.uint32)
        high = tf.bitwise.right_shift(value, shift)
        value = tf.bitwise.bitwise_xor(value, high) * factor
    # Only as many bits as a float32 holds.
    return tf.cast(value // tf.constant(256, tf.uint32), tf.float32) / 2**24
