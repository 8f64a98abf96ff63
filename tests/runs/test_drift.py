import numpy as np
import pytest

from kdgan_tf.runs.drift import changed, drift


@pytest.fixture
def normal():
    """Smooth bright spots near the middle of 40x40 pixels."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:40, :40]
    spots = [
        100 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 50)
        for y, x in generator.uniform(17, 22, (12, 2))
    ]
    return (60 + np.array(spots)[..., np.newaxis]).astype(np.uint8)


def middle(image):
    weights = image[..., 0].astype(float) - 60
    return np.array(
        [np.sum(grid * weights) for grid in np.mgrid[:40, :40]]
    ) / np.sum(weights)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("brighter_10", 1.1), ("darker_20", 0.8), ("unchanged", 1.0)],
)
def test_exposure(normal, name, factor):
    wanted = np.round(normal * factor)
    np.testing.assert_array_equal(changed(name, normal), wanted)


def test_exposure_saturates():
    white = np.full((1, 8, 8, 3), 250, np.uint8)
    assert changed("brighter_10", white).min() == 255


@pytest.mark.parametrize(
    ("name", "pixels"), [("shifted_1", 0.4), ("shifted_3", 1.2)]
)
def test_shift(normal, name, pixels):
    ways = [
        middle(moved) - middle(image)
        for image, moved in zip(normal, changed(name, normal), strict=True)
    ]
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), pixels, rtol=0.1)
    assert np.linalg.norm(np.mean(ways, axis=0)) < pixels / 3


def test_zoom_goes_both_ways(normal):
    light = changed("zoomed_5", normal).astype(float) - 60
    ratios = light.sum(axis=(1, 2, 3)) / (normal.astype(float) - 60).sum(
        axis=(1, 2, 3)
    )
    np.testing.assert_allclose(ratios[1::2], 1.05**2, rtol=0.03)
    np.testing.assert_allclose(ratios[::2], 1.05**-2, rtol=0.03)


def test_turn_moves_what_is_off_the_middle():
    image = np.zeros((1, 41, 41, 1), np.uint8)
    image[0, 19:22, 34:37] = 200
    (turned,) = changed("turned_5", image)
    rows, columns = np.mgrid[:41, :41] - 20
    light = turned[..., 0] / turned.sum()
    angle = np.arctan2(np.sum(rows * light), np.sum(columns * light))
    assert abs(np.rad2deg(angle)) == pytest.approx(5, abs=0.5)


def test_blur_and_jpeg_keep_the_mean(normal):
    for name in ("blurred", "jpeg"):
        after = changed(name, np.repeat(normal, 3, axis=-1))
        assert after.shape == (12, 40, 40, 3)
        assert after.mean() == pytest.approx(normal.mean(), abs=1)


def test_rates_are_shares_above_the_threshold(normal):
    # A score that is the brightness: brighter images are rejected.
    def score(images):
        return images.mean(axis=(1, 2, 3))

    found = drift(score, normal, score(normal).max() * 1.05)
    assert found["images"] == 12
    rates = found["rates"]
    assert rates["unchanged"] == rates["darker_20"] == rates["blurred"] == 0
    assert rates["brighter_20"] == 1
    assert set(rates) >= {"brighter_10", "darker_10", "shifted_3", "jpeg"}
