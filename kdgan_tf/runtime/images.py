"""Images as files and arrays, and how they are fitted to a network's input.

Needs numpy and pillow only: the runtime on a small machine uses it too.
"""

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from kdgan_tf.runtime.errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".webp")
SMALLEST_SIDE = 8
_SIDE_MULTIPLE = 8  # three stride-2 convolutions
_DEFAULT_LARGEST_SIDE = 32


def list_images(folder):
    """Image files below `folder`, sorted by path.

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
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not paths:
        raise InputError(
            f"Expected images ({', '.join(SUFFIXES)}) in {folder}, found "
            "none. Put images there or name another folder."
        )
    return paths


def read_image(path, channels=None):
    """Read one image file.

    Args:
        path: The file.
        channels: 1 for grey, 3 for RGB, `None` for what the file holds.

    Returns:
        Array (height, width, channels), uint8.

    Raises:
        InputError: The file is missing or is no readable image.
    """
    try:
        with Image.open(path) as image:
            if channels is None:
                channels = 1 if image.mode in ("1", "L", "LA") else 3
            upright = ImageOps.exif_transpose(image)  # phones turn by EXIF
            mode = "L" if channels == 1 else "RGB"
            pixels = np.asarray(upright.convert(mode))
    except FileNotFoundError as error:
        raise InputError(
            f"Expected an image at {path}, found nothing. Check the path."
        ) from error
    except (
        OSError,
        UnidentifiedImageError,
        SyntaxError,  # what pillow raises on broken PNG chunks
        ValueError,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(
            f"Expected a readable image in {path}, but: "
            f"{' '.join(str(error).split())}. Repair or remove the file."
        ) from error
    return pixels.reshape(*pixels.shape[:2], channels)


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """From an image as it comes to the square of pixels a network takes.

    Args:
        content_side: Side to which images are brought, in pixels.
        side: Side of the network's input; the content is centred on black.
        channels: 1 (grey) or 3 (RGB).
        resize: May larger images be shrunk to `content_side`? Where training
            never shrank one, an image of another size is a mistake.
    """

    content_side: int
    side: int
    channels: int
    resize: bool = False

    @classmethod
    def for_sides(cls, sides, channels, image_size=None):
        """The preprocessing for images of these sides.

        Args:
            sides: The sides that occur, in pixels.
            channels: 1 or 3.
            image_size: Side to shrink to; by default the smallest side that
                occurs, but at most 32.

        Raises:
            InputError: An image is smaller than it must be.
        """
        smallest = min(sides)
        content = image_size or min(smallest, _DEFAULT_LARGEST_SIDE)
        needed = max(SMALLEST_SIDE, content)
        if smallest < needed:
            raise InputError(
                f"Expected images of at least {needed}x{needed} pixels, found "
                f"one of {smallest}x{smallest}. Use larger images"
                + (" or a smaller image size." if image_size else ".")
            )
        side = -(-content // _SIDE_MULTIPLE) * _SIDE_MULTIPLE
        resize = any(side != content for side in sides)
        return cls(content, side, channels, resize)

    @property
    def image_shape(self):
        """Shape of the network's input, (side, side, channels)."""
        return (self.side, self.side, self.channels)

    def __call__(self, image, name="image"):
        """Fit one image.

        Args:
            image: Array (h, w, channels), uint8.
            name: What to call the image in an error.

        Returns:
            Array (side, side, channels), uint8.

        Raises:
            InputError: The image is not square, too small, or of a size that
                training never saw.
        """
        height, width, channels = check_square(image, name).shape
        if channels != self.channels:
            raise InputError(
                f"Expected {self.channels} channel(s) in {name}, found "
                f"{channels}. Convert the image."
            )
        if image.shape == self.image_shape and not self.resize:
            return image
        if height < self.content_side or (
            height != self.content_side and not self.resize
        ):
            raise InputError(
                f"Expected {name} of "
                f"{'at least ' if self.resize else ''}{self.content_side}x"
                f"{self.content_side} pixels, found {width}x{height}. "
                "Crop or scale it."
            )
        if height != self.content_side:
            size = (self.content_side, self.content_side)
            image = np.stack(
                [
                    Image.fromarray(image[..., channel]).resize(
                        size, Image.Resampling.BOX
                    )
                    for channel in range(channels)
                ],
                axis=-1,
            )
        before = (self.side - self.content_side) // 2
        after = self.side - self.content_side - before
        return np.pad(image, ((before, after), (before, after), (0, 0)))

    def describe(self):
        """The rule in words, for people who write their own code."""
        shrink = (
            f"Shrink the square image to {self.content_side}x"
            f"{self.content_side} pixels by area averaging. "
            if self.resize
            else f"Take a square image of {self.content_side}x"
            f"{self.content_side} pixels. "
        )
        pad = (
            f"Centre it on black, {self.side}x{self.side} pixels. "
            if self.side != self.content_side
            else ""
        )
        color = "Grey" if self.channels == 1 else "RGB"
        return f"{shrink}{pad}{color} values 0 to 255, nothing else."


def check_square(image, name="image"):
    """Return an image (h, w, c) if it is square and not tiny.

    Raises:
        InputError: It is not.
    """
    height, width = image.shape[:2]
    if height != width:
        raise InputError(
            f"Expected square images, but {name} is {width}x{height} pixels. "
            "Crop or pad it to a square."
        )
    if height < SMALLEST_SIDE:
        raise InputError(
            f"Expected images of at least {SMALLEST_SIDE}x{SMALLEST_SIDE} "
            f"pixels, but {name} is {width}x{height}. Use larger images."
        )
    return image
