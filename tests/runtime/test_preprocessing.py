import base64
import json
from pathlib import Path

import numpy as np
import pytest

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.fitting import to_8_bits, with_channels
from kdgan_tf.runtime.preprocessing import Preprocessing, side_multiple

VECTORS = json.loads(
    Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8")
)


def ramp(height, width, channels=1):
    """Pixels that count up, row by row."""
    count = height * width * channels
    return np.arange(count, dtype=np.uint8).reshape(height, width, channels)


def image_of(vector):
    image = vector["image"]
    values = base64.b64decode(image["values"])
    shape = (image["height"], image["width"], image["channels"])
    array = np.frombuffer(values, f"<u{image['bits'] // 8}").reshape(shape)
    return array.astype(np.uint16) if image["bits"] == 16 else array


@pytest.mark.parametrize("vector", VECTORS, ids=lambda case: case["name"])
def test_vectors_that_all_runtimes_share(vector):
    preprocessing = Preprocessing(**vector["preprocessing"])
    if vector["expected"] is None:
        with pytest.raises(InputError):
            preprocessing.decoded(image_of(vector))
    else:
        fitted = preprocessing.decoded(image_of(vector))
        assert fitted.dtype == np.uint8
        assert fitted.tobytes() == base64.b64decode(vector["expected"])


def row_shrunk(row, count):
    """docs/sidecar.md's rule for a row of pixels, word by word."""
    scale = len(row) / count
    shrunk = []
    for index in range(count):
        centre = (index + 0.5) * scale
        first = max(0, int(centre - 0.5 * scale + 0.5))
        last = min(len(row), int(centre + 0.5 * scale + 0.5))
        window = [
            value
            for place, value in enumerate(row[first:last], first)
            if -0.5 < (place - centre + 0.5) * (1 / scale) <= 0.5
        ]
        weight = int(0.5 + 2**22 / len(window))
        total = 2**21 + sum(weight * int(value) for value in window)
        shrunk.append(min(255, total >> 22))
    return shrunk


@pytest.mark.parametrize("vector", VECTORS, ids=lambda case: case["name"])
def test_shrinking_is_what_the_documentation_says(vector):
    fit = vector["preprocessing"]["fit"]
    image = image_of(vector)
    if vector["expected"] is None or fit not in ("square", "stretch"):
        return
    if not vector["preprocessing"]["resize"]:
        return
    rule = Preprocessing(**vector["preprocessing"])
    image = with_channels(to_8_bits(image, rule.bit_depth), rule.channels)
    channels = []
    for channel in np.moveaxis(image, -1, 0):
        rows = np.array([row_shrunk(row, rule.side) for row in channel])
        columns = np.array([row_shrunk(row, rule.side) for row in rows.T])
        channels.append(columns.T)
    np.testing.assert_array_equal(
        np.stack(channels, axis=-1), rule.decoded(image_of(vector))
    )


def test_mnist_size_is_centred_on_black():
    preprocessing = Preprocessing.for_sizes({(28, 28)}, 1)
    assert preprocessing == Preprocessing(28, 32, 1)
    fitted = preprocessing(np.full((28, 28, 1), 7, np.uint8))
    assert fitted.shape == (32, 32, 1)
    assert np.all(fitted[2:30, 2:30] == 7)
    assert fitted.sum() == 28 * 28 * 7


def test_larger_images_are_averaged():
    preprocessing = Preprocessing.for_sizes({(64, 64), (128, 128)}, 3, 32)
    image = np.zeros((64, 64, 3), np.uint8)
    image[0, 0] = (200, 100, 40)
    fitted = preprocessing(image)
    assert fitted.shape == (32, 32, 3)
    np.testing.assert_array_equal(fitted[0, 0], [50, 25, 10])
    assert "Shrink" in preprocessing.describe()


def test_crop_takes_the_middle():
    fitted = Preprocessing(8, 8, 1, fit="crop")(ramp(8, 11))
    np.testing.assert_array_equal(fitted, ramp(8, 11)[:, 1:9])
    fitted = Preprocessing(8, 8, 1, fit="crop")(ramp(12, 8))
    np.testing.assert_array_equal(fitted, ramp(12, 8)[2:10])


def test_pad_repeats_the_edges():
    image = ramp(5, 8)
    fitted = Preprocessing(8, 8, 1, fit="pad")(image)
    np.testing.assert_array_equal(fitted[0], image[0])
    np.testing.assert_array_equal(fitted[1:6], image)
    np.testing.assert_array_equal(fitted[6:], image[[4, 4]])


