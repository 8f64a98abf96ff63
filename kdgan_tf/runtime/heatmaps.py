"""Pictures of where an image is anomalous."""

import numpy as np
from PIL import Image

from kdgan_tf.runtime.files import atomic_path

_SMALLEST_PICTURE = 256
_STRONGEST = 0.75  # of the colour; the part below stays visible
_LOW, _HIGH = (255, 0, 0), (255, 220, 0)  # red to yellow


def overlay(image, values, level):
    """An image with colour where its anomaly map is higher than normal.

    Colour begins a little below `level`, is red there and full yellow at twice
    that. A small picture is enlarged until its longer side has 256 pixels.

    Args:
        image: (h, w, 1 or 3), uint8.
        values: Its anomaly map, (h, w), >= 0.
        level: What few pixels of normal images reach, `normal_level` of the
            sidecar.

    Returns:
        Array (s, t, 3), uint8.
    """
    height, width = image.shape[:2]
    factor = max(1, -(-_SMALLEST_PICTURE // max(height, width)))
    large = (height * factor, width * factor)
    pixels = np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)
    pixels = np.broadcast_to(pixels, (*large, 3)).astype(np.float32)
    smooth = np.asarray(
        Image.fromarray((values / level).astype(np.float32)).resize(
            large[::-1], Image.Resampling.BILINEAR
        )
    )
    strength = np.clip((smooth - 0.75) / 0.5, 0, 1)[..., np.newaxis]
    heat = np.clip((smooth - 0.75) / 1.25, 0, 1)[..., np.newaxis]
    colour = (1 - heat) * np.array(_LOW) + heat * np.array(_HIGH)
    opacity = _STRONGEST * strength
    mixed = (1 - opacity) * pixels + opacity * colour
    return np.round(mixed).astype(np.uint8)


def write_png(path, picture):
    """Write a picture (h, w, 3), uint8, in one step."""
    with atomic_path(path) as temporary:
        Image.fromarray(picture).save(temporary)
