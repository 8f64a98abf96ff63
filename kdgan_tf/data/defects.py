"""Synthetic defects in normal images, and small shifts that are none.

Both depend on nothing but an image's own pixels and a whole number: a resumed
run and a run on several replicas make the same ones. Not part of the paper's
recipe.
"""

import math

import tensorflow as tf

# Odd constants of a multiplicative hash (Knuth, and MurmurHash3's finaliser).
_HASH = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)
_DRAWS = 8
# A part may lie this share of the side away from where it should.
_SHIFT = 0.03


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


def shifted(images, step):
    """Images moved by up to 3 % of the side, at least by a pixel.

    What comes in at an edge repeats it. How far is decided by the image's own
    pixels and the training step.

    Args:
        images: Pixels (n, side, side, c), any dtype.
        step: Integer scalar, the training step.
    """
    side = images.shape[1]
    most = max(1, round(_SHIFT * side))
    draws = uniform(images, step, 2) * (2 * most + 1)
    moves = tf.cast(draws, tf.int32) - most
    for axis in (1, 2):
        places = tf.range(side)[None] + moves[:, axis - 1, None]
        places = tf.clip_by_value(places, 0, side - 1)
        swap = [0, axis, 3 - axis, 3]
        images = tf.transpose(images, swap)
        images = tf.gather(images, places, axis=1, batch_dims=1)
        images = tf.transpose(images, swap)
    return images


def _defect(number, change, lengths=None, slenderness=(0.5, 1.0)):
    """A function from images to images with a defect in each.

    Args:
        number: Decides, with the image, where it is.
        change: From pixels, float (n, side, side, c), and draws (n, 8, 1, 1,
            1) in [0, 1), of which it may use the last three, to what the
            pixels become.
        lengths: Smallest and largest radius as a share of the side; `None`
            for a defect that is everywhere.
        slenderness: Smallest and largest ratio of the other radius to it.
    """

    def make(images):
        images = tf.convert_to_tensor(images)
        pixels = tf.cast(images, tf.float32)
        draws = uniform(images, number, _DRAWS)[..., None, None, None]
        made = change(pixels, draws)
        if lengths:
            mask = _ellipse(pixels.shape[1], draws, lengths, slenderness)
            made = pixels + mask * (made - pixels)
        made = tf.clip_by_value(made, 0.0, 255.0)
        if images.dtype.is_integer:
            made = tf.round(made)
        return tf.cast(made, images.dtype)

    return make


def _ellipse(side, draws, lengths, slenderness):
    """Soft masks (n, side, side, 1), 1 within an ellipse."""
    low, high = lengths
    length = low * (high / low) ** draws[:, 0]
    thinnest, roundest = slenderness
    width = length * (thinnest + (roundest - thinnest) * draws[:, 1])
    # Never lost between pixels.
    width = tf.maximum(width, 0.5 / side)
    place = (tf.range(side, dtype=tf.float32) + 0.5) / side
    across = place[None, None, :, None] - (0.1 + 0.8 * draws[:, 2])
    down = place[None, :, None, None] - (0.1 + 0.8 * draws[:, 3])
    turn = math.pi * draws[:, 4]
    along = (across * tf.cos(turn) + down * tf.sin(turn)) / length
    aside = (down * tf.cos(turn) - across * tf.sin(turn)) / width
    return tf.sigmoid(4 * (1 - along**2 - aside**2))


def _stained(pixels, draws):
    """Darker or brighter by half to twice the image's own contrast."""
    contrast = tf.math.reduce_std(pixels, axis=(1, 2, 3), keepdims=True)
    sign = tf.where(draws[:, 5] < 0.5, -1.0, 1.0)
    return pixels + sign * (0.5 + 1.5 * draws[:, 6]) * (contrast + 4)


def _missing(pixels, draws):
    """One grey."""
    return tf.zeros_like(pixels) + 255 * draws[:, 5]


def _pasted(pixels, draws):
    """What stands elsewhere in the same image."""
    side = pixels.shape[1]
    return tf.roll(pixels, (side // 3, side // 4), axis=(1, 2))


def _blurred(pixels, draws):
    """Averages over 5 x 5 pixels of 32 x 32."""
    size = 2 * max(1, round(pixels.shape[1] / 16)) + 1
    return tf.nn.avg_pool2d(pixels, size, 1, "SAME")


def _displaced(pixels, draws):
    """Pushed aside by a twelfth of the side."""
    move = max(1, round(pixels.shape[1] / 12))
    return tf.roll(pixels, (move, -move), axis=(1, 2))


def _ghost(pixels, draws):
    """Itself and itself turned by half, half each."""
    return (pixels + tf.reverse(pixels, (1, 2))) / 2


def _halves(pixels, draws):
    """The right half upside down."""
    middle = pixels.shape[2] // 2
    left, right = pixels[:, :, :middle], pixels[:, :, middle:]
    return tf.concat([left, tf.reverse(right, [1])], axis=2)


def _moved(pixels, draws):
    """The whole image by an eighth of the side."""
    side = pixels.shape[1]
    places = tf.maximum(tf.range(side) - max(2, side // 8), 0)
    return tf.gather(tf.gather(pixels, places, axis=1), places, axis=2)


LOCAL = (
    _defect(1, _stained, (0.1, 0.35), (0.03, 0.15)),  # a scratch
    _defect(2, _stained, (0.03, 0.12)),  # a spot
    _defect(3, _missing, (0.06, 0.25)),
    _defect(4, _pasted, (0.08, 0.25)),
    _defect(5, _blurred, (0.12, 0.35)),
    _defect(6, _displaced, (0.12, 0.35)),
)
STRUCTURAL = (
    _defect(7, _ghost),
    _defect(8, _halves),
    _defect(9, _moved),
)


def synthetic_defects(images):
    """Every kind of defect in every image, one after another.

    Args:
        images: Normal images (n, side, side, c), uint8.

    Returns:
        uint8 array (k n, side, side, c).
    """
    images = tf.convert_to_tensor(images)
    return tf.concat(
        [make(images) for make in (*LOCAL, *STRUCTURAL)], axis=0
    ).numpy()
