"""The camera's image as C++ fits it: the bytes that Python gives."""

import base64
import dataclasses
import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import FITS, Preprocessing
from tests.conftest import ROOT

MICRO = ROOT / "tflite/micro"
HARNESS = Path(__file__).with_name("camera_harness.cc")
VECTORS = ROOT / "tests/runtime/preprocessing.json"
OK, NOT_SQUARE, TOO_SMALL, WRONG_SIZE, MODEL_TOO_LARGE = 0, 10, 11, 12, 14


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    program = tmp_path_factory.mktemp("camera") / "camera"
    subprocess.run(
        [
            *("g++", "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"),
            *("-fsanitize=undefined,address", f"-I{MICRO}"),
            *(HARNESS, MICRO / "camera.cc", "-o", program),
        ],
        check=True,
    )
    return program


def message(rule, image, gap=0):
    """One image for the harness, rows `gap` bytes apart."""
    height, width, channels = image.shape
    pixel_format = {(1, 1): 0, (1, 2): 1, (3, 1): 2}[channels, image.itemsize]
    rows = image.reshape(height, -1)
    row_bytes = rows.shape[1] * rows.itemsize + gap
    data = b"".join(row.tobytes() + bytes(gap) for row in rows)
    numbers = [
        *(rule.content_side, rule.side, rule.channels, rule.resize),
        *(FITS.index(rule.fit), rule.bit_depth, width, height, pixel_format),
        *(row_bytes if gap else 0, len(data)),
    ]
    return struct.pack("<11i", *numbers) + data


def fitted(harness, cases):
    """(status, pixels or `None`) of each (rule, image, gap)."""
    finished = subprocess.run(
        [harness],
        input=b"".join(message(*case) for case in cases),
        capture_output=True,
        check=True,
    )
    data, place, found = finished.stdout, 0, []
    for rule, *_ in cases:
        status, place = data[place], place + 1
        pixels = None
        if status == OK:
            size = int(np.prod(rule.image_shape))
            pixels = np.frombuffer(data[place : place + size], np.uint8)
            pixels, place = pixels.reshape(rule.image_shape), place + size
        found.append((status, pixels))
    assert place == len(data)
    return found


def expected(rule, image):
    try:
        return rule.decoded(image)
    except InputError:
        return None


def test_the_vectors_that_all_runtimes_share(harness):
    cases, wanted = [], []
    for vector in json.loads(VECTORS.read_text()):
        given = vector["image"]
        values = base64.b64decode(given["values"])
        image = np.frombuffer(values, f"<u{given['bits'] // 8}").reshape(
            given["height"], given["width"], given["channels"]
        )
        if given["channels"] == 3 and given["bits"] == 16:
            continue  # no camera of a microcontroller gives such
        cases.append((Preprocessing(**vector["preprocessing"]), image))
        wanted.append(vector["expected"])
    for (status, pixels), value in zip(
        fitted(harness, cases), wanted, strict=True
    ):
        assert (status == OK) == (value is not None)
        if value is not None:
            assert pixels.tobytes() == base64.b64decode(value)


def test_random_sizes_formats_and_fits(harness):
    random = np.random.default_rng(0)
    cases = []
    for _ in range(300):
        side = int(random.choice([8, 16, 28, 32]))
        content = side if random.random() < 0.7 else side - 3
        rule = Preprocessing(
            content,
            side,
            int(random.choice([1, 3])),
            bool(random.random() < 0.9),
            str(random.choice(FITS)),
            int(random.choice([8, 10, 12, 16])),
        )
        height, width = random.integers(6, 100, 2)
        if rule.fit == "square":
            width = height
        channels = int(random.choice([1, 3]))
        wide = channels == 1 and random.random() < 0.3
        image = random.integers(
            0,
            65536 if wide else 256,
            (height, width, channels),
            dtype=np.uint16 if wide else np.uint8,
        )
        cases.append((rule, image, int(random.choice([0, 2, 6]))))
    found = fitted(harness, cases)
    for (rule, image, _), (status, pixels) in zip(cases, found, strict=True):
        wanted = expected(rule, image)
        assert (status == OK) == (wanted is not None), (rule, image.shape)
        if wanted is not None:
            np.testing.assert_array_equal(pixels, wanted, str(rule))
    assert sum(status == OK for status, _ in found) > 100


def test_every_size_from_8_to_160(harness):
    """Where the middle of a pixel is at an edge, rounding decides."""
    random = np.random.default_rng(1)
    rule = Preprocessing(8, 8, 1, True)
    cases = [
        (dataclasses.replace(rule, content_side=to, side=to), image)
        for to in (8, 12, 28)
        for size in range(to, 160, 3)
        for image in [random.integers(0, 256, (size, size, 1), np.uint8)]
    ]
    for (rule, image), (status, pixels) in zip(
        cases, fitted(harness, cases), strict=True
    ):
        assert status == OK
        np.testing.assert_array_equal(pixels, rule(image), str(image.shape))


def test_the_largest_model(harness):
    rule = Preprocessing(256, 256, 1)
    image = np.random.default_rng(0).integers(
        0, 256, rule.image_shape, np.uint8
    )
    ((status, pixels),) = fitted(harness, [(rule, image)])
    assert status == OK
    np.testing.assert_array_equal(pixels, image)


def test_says_why_an_image_is_refused(harness):
    square = Preprocessing(8, 8, 1, True)
    exact = Preprocessing(10, 16, 1)
    images = [
        np.zeros((*size, 1), np.uint8)
        for size in ((9, 8), (7, 7), (12, 12), (9, 9), (288, 288))
    ]
    rules = [square, square, exact, exact, Preprocessing(288, 288, 1)]
    found = fitted(harness, list(zip(rules, images, strict=True)))
    assert [status for status, _ in found] == [
        NOT_SQUARE,
        TOO_SMALL,
        WRONG_SIZE,
        TOO_SMALL,
        MODEL_TOO_LARGE,
    ]
