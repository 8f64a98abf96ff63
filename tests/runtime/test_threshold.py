import math
import re

import numpy as np
import pytest
from scipy import stats

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.threshold import (
    Threshold,
    expected_rate,
    threshold_for,
    upper_bound,
)
from tests.conftest import ROOT


def measured(scores, rate=0.05):
    return Threshold.measured_on(scores, rate, held_out=True)


@pytest.mark.parametrize(
    ("images", "rate", "rank"),
    [(19, 0.05, 19), (20, 0.05, 20), (39, 0.05, 38), (99, 0.1, 90)],
)
def test_the_threshold_is_the_conformal_rank(images, rate, rank):
    """ceil((n + 1) (1 - rate)) of n, counted from 1."""
    scores = np.random.default_rng(0).permutation(images) + 1.0
    value, above = threshold_for(scores, rate)
    assert value == rank
    assert above == (images - rank) / images
    assert expected_rate(images, rate) == (images + 1 - rank) / (images + 1)
    assert expected_rate(images, rate) <= rate


def test_with_too_few_images_it_is_the_largest_and_says_what_to_expect():
    threshold = measured(np.arange(12.0))
    assert (threshold.value, threshold.measured_rate) == (11, 0)
    assert threshold.expected_rate == 1 / 13 > 0.05
    # 0 of 12 means "up to 22 %".
    assert threshold.upper_rate == pytest.approx(1 - 0.05 ** (1 / 12))


@pytest.mark.parametrize("images", [20, 40])
def test_new_normal_images_are_rejected_as_rarely_as_asked(images):
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(2000):
        value, _ = threshold_for(rng.normal(size=images), 0.05)
        rates.append(stats.norm.sf(value))
    # The former rule had 9.5 % with 20 and 7.3 % with 40 images.
    assert np.mean(rates) == pytest.approx(
        expected_rate(images, 0.05), abs=0.003
    )


@pytest.mark.parametrize(
    ("above", "images"), [(0, 1), (0, 12), (1, 12), (3, 40), (60, 1200), (5, 5)]
)
def test_upper_bound_is_that_of_clopper_and_pearson(above, images):
    expected = stats.binomtest(above, images, alternative="less")
    assert upper_bound(above, images) == pytest.approx(
        expected.proportion_ci(0.95, "exact").high, abs=1e-9
    )


def test_p_values_by_hand():
    p_values = measured([1.0, 2.0, 3.0, 4.0]).p_values([0, 1, 2.5, 4, 5])
    np.testing.assert_allclose(p_values, [1, 1, 3 / 5, 2 / 5, 1 / 5])


def test_a_p_value_of_at_most_the_rate_is_a_score_above_the_threshold():
    rng = np.random.default_rng(2)
    normal, new = rng.normal(size=150), rng.normal(size=500) + 1
    threshold = measured(normal)
    for rate in (0.01, 0.05, 0.1, 0.5):
        np.testing.assert_array_equal(
            new > threshold.at(rate), threshold.p_values(new) <= rate
        )
    assert threshold.at(0.05) == threshold.value


def test_versions_of_an_image_are_no_more_images():
    """22 images, 3 scores each: by hand."""
    threshold = Threshold.measured_on(np.arange(66.0), 0.05, True, versions=3)
    assert (threshold.images, threshold.versions) == (22, 3)
    # ceil(67 * 0.95) = 64th of 66.
    assert (threshold.value, threshold.measured_rate) == (63, 2 / 66)
    assert threshold.expected_rate == (66 + 3 - 64) / 69
    assert threshold.upper_rate == upper_bound(1, 22)
    assert threshold.at(0.05) == threshold.value
    assert threshold.p_values([63.5]) == [3 / 67]


@pytest.mark.parametrize("spread", [0, 0.3, 3])
def test_new_images_with_versions_are_rejected_no_more_than_expected(spread):
    """However alike the versions of one image are."""
    rng = np.random.default_rng(4)
    images, versions = 20, 3
    rejected = []
    for _ in range(2000):
        scores = rng.normal(size=(images + 1, 1))
        scores = scores + spread * rng.normal(size=(images + 1, versions))
        value, _ = threshold_for(scores[1:], 0.1)
        rejected.append(np.mean(scores[0] > value))
    most = expected_rate(images, 0.1, versions)
    assert 0.07 < np.mean(rejected) < most + 0.01 < 0.15


def test_of_many_scores_some_are_kept_the_highest_all():
    normal = np.random.default_rng(3).normal(size=5000)
    threshold = measured(normal)
    assert len(threshold.normal_scores) <= 200
    assert threshold.normal_scores[-1] == normal.max()
    # 50 above at 1 %: exact. Lower down: on the safe side, and near.
    assert threshold.at(0.01) == threshold_for(normal, 0.01)[0]
    exact = 1 - stats.norm.cdf(0.3)
    assert exact <= threshold.p_values([0.3])[0] < exact + 0.03


@pytest.mark.parametrize(
    ("scores", "rate", "message"),
    [
        ([], 0.05, "at least one normal image"),
        ([1.0, np.nan], 0.05, "1 of them not finite"),
        ([1.0], 1.0, "Received: 1.0"),
        ([1.0], float("nan"), "Received: nan"),
    ],
)
def test_what_gives_no_threshold(scores, rate, message):
    with pytest.raises(InputError, match=message):
        threshold_for(scores, rate)


def test_thresholds_of_older_files_know_one_rate():
    old = Threshold(1.0, 0.05, 0.0, 12, True)
    with pytest.raises(InputError, match="kdgan-calibrate"):
        old.p_values([1.0])
    with pytest.raises(InputError, match="kdgan-calibrate"):
        old.at(0.1)


def test_the_table_of_the_documentation():
    """docs/decisions.md: images, asked, expected, upper."""
    text = (ROOT / "docs/decisions.md").read_text()
    rows = re.findall(
        r"^\| ([\d,]+) \| 5 % \| ([\d.]+) %.*\| ([\d.]+) % \|", text, re.M
    )
    assert len(rows) == 5
    for images, expected, upper in rows:
        found = measured(np.arange(int(images.replace(",", ""))))
        assert f"{100 * found.expected_rate:.1f}" == expected
        assert f"{100 * found.upper_rate:.1f}" == upper


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_threshold_above_everything_is_none(value):
    with pytest.raises(InputError, match="finite threshold"):
        Threshold(value, 0.05, 0.04, 20, True)
