"""From an image as it comes to the square of pixels a network takes.

Integers only, so that every runtime gives the same bytes; docs/sidecar.md has
the rule for people who write their own, tests/runtime/preprocessing.json has
examples. Needs numpy and pillow only.
"""

import dataclasses

import numpy as np

from kdgan_tf.runtime.errors import InputError, require
from kdgan_tf.runtime.fitting import (
    SMALLEST_SIDE,
    check_square,
    from_square,
    shrink,
    to_8_bits,
    to_square,
    usable_side,
    with_channels,
)
from kdgan_tf.runtime.images import read_image

LARGEST_SIDE = 256
FITS = ("square", "crop", "pad", "stretch")
_DEFAULT_LARGEST_SIDE = 32
_BOTTLENECK = 4
_FIT_WORDS = {
    "square": "Take a square image; a rectangle is an error.",
    "crop": "Cut the largest square from the middle: with side = "
    "min(width, height), from column (width - side) / 2 and row "
    "(height - side) / 2, rounded down.",
    "pad": "Centre it on a square of side max(width, height), with "
    "(side - width) / 2 columns on its left and (side - height) / 2 rows "
    "above, rounded down, and repeat the pixels at its edges outwards.",
    "stretch": "Bring width and height to the same number of pixels each, "
    "whatever the shape of the image.",
}


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """From an image as it comes to the square of pixels a network takes.

    Args:
        content_side: Side to which images are brought, in pixels.
        side: Side of the network's input; the content is centred on black.
        channels: 1 (grey) or 3 (RGB).
        resize: Whether larger images may be shrunk to `content_side`. Where
            training never shrank one, an image of another size is a mistake.
        fit: What becomes of a rectangle: "square" refuses it, "crop" cuts the
            largest square from its middle, "pad" repeats its edges, "stretch"
            shrinks width and height by factors of their own.
        bit_depth: How many bits of a 16-bit image's values are in use, 8 to
            16: its values 0 to 2**bit_depth - 1 become 0 to 255.
    """

    content_side: int
    side: int
    channels: int
    resize: bool = False
    fit: str = "square"
    bit_depth: int = 16

    def __post_init__(self):
        require(self.channels in (1, 3), "1 or 3 channels", self.channels)
        require(self.fit in FITS, f"fit among {FITS}", self.fit)
        require(
            8 <= self.bit_depth <= 16, "a bit depth of 8 to 16", self.bit_depth
        )
        require(
            1 <= self.content_side <= self.side,
            "a content side from 1 to the side of the input",
            (self.content_side, self.side),
        )

    @classmethod
    def for_sizes(
        cls, sizes, channels, image_size=None, fit="square", bit_depth=16
    ):
        """The preprocessing for images of these sizes.

        Args:
            sizes: The (height, width) that occur, in pixels.
            channels: 1 or 3.
            image_size: Side to shrink to, at most 256; by default the smallest
                side that occurs, but at most 32.
            fit: As in the class.
            bit_depth: As in the class.

        Raises:
            InputError: An image is smaller than it must be.
        """
        smallest = min(usable_side(size, fit) for size in sizes)
        content = image_size or min(smallest, _DEFAULT_LARGEST_SIDE)
        require(
            SMALLEST_SIDE <= content <= LARGEST_SIDE or not image_size,
            f"an image size of {SMALLEST_SIDE} to {LARGEST_SIDE} pixels",
            image_size,
        )
        needed = max(SMALLEST_SIDE, content)
        if smallest < needed:
            raise InputError(
                f"Expected images of at least {needed}x{needed} pixels, found "
                f"one of {smallest}x{smallest}. Use larger images"
                + (" or a smaller image size." if image_size else ".")
            )
        multiple = side_multiple(content)
        resize = any(size != (content, content) for size in sizes)
        if resize and content % multiple:
            # Content that is shrunk fills the input. Otherwise an array of the
            # input's side could be an image as it comes or a fitted one.
            smaller = content // multiple * multiple
            if image_size:
                raise InputError(
                    f"Expected an image size that is a multiple of {multiple}, "
                    f"since images get shrunk. Received: {image_size}. Use "
                    f"{smaller} or {smaller + multiple}."
                )
            content = smaller
        side = -(-content // multiple) * multiple
        return cls(content, side, channels, resize, fit, bit_depth)

    @property
    def image_shape(self):
        """Shape of the network's input, (side, side, channels)."""
        return (self.side, self.side, self.channels)

    def read(self, path):
        """Read an image file and fit it.

        Raises:
            InputError: The file cannot be read or fitted.
        """
        return self.decoded(read_image(path), str(path))

    def decoded(self, image, name="image"):
        """Fit an image as decoders give it.

        Args:
            image: Array (h, w, 1 or 3), uint8 or uint16.
            name: What to call the image in an error.

        Returns:
            Array (side, side, channels), uint8.

        Raises:
            InputError: As a call.
        """
        image = to_8_bits(image, self.bit_depth)
        return self(with_channels(image, self.channels), name)

    def __call__(self, image, name="image"):
        """Fit one image.

        Args:
            image: Array (h, w, channels), uint8.
            name: What to call the image in an error.

        Returns:
            Array (side, side, channels), uint8.

        Raises:
            InputError: The image is a rectangle that may not be, too small, or
                of a size that training never saw.
        """
        height, width, channels = image.shape
        if channels != self.channels:
            raise InputError(
                f"Expected {self.channels} channel(s) in {name}, found "
                f"{channels}. Convert the image."
            )
        if image.shape == self.image_shape and not self.resize:
            return image
        if self.fit == "square":
            check_square(image, name)
        smallest = usable_side((height, width), self.fit)
        if smallest < self.content_side or (
            not self.resize and smallest != self.content_side
        ):
            raise InputError(
                f"Expected {name} of "
                f"{'at least ' if self.resize else ''}{self.content_side}x"
                f"{self.content_side} pixels, found {width}x{height}. "
                "Crop or scale it."
            )
        image = shrink(to_square(image, self.fit), self.content_side)
        before = (self.side - self.content_side) // 2
        after = self.side - self.content_side - before
        return np.pad(image, ((before, after), (before, after), (0, 0)))

    def on_image(self, values, shape):
        """Where on an image is what was measured on the fitted one.

        Args:
            values: Array (side, side), such as an anomaly map.
            shape: (height, width) of the image as it came.

        Returns:
            Array (height, width), float32; 0 where it is left out.
        """
        start = (self.side - self.content_side) // 2
        content = slice(start, start + self.content_side)
        return from_square(values[content, content], self.fit, shape)

    def describe(self):
        """The rule in words, for people who write their own code."""
        size = f"{self.content_side}x{self.content_side} pixels"
        depth = (
            "Of 16-bit images, value v becomes v * 255 / "
            f"{2**self.bit_depth - 1}, rounded, at most 255."
        )
        colour = (
            "Colours become grey: (19595 R + 38470 G + 7471 B + 32768) / "
            "65536, rounded down."
            if self.channels == 1
            else "RGB; grey images have three equal channels."
        )
        shrinking = (
            f"Shrink it to {size} by area averaging over whole pixels, widths "
            "before heights, rounded in between (pillow's BOX)."
            if self.resize
            else f"It must have {size}."
        )
        pad = (
            f" Centre it on black, {self.side}x{self.side} pixels."
            if self.side != self.content_side
            else ""
        )
        return (
            f"{depth} {colour} {_FIT_WORDS[self.fit]} {shrinking}{pad} Values "
            "0 to 255, nothing else."
        )


def side_multiple(content_side):
    """What the side of a network's input must be a multiple of.

    A stride-2 convolution halves it: as often as brings content of this side
    to a bottleneck of 3x3 or 4x4, and three times at least.
    """
    multiple = 8
    while content_side > multiple * _BOTTLENECK:
        multiple *= 2
    return multiple
