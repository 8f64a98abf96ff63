import numpy as np
from PIL import Image

from kdgan_tf.runtime.heatmaps import overlay, relative, write_png


def test_colour_is_where_the_map_is_above_normal(tmp_path):
    image = np.full((64, 64, 1), 100, np.uint8)
    values = np.zeros((64, 64), np.float32)
    values[:16, 48:] = 2.0
    values[32:48, :32] = 1.0
    picture = overlay(image, values, level=1.0)
    assert picture.shape == (256, 256, 3)
    assert list(picture[10, 10]) == [100, 100, 100]
    red, green, blue = map(int, picture[10, 240])
    assert (red, green, blue) == (216, 190, 25)
    # At the level: half of the colour, near red.
    red, green, blue = map(int, picture[160, 10])
    assert red > 150 > 100 > green > blue
    write_png(tmp_path / "new" / "a.png", picture)
    assert np.array_equal(Image.open(tmp_path / "new" / "a.png"), picture)


def test_an_image_that_is_high_all_over_is_coloured_where_it_is_highest():
    values = np.full((32, 32), 10.0)
    values[8:12, 8:12] = 30.0
    scaled = relative(values, level=1.0)
    assert (scaled[0, 0], scaled[9, 9]) == (0.5, 1.5)
    picture = overlay(np.full((32, 32, 1), 100, np.uint8), values, level=1.0)
    assert np.array_equal(picture[200, 200], [100, 100, 100])
    assert not np.array_equal(picture[78, 78], [100, 100, 100])
    # Below the level nothing is, however uneven.
    assert relative(values, level=100.0).max() == 0.3


def test_large_and_coloured_images_keep_their_size():
    image = np.random.default_rng(0).integers(256, size=(300, 300, 3))
    picture = overlay(image.astype(np.uint8), np.zeros((300, 300)), level=2.0)
    assert np.array_equal(picture, image)
