"""Synthetic defects in normal images; not part of the paper's recipe."""

import math

import tensorflow as tf

from kdgan_tf.data.draws import uniform

_DRAWS = 8


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


LOCAL = {
    "scratch": _defect(1, _stained, (0.1, 0.35), (0.03, 0.15)),
    "spot": _defect(2, _stained, (0.03, 0.12)),
    "missing piece": _defect(3, _missing, (0.06, 0.25)),
    "pasted piece": _defect(4, _pasted, (0.08, 0.25)),
    "blurred piece": _defect(5, _blurred, (0.12, 0.35)),
    "displaced piece": _defect(6, _displaced, (0.12, 0.35)),
}
KINDS = {
    **LOCAL,
    "ghost": _defect(7, _ghost),
    "half turned over": _defect(8, _halves),
    "displaced": _defect(9, _moved),
}


def synthetic_defects(images):
    """Every kind of defect in every image, kind after kind, as in `KINDS`.

    Args:
        images: Normal images (n, side, side, c), uint8.

    Returns:
        uint8 array (k n, side, side, c).
    """
    images = tf.convert_to_tensor(images)
    made = [make(images) for make in KINDS.values()]
    return tf.concat(made, axis=0).numpy()
