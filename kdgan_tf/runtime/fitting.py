"""Depth, channels, shape and size of one image, in integers only.

`preprocessing` says which of it an image goes through.
"""

import numpy as np
from PIL import Image

from kdgan_tf.runtime.errors import InputError

SMALLEST_SIDE = 8


def to_8_bits(image, bit_depth=16):
    """Bring 16-bit values to 0..255; 8-bit images stay as they are.

    Args:
        image: Array, uint8 or uint16.
        bit_depth: Bits in use; larger values become 255.
    """
    if image.dtype == np.uint8:
        return image
    largest = 2**bit_depth - 1
    values = np.minimum(image, largest).astype(np.uint32)
    return ((values * 510 + largest) // (2 * largest)).astype(np.uint8)


def with_channels(image, channels):
    """An image (h, w, 1 or 3), uint8, with 1 or 3 channels.

    Grey is luma in 16-bit fixed point, what pillow's `convert("L")` gives.
    """
    if image.shape[-1] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=-1)
    luma = image.astype(np.uint32) @ np.array([19595, 38470, 7471], np.uint32)
    return ((luma + 0x8000) >> 16).astype(np.uint8)[..., np.newaxis]


def shrink(image, side):
    """Shrink an image (h, w, c), uint8, to (side, side, c).

    Area averaging over whole pixels: pillow's BOX, widths before heights.
    """
    height = image.shape[0]
    channels = [
        Image.fromarray(np.ascontiguousarray(image[..., channel]))
        # By itself pillow 13 begins with the heights of tall images, and
        # rounding in between gives other bytes than pillow 12.
        .resize((side, height), Image.Resampling.BOX)
        .resize((side, side), Image.Resampling.BOX)
        for channel in range(image.shape[-1])
    ]
    return np.stack(channels, axis=-1)


def usable_side(size, fit):
    """Side of the square that an image of this (height, width) fills."""
    return max(size) if fit == "pad" else min(size)


def check_square(image, name="image"):
    """Return an image (h, w, c) if it is square and not tiny.

    Raises:
        InputError: It is not.
    """
    height, width = image.shape[:2]
    if height != width:
        raise InputError(
            f"Expected square images, but {name} is {width}x{height} pixels. "
            "Crop or pad it to a square, or train with fit=crop, pad or "
            "stretch."
        )
    if height < SMALLEST_SIDE:
        raise InputError(
            f"Expected images of at least {SMALLEST_SIDE}x{SMALLEST_SIDE} "
            f"pixels, but {name} is {width}x{height}. Use larger images."
        )
    return image


def from_square(values, fit, shape):
    """What was measured on a square, where it is on the image (h, w).

    Args:
        values: Array (side, side), float32, of what `to_square` gave, shrunk.
        fit: As there.
        shape: (height, width) of the image.

    Returns:
        Array (height, width), float32; 0 where the square leaves something out.
    """
    height, width = shape
    sizes = {"crop": (min(shape),) * 2, "pad": (max(shape),) * 2}
    tall, wide = sizes.get(fit, shape)
    large = np.asarray(
        Image.fromarray(values.astype(np.float32)).resize(
            (wide, tall), Image.Resampling.BILINEAR
        )
    )
    top, left = abs(tall - height) // 2, abs(wide - width) // 2
    if fit == "pad":
        return large[top : top + height, left : left + width]
    placed = np.zeros(shape, np.float32)
    placed[top : top + tall, left : left + wide] = large
    return placed


def to_square(image, fit):
    """An image (h, w, c) cut or padded to a square, where that is wanted."""
    height, width = image.shape[:2]
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return image[top : top + side, left : left + side]
    if fit == "pad":
        side = max(height, width)
        above, before = (side - height) // 2, (side - width) // 2
        around = (
            (above, side - height - above),
            (before, side - width - before),
            (0, 0),
        )
        return np.pad(image, around, mode="edge")
    return image
