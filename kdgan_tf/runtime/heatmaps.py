"""Pictures of where an image is anomalous."""

import numpy as np
from PIL import Image

from kdgan_tf.runtime.files import atomic_path

_SMALLEST_PICTURE = 256
_STRONGEST = 0.75  # of the colour; the part below stays visible
_LOW, _HIGH = (255, 200, 0), (255, 0, 0)  # yellow to red


def overlay(image, values, level):
    """An image with colour where its anomaly map is higher than normal.

    Colour begins a little below `level`, is yellow there and full red at twice
    that. The picture is enlarged to 256 pixels at least.

    Args:
        image: (side, side, 1 or 3), uint8.
        values: Its anomaly map, (side, side), >= 0.
        level: What few pixels of normal images reach, `normal_level` of the
            sidecar.

    Returns:
        Array (s, s, 3), uint8.
    """
    side = image.shape[0]
    factor = max(1, -(-_SMALLEST_PICTURE // side))
    large = (side * factor, side * factor)
    pixels = np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)
    pixels = np.broadcast_to(pixels, (*large, 3)).astype(np.float32)
    smooth = np.asarray(
        Image.fromarray((values / level).astype(np.float32)).resize(
            large, Image.Resampling.BILINEAR
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
