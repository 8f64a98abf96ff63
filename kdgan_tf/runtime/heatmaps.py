"""Pictures of where an image is anomalous."""

import numpy as np
from PIL import Image

from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.runtime.fitting import to_8_bits

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


def overlay_on(photograph, image, scorer):
    """`overlay` on a photograph as it came, not on what the network sees.

    Args:
        photograph: As decoders give it, (h, w, 1 or 3), uint8 or uint16.
        image: The same, fitted to the model, (side, side, c), uint8.
        scorer: A `Scorer` with a file for maps.

    Returns:
        Array (s, t, 3), uint8.
    """
    sidecar = scorer.sidecar
    rule = sidecar.input.preprocessing
    (values,) = scorer.anomaly_map(image[None], fitted=True)
    photograph = to_8_bits(photograph, rule.bit_depth)
    values = rule.on_image(values, photograph.shape[:2])
    return overlay(photograph, values, sidecar.anomaly_map.normal_level)


def write_png(path, picture):
    """Write a picture (h, w, 3), uint8, in one step."""
    with atomic_path(path) as temporary:
        Image.fromarray(picture).save(temporary)
