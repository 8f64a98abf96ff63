import numpy as np
import pytest
from PIL import Image

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import Preprocessing, list_images, read_image


def save(path, height, width, color=False):
    shape = (height, width, 3) if color else (height, width)
    pixels = np.arange(np.prod(shape)).reshape(shape) % 256
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def test_mnist_size_is_centred_on_black():
    preprocessing = Preprocessing.for_sides({28}, 1)
    assert preprocessing == Preprocessing(28, 32, 1)
    fitted = preprocessing(np.full((28, 28, 1), 7, np.uint8))
    assert fitted.shape == (32, 32, 1)
    assert np.all(fitted[2:30, 2:30] == 7)
    assert fitted.sum() == 28 * 28 * 7


def test_larger_images_are_averaged():
    preprocessing = Preprocessing.for_sides({64, 128}, 3, image_size=32)
    image = np.zeros((64, 64, 3), np.uint8)
    image[0, 0] = (200, 100, 40)
    fitted = preprocessing(image)
    assert fitted.shape == (32, 32, 3)
    np.testing.assert_array_equal(fitted[0, 0], [50, 25, 10])
    assert "Shrink" in preprocessing.describe()


def test_default_size_is_the_smallest_image_but_at_most_32():
    assert Preprocessing.for_sides({20, 30}, 1).content_side == 20
    assert Preprocessing.for_sides({20, 30}, 1).side == 24
    assert Preprocessing.for_sides({100}, 1).content_side == 32


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
        Preprocessing.for_sides({20}, 1, image_size=32)


def test_read_image(tmp_path):
    assert read_image(save(tmp_path / "g.png", 9, 8)).shape == (9, 8, 1)
    color = save(tmp_path / "c.png", 9, 8, color=True)
    assert read_image(color).shape == (9, 8, 3)
    assert read_image(color, channels=1).shape == (9, 8, 1)


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
    names = [path.name for path in list_images(tmp_path)]
    assert names == ["a.JPG", "b.png"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found none"):
        list_images(tmp_path / "empty")
    with pytest.raises(InputError, match="found nothing"):
        list_images(tmp_path / "missing")
    with pytest.raises(InputError, match="found a file"):
        list_images(tmp_path / "notes.txt")
