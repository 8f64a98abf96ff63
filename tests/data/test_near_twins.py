import numpy as np
import pytest

from kdgan_tf.data.near_twins import hold_out, near_twin_groups


@pytest.fixture
def photographs():
    """Six things; the second and the fifth photographed three times."""
    generator = np.random.default_rng(0)
    things = generator.integers(60, 160, (6, 16, 16, 1))
    again = things[[0, 1, 1, 2, 3, 4, 4, 5, 1, 4]]
    # Another exposure and a little noise.
    again = again * generator.uniform(0.8, 1.2, (10, 1, 1, 1))
    again = again + generator.integers(-3, 4, again.shape)
    return again.round().astype(np.uint8), [0, 1, 1, 2, 3, 4, 4, 5, 1, 4]


def test_twins_are_found_whatever_the_exposure(photographs):
    images, things = photographs
    np.testing.assert_array_equal(near_twin_groups(images), things)
    colors = np.repeat(images, 3, axis=-1)
    np.testing.assert_array_equal(near_twin_groups(colors), things)


def test_blocks_change_nothing(photographs, monkeypatch):
    images, things = photographs
    monkeypatch.setattr("kdgan_tf.data.near_twins._BLOCK", 3)
    np.testing.assert_array_equal(near_twin_groups(images), things)


def test_twins_of_twins_are_twins():
    # Neighbours correlate, the ends do not, nor do others.
    steps = np.linspace(0, np.pi / 2, 9)
    one, other, *rest = np.random.default_rng(0).normal(size=(11, 16, 16, 1))
    images = [np.cos(a) * one + np.sin(a) * other for a in steps]
    images = (128 + 25 * np.array(images + rest)).astype(np.uint8)
    assert set(near_twin_groups(images)[:9]) == {0}
    assert len(set(near_twin_groups(images))) == 10
    assert len(set(near_twin_groups(images[[0, 8]]))) == 2


def test_of_parts_that_all_look_alike_only_the_same_ones_are_twins():
    generator = np.random.default_rng(0)
    common = generator.normal(size=(32, 32, 1))
    own = generator.normal(size=(20, 32, 32, 1))
    # These correlate by 0.96, photographs of the same one by 0.999.
    images = (common + 0.2 * own)[[*range(20), 3, 7, 7]]
    images = images + 0.02 * generator.normal(size=images.shape)
    images = (128 + 25 * images).astype(np.uint8)
    expected = [*range(20), 3, 7, 7]
    np.testing.assert_array_equal(near_twin_groups(images), expected)


def test_images_of_one_value_are_twins():
    images = np.zeros((4, 8, 8, 1), np.uint8)
    images[2] = 50
    images[3, 0, 0] = 255
    np.testing.assert_array_equal(near_twin_groups(images), [0, 0, 0, 1])


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_never_parted(seed):
    groups = np.repeat(np.arange(40), 3)
    train, held_out = hold_out(120, 0.2, seed, groups)
    assert not set(groups[train]) & set(groups[held_out])
    assert 18 <= len(held_out) <= 24
    assert sorted([*train, *held_out]) == list(range(120))


def test_a_large_group_stays_in_training():
    groups = np.array([0] * 50 + [*range(1, 51)])
    _, held_out = hold_out(100, 0.5, 0, groups)
    assert 0 not in groups[held_out]
    assert len(held_out) == 50


def test_one_group_alone_is_parted_after_all():
    train, held_out = hold_out(20, 0.1, 0, np.zeros(20, int))
    assert (len(train), len(held_out)) == (18, 2)


def test_without_twins_groups_change_nothing():
    plain, grouped = hold_out(50, 0.1, 3), hold_out(50, 0.1, 3, np.arange(50))
    for one, other in zip(plain, grouped, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_share_holds_nothing_out():
    train, held_out = hold_out(7, 0.0, 0, np.zeros(7, int))
    assert (len(train), len(held_out)) == (7, 0)


def test_groups_that_leave_too_little_are_parted():
    groups = np.repeat(np.arange(10), [*[11] * 9, 1])
    _, held_out = hold_out(100, 0.1, 0, groups)
    assert len(held_out) == 10


def test_of_eight_images_two_are_held_out():
    assert [len(hold_out(n, 0.1, 0)[1]) for n in (4, 8, 30)] == [1, 2, 3]
