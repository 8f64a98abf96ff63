"""False alarms when light, place or camera change and the parts do not.

Each change is made to the fitted normal images; which way (left or right,
larger or smaller) differs from image to image.
"""

import io

import numpy as np
from PIL import Image
from scipy import ndimage

_MOST_IMAGES = 200
_JPEG_QUALITY = 85
_BLUR = 0.015  # standard deviation, as a share of the side


WORDS = {
    "unchanged": "unchanged",
    "brighter_10": "10 % brighter",
    "brighter_20": "20 % brighter",
    "darker_10": "10 % darker",
    "darker_20": "20 % darker",
    "shifted_1": "shifted by 1 %",
    "shifted_3": "shifted by 3 %",
    "zoomed_5": "zoomed by 5 %",
    "turned_5": "turned by 5 degrees",
    "blurred": "blurred",
    "jpeg": f"compressed as JPEG of quality {_JPEG_QUALITY}",
}


def drift(score, normal, threshold):
    """Share of normal images that are rejected after each change.

    Args:
        score: Function from images (n, side, side, c), uint8, to scores (n,).
        normal: Normal images kept out of the training, of the same kind; the
            first 200 are used.
        threshold: Scores above it mean "anomalous".

    Returns:
        Dict: "images", how many were changed, and "rates", rejected shares by
        the name of the change; "unchanged" is what to compare with.
    """
    normal = np.asarray(normal[:_MOST_IMAGES])
    rates = {
        name: float(np.mean(np.asarray(score(change(normal))) > threshold))
        for name, change in _CHANGES.items()
    }
    return {"images": len(normal), "rates": rates}


def changed(name, images):
    """Images (n, side, side, c), uint8, after the change of that name."""
    return _CHANGES[name](np.asarray(images))


def _exposed(factor):
    return lambda images: _pixels(images * float(factor))


def _moved(share=0.0, zoom=1.0, degrees=0.0):
    """Shifts by a share of the side, zooms and turns round the middle."""

    def move(images):
        return np.stack(
            [
                _affine(
                    image,
                    # Another direction for each image, spread evenly.
                    share * image.shape[0] * _direction(index),
                    zoom if index % 2 else 1 / zoom,
                    degrees if index % 4 < 2 else -degrees,
                )
                for index, image in enumerate(images)
            ]
        )

    return move


def _direction(index):
    angle = index * np.pi * (3 - np.sqrt(5))
    return np.array([np.sin(angle), np.cos(angle)])


def _affine(image, shift, zoom, degrees):
    angle = np.deg2rad(degrees)
    sine, cosine = np.sin(angle), np.cos(angle)
    matrix = np.array([[cosine, -sine], [sine, cosine]]) / zoom
    middle = (np.array(image.shape[:2]) - 1) / 2
    offset = middle - matrix @ (middle + shift)
    channels = [
        # Cubic: linear interpolation would blur as well.
        ndimage.affine_transform(
            channel.astype(np.float32), matrix, offset, order=3, mode="nearest"
        )
        for channel in np.moveaxis(image, -1, 0)
    ]
    return _pixels(np.stack(channels, axis=-1))


def _blurred(images):
    sigma = _BLUR * images.shape[1]
    blurred = ndimage.gaussian_filter(
        images.astype(np.float32), (0, sigma, sigma, 0), mode="nearest"
    )
    return _pixels(blurred)


def _compressed(images):
    return np.stack([_jpeg(image) for image in images])


def _jpeg(image):
    file = io.BytesIO()
    shown = image[..., 0] if image.shape[-1] == 1 else image
    # Cameras halve the resolution of colours, but of more pixels than these.
    Image.fromarray(shown).save(
        file, "JPEG", quality=_JPEG_QUALITY, subsampling=0
    )
    with Image.open(file) as read:
        return np.asarray(read).reshape(image.shape)


def _pixels(values):
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


_CHANGES = {
    "unchanged": lambda images: images,
    "brighter_10": _exposed(1.1),
    "brighter_20": _exposed(1.2),
    "darker_10": _exposed(0.9),
    "darker_20": _exposed(0.8),
    "shifted_1": _moved(share=0.01),
    "shifted_3": _moved(share=0.03),
    "zoomed_5": _moved(zoom=1.05),
    "turned_5": _moved(degrees=5.0),
    "blurred": _blurred,
    "jpeg": _compressed,
}
