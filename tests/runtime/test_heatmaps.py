import numpy as np
from PIL import Image

from kdgan_tf.runtime.heatmaps import overlay, write_png


def test_colour_is_where_the_map_is_above_normal(tmp_path):
    image = np.full((64, 64, 1), 100, np.uint8)
    values = np.zeros((64, 64), np.float32)
    values[32:, 32:] = 5.0
    values[32:, :32] = 1.0
    picture = overlay(image, values, level=1.0)
    assert picture.shape == (256, 256, 3)
    assert list(picture[10, 10]) == [100, 100, 100]
    red, green, blue = map(int, picture[240, 240])
    assert (red, green, blue) == (216, 190, 25)
    # At the level: half of the colour, near red.
    red, green, blue = map(int, picture[240, 10])
    assert red > 150 > 100 > green > blue
    write_png(tmp_path / "new" / "a.png", picture)
    assert np.array_equal(Image.open(tmp_path / "new" / "a.png"), picture)


def test_large_and_coloured_images_keep_their_size():
    image = np.random.default_rng(0).integers(256, size=(300, 300, 3))
    picture = overlay(image.astype(np.uint8), np.zeros((300, 300)), level=2.0)
    assert np.array_equal(picture, image)