def test_stretch_averages_each_axis_by_itself():
    image = np.repeat(np.repeat(ramp(8, 8), 2, axis=0), 3, axis=1)
    fitted = Preprocessing(8, 8, 1, True, "stretch")(image)
    np.testing.assert_array_equal(fitted, ramp(8, 8))


def test_16_bits_become_8_by_rounding():
    values = np.array([0, 128, 129, 32767, 32768, 65535], np.uint16)
    np.testing.assert_array_equal(to_8_bits(values), [0, 0, 1, 127, 128, 255])
    values = np.array([0, 8, 9, 4095, 5000], np.uint16)
    np.testing.assert_array_equal(to_8_bits(values, 12), [0, 0, 1, 255, 255])
    np.testing.assert_array_equal(to_8_bits(ramp(1, 9), 12), ramp(1, 9))


def test_grey_is_luma_and_grey_stays_grey():
    colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(
        with_channels(colors, 1).ravel(), [76, 150, 29]
    )
    grey = ramp(16, 16)
    assert np.array_equal(with_channels(with_channels(grey, 3), 1), grey)


def test_default_size_is_the_smallest_image_but_at_most_32():
    assert Preprocessing.for_sizes({(20, 20)}, 1).content_side == 20
    assert Preprocessing.for_sizes({(20, 20)}, 1).side == 24
    assert Preprocessing.for_sizes({(100, 100)}, 1).content_side == 32


def test_what_is_shrunk_fills_the_input():
    # Otherwise an array of the input's side would be scored as it is, a file
    # of the same pixels after shrinking.
    preprocessing = Preprocessing.for_sizes({(20, 20), (30, 30)}, 1)
    assert preprocessing == Preprocessing(16, 16, 1, resize=True)
    with pytest.raises(InputError, match=r"multiple of 32.*Use 96 or 128"):
        Preprocessing.for_sizes({(300, 300)}, 1, image_size=100)


@pytest.mark.parametrize(
    ("content", "multiple"),
    [(8, 8), (28, 8), (32, 8), (33, 16), (64, 16), (96, 32), (256, 64)],
)
def test_sides_are_halved_to_a_bottleneck_of_3_or_4(content, multiple):
    assert side_multiple(content) == multiple


@pytest.mark.parametrize(
    ("fit", "size", "side"),
    [("crop", (60, 40), 32), ("stretch", (24, 90), 24), ("pad", (9, 40), 32)],
)
def test_rectangles_have_a_size_too(fit, size, side):
    preprocessing = Preprocessing.for_sizes({size}, 1, fit=fit)
    assert preprocessing == Preprocessing(side, side, 1, True, fit)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((28, 30, 1), "square"),
        ((4, 4, 1), "at least 8x8"),
        ((40, 40, 1), "28x28"),
        ((28, 28, 3), r"1 channel\(s\)"),
    ],
)
def test_images_that_do_not_fit_are_refused(shape, message):
    with pytest.raises(InputError, match=message):
        Preprocessing(28, 32, 1)(np.zeros(shape, np.uint8), "a.png")


def test_too_small_for_the_wished_size():
    with pytest.raises(InputError, match="at least 32x32"):
        Preprocessing.for_sizes({(20, 20)}, 1, image_size=32)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"channels": 2}, "1 or 3 channels"),
        ({"fit": "squash"}, "fit among"),
        ({"bit_depth": 7}, "bit depth of 8 to 16"),
        ({"content_side": 0}, "content side"),
        ({"content_side": 17}, "content side"),
    ],
)
def test_impossible_rules_are_refused(values, message):
    rule = {"content_side": 16, "side": 16, "channels": 1} | values
    with pytest.raises(InputError, match=message):
        Preprocessing(**rule)


@pytest.mark.parametrize("size", [7, 257])
def test_image_size_out_of_range(size):
    with pytest.raises(InputError, match="8 to 256"):
        Preprocessing.for_sizes({(300, 300)}, 1, image_size=size)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_what_was_measured_is_put_back_on_the_image(fit):
    """A bright spot of a rectangle is where its fitted image was bright."""
    rule = Preprocessing(30, 32, 1, resize=True, fit=fit)
    image = np.zeros((120, 180, 1), np.uint8)
    image[40:60, 100:130] = 255
    found = rule.on_image(rule(image)[..., 0].astype(np.float32), (120, 180))
    assert found.shape == (120, 180)
    rows, columns = np.nonzero(found > 128)
    assert abs(rows.mean() - 49.5) < 3
    assert abs(columns.mean() - 114.5) < 3
    assert found[50, 115] > 250
    if fit == "crop":  # what was cut off
        assert not found[:, :30].any()
