"""What may be scored: pixels from 0 to 255."""

import numpy as np

from kdgan_tf.runtime.errors import InputError


def as_images(images):
    """An array (n, h, w, c) of images that may be grey, (n, h, w).

    Raises:
        InputError: They are of several sizes, and so no array.
    """
    try:
        images = np.asarray(images)
    except ValueError:
        raise InputError(
            "Expected an array of images of one size. Received a list of "
            "several sizes. Let the files be read (score_files, or fit with a "
            "folder), which brings them to one."
        ) from None
    # (h, w, 1 or 3) is one image, without the axis of images.
    grey = images.ndim == 3 and images.shape[-1] not in (1, 3)
    return images[..., np.newaxis] if grey else images


def whole_pixels(images):
    """`require_pixels`, rounded to uint8, as files and devices have them."""
    images = require_pixels(images)
    if images.dtype == np.uint8:
        return images
    return np.round(images).astype(np.uint8)


def require_pixels(images):
    """Return images as an array if they are pixels from 0 to 255.

    Args:
        images: (n, h, w, c), uint8, or other numbers in [0, 255].

    Raises:
        InputError: Another number of axes, another type, values out of range
            or not finite, or fractions of 1 instead of pixels.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        raise InputError(
            f"Expected images of shape (n, side, side, channels). "
            f"Received shape {images.shape}."
        )
    if images.dtype == np.uint8 or not images.size:
        return images
    if images.dtype == bool or images.dtype.kind not in "iuf":
        raise InputError(
            "Expected pixels from 0 to 255 as numbers. Received values of "
            f"type {images.dtype}."
        )
    if images.dtype in (np.uint16, np.int16):
        raise InputError(
            f"Expected pixels of 8 bits. Received {images.dtype}. Bring them "
            "to 0..255, or let the files be read: score_files."
        )
    low, high = images.min(), images.max()  # NaN where there is one
    if not 0 <= low <= high <= 255:
        raise InputError(
            f"Expected pixels from 0 to 255. Received values from {low:g} to "
            f"{high:g}. Scale them back."
        )
    if images.dtype.kind == "f" and 0 < high <= 1:
        raise InputError(
            f"Expected pixels from 0 to 255. Received values from {low:g} to "
            f"{high:g}, fractions of 1. Multiply them by 255."
        )
    return images
