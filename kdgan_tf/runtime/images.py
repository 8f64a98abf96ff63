"""Images as files: which there are, what their headers say, their pixels.

Needs numpy and pillow only: the runtime on a small machine uses it too.
"""

import contextlib
import os
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kdgan_tf.runtime.errors import InputError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".webp"),
    *(".tif", ".tiff"),
)
LARGEST_IMAGE = 64_000_000
_GREY_MODES = ("1", "L", "LA", "I", "F")
_DEEP_MODES = ("I", "F")
_TURNED = range(5, 9)  # EXIF orientations that swap width and height
_ORIENTATION, _WIDTH, _HEIGHT = 0x0112, 0x0100, 0x0101
# Of 16-bit colours only the upper 8 bits are read; these are too few of them.
_DARKEST = 64


class Header(NamedTuple):
    """What an image file says before it is decoded."""

    size: tuple[int, int]
    """(height, width), upright."""
    deep: bool
    """Whether its pixels have more than 8 bits."""


class ImageError(InputError):
    """A file that is no image to use.

    Args:
        path: The file.
        reason: Why not, in words.
    """

    def __init__(self, path, reason):
        super().__init__(
            f"Expected a readable image in {path}, but: {reason}. Repair or "
            "remove the file."
        )
        self.reason = reason


def is_image_name(path):
    """Whether a path is called as images are, and not as hidden files are."""
    return path.suffix.lower() in SUFFIXES and path.name[0] != "."


def list_images(folder):
    """Image files below `folder`, sorted by path; links are followed.

    What begins with a dot is left out: other programs' own files.

    Raises:
        InputError: The folder is missing or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            f"Expected a folder of images at {folder}, found "
            f"{'a file' if folder.exists() else 'nothing'}. Check the path."
        )
    paths = sorted(
        path
        for path in _files(folder)
        if is_image_name(path) and path.is_file()
    )
    if not paths:
        raise InputError(
            f"Expected images ({', '.join(SUFFIXES)}) in {folder}, found "
            "none. Put images there or name another folder."
        )
    return paths


def _files(folder):
    """Files in a folder's visible ones, each once even through links."""
    seen = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        yield from (Path(place, name) for name in names)


def read_header(path):
    """The `Header` of an image file; its pixels are not decoded.

    Raises:
        InputError: The file is missing, no image, or too large to decode.
    """
    with _opened(path) as image:
        width, height = image.size
        turned = image.getexif().get(_ORIENTATION) in _TURNED
        if image.format == "TIFF":
            # Pillow says the upright size of some versions and kinds.
            turned &= image.size == (
                image.tag_v2[_WIDTH],
                image.tag_v2[_HEIGHT],
            )
        return Header(
            (width, height) if turned else (height, width),
            image.mode[:1] in _DEEP_MODES,
        )


def read_image(path):
    """Read one image file, upright, as it is.

    Args:
        path: The file.

    Returns:
        Array (height, width, 1 or 3): uint8, or uint16 for grey images of 16
        bits.

    Raises:
        InputError: The file is missing, too large, no readable image, has
            transparent parts, pixels that are no whole numbers of 16 bits or
            colours of which 8 bits would be lost.
    """
    with _opened(path) as image:
        deep_colors = any(";16" in str(tile[3]) for tile in image.tile)
        size = image.size
        image.load()
        if image.size != size:
            raise ValueError(
                "it is a TIFF that its own data turn, which is misread here; "
                "save it upright"
            )
        upright = ImageOps.exif_transpose(image)  # phones turn by EXIF
        if upright.mode[:1] in _DEEP_MODES:
            return _deep(upright)
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            if upright.getchannel("A").getextrema()[0] < 255:
                raise ValueError(
                    "it has transparent parts, whose colour would be a guess"
                )
        mode = "L" if image.mode in _GREY_MODES else "RGB"
        pixels = np.asarray(upright.convert(mode))
        if deep_colors and pixels.max() < _DARKEST:
            raise ValueError(
                "its 16-bit colours use 14 bits at most, of which 8 bits would "
                "keep few; save it with 8 bits a channel"
            )
        return pixels.reshape(*pixels.shape[:2], -1)


@contextlib.contextmanager
def _opened(path):
    """An image whose header is read and whose size can be decoded."""
    try:
        with warnings.catch_warnings():
            # Of large images, which are refused below, and of odd EXIF data.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                width, height = image.size
                if width * height > LARGEST_IMAGE:
                    raise ValueError(
                        f"its {width}x{height} pixels are more than "
                        f"{LARGEST_IMAGE // 10**6} million"
                    )
                yield image
    except FileNotFoundError as error:
        raise InputError(
            f"Expected an image at {path}, found nothing. Check the path."
        ) from error
    except Exception as error:  # pillow raises all kinds on damaged files
        raise ImageError(path, _reason(error)) from error


def _reason(error):
    """Why an image cannot be read, in one line without its path."""
    if isinstance(error, UnidentifiedImageError):
        return "it is no image of a known kind"
    words = " ".join(str(error).split())
    if isinstance(error, (OSError, ValueError, Image.DecompressionBombError)):
        return words
    return f"it is damaged ({words or type(error).__name__})"


def _deep(image):
    """Pixels (height, width, 1), uint16, of an image of more than 8 bits."""
    pixels = np.asarray(image)
    if image.mode == "F" or pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError(
            "its pixels are no whole numbers from 0 to 65535, save it with 8 "
            "or 16 bits"
        )
    return pixels.astype(np.uint16)[..., np.newaxis]
