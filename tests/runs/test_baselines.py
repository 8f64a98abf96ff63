import numpy as np
import pytest

from kdgan_tf.runs.baselines import baseline_scores


def test_scores_by_hand():
    # Of a pair of values, mean 0 and contrast 1 leave its order alone.
    rising, falling = [[0], [100]], [[100], [0]]
    normal = np.array([[rising, rising], [falling, falling]], np.uint8)
    images = np.array(
        [[rising, rising], [falling, falling], [rising, falling]], np.uint8
    )
    scores = baseline_scores(normal, images)
    # Two of four standardised values are off by 2 each.
    np.testing.assert_allclose(
        scores["nearest_neighbour"], [0, 0, np.sqrt(8)], atol=1e-3
    )
    # The one component leads from rising to falling; their mean is 0.
    np.testing.assert_allclose(scores["pca"], [0, 0, 2], atol=1e-3)


def test_exposure_changes_nothing():
    generator = np.random.default_rng(0)
    normal = generator.integers(50, 100, (30, 8, 8, 3)).astype(np.uint8)
    plain = baseline_scores(normal, normal[:5])
    bright = baseline_scores(normal, normal[:5] * np.uint8(2))
    for name in ("nearest_neighbour", "pca"):
        np.testing.assert_allclose(plain[name], bright[name], atol=0.02)


@pytest.mark.parametrize("count", [1, 2, 5001])
def test_any_number_of_images(count):
    generator = np.random.default_rng(0)
    normal = generator.integers(0, 256, (count, 4, 4, 1)).astype(np.uint8)
    for scores in baseline_scores(normal, normal[:7]).values():
        assert scores.shape == (min(count, 7),)
        assert np.isfinite(scores).all()


def test_flat_images_are_no_noise():
    normal = np.full((3, 4, 4, 1), 100, np.uint8)
    almost = normal[:1].copy()
    almost[0, 0, 0] = 101
    assert baseline_scores(normal, almost)["nearest_neighbour"][0] < 1.1
