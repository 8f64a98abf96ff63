import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import list_images, read_header, read_image


def save(path, height, width, color=False):
    shape = (height, width, 3) if color else (height, width)
    pixels = np.arange(np.prod(shape)).reshape(shape) % 256
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def test_read_image(tmp_path):
    assert read_image(save(tmp_path / "g.png", 9, 8)).shape == (9, 8, 1)
    color = save(tmp_path / "c.png", 9, 8, color=True)
    assert read_image(color).shape == (9, 8, 3)
    assert read_header(color) == ((9, 8), False)


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff", "pgm"])
def test_16_bits_are_kept(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    ramp = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(ramp).save(path)
    assert read_header(path) == ((8, 8), True)
    image = read_image(path)
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image[..., 0], ramp)
    assert list_images(tmp_path) == [path]


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((8, 8), 0.5, np.float32),
        np.full((8, 8), 70_000, np.int32),
        np.full((8, 8), -1, np.int32),
    ],
)
def test_other_numbers_are_refused(tmp_path, pixels):
    path = tmp_path / "float.tif"
    Image.fromarray(pixels).save(path)
    with pytest.raises(InputError, match=r"float\.tif.*8 or 16 bits"):
        read_image(path)


def test_hidden_colours_are_refused(tmp_path):
    path = tmp_path / "a.png"
    pixels = np.full((8, 8, 4), 255, np.uint8)
    Image.fromarray(pixels).save(path)
    assert read_image(path).shape == (8, 8, 3)
    pixels[0, 0, 3] = 254
    Image.fromarray(pixels).save(path)
    with pytest.raises(InputError, match=r"a\.png.*transparent"):
        read_image(path)


def test_phones_turn_by_exif(tmp_path):
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    pixels = np.arange(72, dtype=np.uint8).reshape(8, 9)
    Image.fromarray(pixels).save(path, exif=exif)
    assert read_header(path).size == (9, 8)
    np.testing.assert_array_equal(
        read_image(path)[..., 0], np.rot90(pixels, -1)
    )


def test_damaged_exif_is_said(tmp_path):
    path = tmp_path / "odd.jpg"
    # Turned by a quarter; the unit of resolution is text instead of a number.
    entries = ((0x0112, 3, 1, b"\6\0\0\0"), (0x0128, 2, 4, b"abc\0"))
    tags = b"".join(
        struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries
    )
    exif = b"Exif\0\0II*\0\b\0\0\0\2\0" + tags + bytes(4)
    Image.new("L", (8, 9)).save(path, exif=exif)
    with pytest.raises(InputError, match=r"odd\.jpg, but: it is damaged"):
        read_image(path)


def test_a_huge_image_is_refused_by_its_header(tmp_path):
    path = tmp_path / "huge.png"
    save(path, 8, 8)
    data = bytearray(path.read_bytes())
    side = (13_000).to_bytes(4, "big")
    data[16:24] = side + side
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    path.write_bytes(data)
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=r"huge\.png.*13000x13000.*64 mil"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\nx"])
def test_broken_image_is_named(tmp_path, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"readable image in .*broken\.png"):
        read_image(path)


def test_truncated_image_is_named(tmp_path):
    path = tmp_path / "cut.png"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"cut\.png"):
        read_image(path)


def test_list_images(tmp_path):
    (tmp_path / "deep").mkdir()
    save(tmp_path / "deep" / "b.png", 8, 8)
    save(tmp_path / "a.JPG", 8, 8)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "._a.JPG").write_bytes(b"a file manager's")
    names = [path.name for path in list_images(tmp_path)]
    assert names == ["a.JPG", "b.png"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found none"):
        list_images(tmp_path / "empty")
    with pytest.raises(InputError, match="found nothing"):
        list_images(tmp_path / "missing")
    with pytest.raises(InputError, match="found a file"):
        list_images(tmp_path / "notes.txt")


def test_linked_folders_are_followed_once(tmp_path):
    real, images = tmp_path / "real", tmp_path / "images"
    real.mkdir()
    images.mkdir()
    save(real / "a.png", 8, 8)
    (images / "linked").symlink_to(real)
    (real / "back").symlink_to(images)
    assert list_images(images) == [images / "linked" / "a.png"]


def png_of_16_bits(path, pixels):
    """A PNG of 16-bit colours (h, w, 3), which pillow does not write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data))
            + name
            + data
            + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )
    )


def test_16_bit_colours_are_read_or_refused(tmp_path):
    path = tmp_path / "deep.png"
    pixels = np.random.default_rng(0).integers(0, 65536, (8, 9, 3))
    png_of_16_bits(path, pixels)
    np.testing.assert_array_equal(read_image(path), pixels >> 8)
    png_of_16_bits(path, pixels >> 4)  # of a camera of 12 bits
    with pytest.raises(InputError, match="use 14 bits at most"):
        read_image(path)


def test_tiffs_that_are_turned(tmp_path):
    path = tmp_path / "turned.tif"
    pixels = np.arange(72, dtype=np.uint8).reshape(8, 9)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(path, exif=exif, compression="tiff_lzw")
    assert read_header(path).size == (9, 8)
    np.testing.assert_array_equal(
        read_image(path)[..., 0], np.rot90(pixels, -1)
    )
    Image.fromarray(pixels).save(path, exif=exif)
    try:
        found = read_image(path)[..., 0]
    except InputError as error:
        assert "save it upright" in str(error)
    else:  # by another version of pillow
        np.testing.assert_array_equal(found, np.rot90(pixels, -1))
