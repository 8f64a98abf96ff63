"""Writes preprocessing.json: images and what every runtime must make of them.

    python -m tests.runtime.make_preprocessing_vectors

`values` are rows of pixels, the channels of a pixel side by side, as base64:
unsigned bytes, or 16-bit little endian where `bits` is 16. `expected` is the
model's input before quantisation, unsigned bytes, or null where the image must
be refused.
"""

import base64
import dataclasses
import json
from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing

PATH = Path(__file__).with_name("preprocessing.json")


def _images():
    """(name, preprocessing, (height, width, channels, bits)) of each case."""
    square, crop, pad, stretch = (
        Preprocessing(8, 8, 1, True, fit)
        for fit in ("square", "crop", "pad", "stretch")
    )
    exact = Preprocessing(10, 16, 1)
    color = Preprocessing(8, 8, 3, True, "stretch")
    twelve = dataclasses.replace(stretch, bit_depth=12)
    yield "as it is", Preprocessing(8, 8, 1), (8, 8, 1, 8)
    yield "centred on black", exact, (10, 10, 1, 8)
    yield "fitted already", exact, (16, 16, 1, 8)
    yield "of another size", exact, (12, 12, 1, 8)
    yield "a rectangle refused", square, (9, 8, 1, 8)
    yield "too small to shrink", square, (7, 7, 1, 8)
    for side in (9, 11, 12, 20, 22, 37, 44, 67):
        yield f"shrunk from {side}", square, (side, side, 1, 8)
    yield "shrunk to 32", Preprocessing(32, 32, 1, True), (75, 75, 1, 8)
    for name, rule in (("crop", crop), ("pad", pad), ("stretch", stretch)):
        yield f"{name}, wide", rule, (13, 20, 1, 8)
        yield f"{name}, high", rule, (21, 12, 1, 8)
        yield f"{name}, thin", rule, (3, 17, 1, 8)
    yield "colours", color, (19, 11, 3, 8)
    yield "colours to grey", crop, (19, 11, 3, 8)
    yield "grey to colours", color, (19, 11, 1, 8)
    yield "16 bits", stretch, (14, 9, 1, 16)
    yield "12 of 16 bits", twelve, (14, 9, 1, 16)
    yield "16 bits as they are", Preprocessing(16, 16, 1), (16, 16, 1, 16)
    yield "8 bits where others have 12", twelve, (9, 9, 1, 8)


def _image(generator, height, width, channels, bits):
    image = generator.integers(0, 2**bits, (height, width, channels))
    if bits == 16:  # near the limit of 12 bits, and where halves are rounded
        image[::2] %= 4200
        image[0, :8, 0] = (0, 128, 129, 385, 386, 4095, 4096, 65535)
    return image.astype(np.uint16 if bits == 16 else np.uint8)


def _base64(array):
    return base64.b64encode(np.ascontiguousarray(array)).decode("ascii")


def main():
    generator = np.random.default_rng(0)
    cases = []
    for name, rule, (height, width, channels, bits) in _images():
        image = _image(generator, height, width, channels, bits)
        try:
            expected = _base64(rule.decoded(image))
        except InputError:
            expected = None
        cases.append(
            {
                "name": name,
                "preprocessing": dataclasses.asdict(rule),
                "image": {
                    "width": width,
                    "height": height,
                    "channels": channels,
                    "bits": bits,
                    "values": _base64(image.astype(f"<u{bits // 8}")),
                },
                "expected": expected,
            }
        )
    PATH.write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
