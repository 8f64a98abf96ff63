"""What may happen to a normal image and leave it normal.

Not part of the paper's recipe.
"""

import math

import tensorflow as tf

from kdgan_tf.data.draws import uniform

# A symmetry as (quarter turns, mirrored first); the others follow from these.
SYMMETRIES = {
    "mirror": (0, True),
    "flip": (2, True),
    "half_turn": (2, False),
    "quarter_turn": (1, False),
}
KINDS = ("shift", "pose", "exposure", "noise", *SYMMETRIES)
IDENTITY = (0, False)
# A part may lie this share of the side away from where it should, this much
# turned (in radians), and by this share nearer or farther.
_SHIFT = 0.03
_TURN = math.radians(3)
_ZOOM = 0.05
# Contrast may differ by this factor, brightness by these levels, and each pixel
# by those.
_CONTRAST = 0.2
_BRIGHTNESS = 20.0
_NOISE = 8.0
# What is interpolated is less sharp: so many images stay as they came.
_UNMOVED = 0.3
# Of the numbers that are drawn for an image: the shift's, the symmetry's, the
# pose's, the exposure's; the noise's are all that follow.
_SYMMETRY_DRAW = 2
_POSE_DRAWS = range(3, 8)
_EXPOSURE_DRAWS = range(8, 10)
# Versions of an image where each is moved.
_FEWEST = 3


def augmented(images, kinds, step):
    """Each image as it might as well have been taken.

    How is decided by the image's own pixels and the training step.

    Args:
        images: Pixels (n, side, side, c), any dtype.
        kinds: Names of `KINDS`.
        step: Integer scalar, the training step.

    Returns:
        Same shape and dtype. The images themselves where there are no kinds.
    """
    elements = group(kinds)
    if len(elements) > 1:
        draws = uniform(images, step, _SYMMETRY_DRAW + 1)[:, _SYMMETRY_DRAW]
        chosen = tf.cast(draws * len(elements), tf.int32)
        turns, mirrored = zip(*elements, strict=True)
        images = _moved(
            images, tf.gather(turns, chosen), tf.gather(mirrored, chosen)
        )
    return _changed(images, kinds, step)


def variants(images, kinds):
    """What normal images may look like: all that `augmented` can do to them.

    Args:
        images: Pixels (n, side, side, c).
        kinds: Names of `KINDS`.

    Returns:
        Array (v n, side, side, c): the images themselves, and each symmetry
        of them, changed otherwise where that is among the kinds.
    """
    elements = group(kinds)
    if {*kinds} - {*SYMMETRIES}:
        elements += [IDENTITY] * max(1, _FEWEST - len(elements))
    made = [
        _changed(symmetric(images, *element), kinds, step)
        for step, element in enumerate(elements[1:], 1)
    ]
    return tf.concat([images, *made], axis=0).numpy()


def group(kinds):
    """All symmetries that follow from some, the identity first.

    Args:
        kinds: Names of `KINDS`.

    Returns:
        List of (quarter turns, mirrored first), at most eight.
    """
    generators = [SYMMETRIES[kind] for kind in kinds if kind in SYMMETRIES]
    found = {IDENTITY}
    while True:
        products = {
            ((turns + (-more if mirrored else more)) % 4, mirrored != again)
            for turns, mirrored in found
            for more, again in generators
        }
        if products <= found:
            return sorted(found)
        found |= products


def symmetric(images, turns, mirrored):
    """The images (n, side, side, c), mirrored and turned."""
    count = tf.shape(images)[0]
    return _moved(images, tf.fill((count,), turns), tf.fill((count,), mirrored))


def _moved(images, turns, mirrored):
    """Each image by its own symmetry, (n,) of both parts."""

    def where(condition, changed):
        return tf.where(condition[:, None, None, None], changed, images)

    images = where(mirrored, tf.reverse(images, (2,)))
    images = where(turns % 2 == 1, tf.image.rot90(images))
    return where(turns >= 2, tf.reverse(images, (1, 2)))


def _changed(images, kinds, step):
    """All but the symmetries, each where it is among the kinds."""
    for kind, change in (
        ("pose", posed),
        ("shift", shifted),
        ("exposure", exposed),
        ("noise", noisy),
    ):
        if kind in kinds:
            images = change(images, step)
    return images


def exposed(images, step):
    """Images in another light: contrast by up to a fifth more or less, about
    mid-grey, and brightness by up to 20 levels.

    Args:
        images: Pixels (n, side, side, c), any dtype.
        step: Integer scalar, the training step.
    """
    draws = uniform(images, step, _EXPOSURE_DRAWS.stop)
    contrast, brightness = tf.unstack(
        2 * draws[:, _EXPOSURE_DRAWS.start :, None, None, None] - 1, axis=1
    )
    centred = tf.cast(images, tf.float32) - 127.5
    return _as_pixels(
        centred * (1 + _CONTRAST * contrast) + 127.5 + _BRIGHTNESS * brightness,
        images,
    )


def noisy(images, step):
    """Images of a noisier camera: each value by up to 8 levels off.

    Args:
        images: Pixels (n, side, side, c), any dtype.
        step: Integer scalar, the training step.
    """
    shape = images.shape[1:]
    first = _EXPOSURE_DRAWS.stop
    draws = uniform(images, step, first + math.prod(shape))[:, first:]
    noise = tf.reshape(_NOISE * (2 * draws - 1), (-1, *shape))
    return _as_pixels(tf.cast(images, tf.float32) + noise, images)


def _as_pixels(values, images):
    """Values in [0, 255], of the images' dtype."""
    return _of_dtype(tf.clip_by_value(values, 0, 255), images.dtype)


def _of_dtype(values, dtype):
    """Values of a dtype, rounded where it is an integer's."""
    dtype = tf.as_dtype(dtype)
    return tf.cast(tf.round(values) if dtype.is_integer else values, dtype)


def posed(images, step):
    """Images of parts that lay a little otherwise before the camera.

    Shifted by up to 3 % of the side, turned by up to 3 degrees, nearer or
    farther by up to 5 %; three in ten are not. What comes in at an edge
    repeats it.

    Args:
        images: Pixels (n, side, side, c), any dtype.
        step: Integer scalar, the training step.
    """
    images = tf.convert_to_tensor(images)
    side = images.shape[1]
    draws = uniform(images, step, _POSE_DRAWS.stop)[:, _POSE_DRAWS.start :]
    down, right, turn, zoom = tf.unstack(2 * draws[:, :4] - 1, axis=1)
    cosine, sine = (
        (1 + _ZOOM * zoom) * part(_TURN * turn) for part in (tf.cos, tf.sin)
    )
    # Where a pixel of the result comes from, about the middle of the image.
    middle = (side - 1) / 2
    rows = [
        [cosine, -sine, middle * (1 - cosine + sine) + _SHIFT * side * right],
        [sine, cosine, middle * (1 - sine - cosine) + _SHIFT * side * down],
        [tf.zeros_like(sine), tf.zeros_like(sine)],
    ]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack([value for row in rows for value in row], axis=1),
        output_shape=images.shape[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    unmoved = draws[:, 4, None, None, None] < _UNMOVED
    return tf.where(unmoved, images, _of_dtype(moved, images.dtype))


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
