import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra import numpy as arrays

from kdgan_tf.gan.rounding import levels_of, rounded


def test_by_hand():
    found = rounded([[-127.0, 0.4], [0.6, 63.5]])
    np.testing.assert_array_equal(found, [[-127, 0], [1, 64]])
    levels, unit = levels_of(found)
    assert (levels.dtype, unit) == (np.int8, 1)
    np.testing.assert_array_equal(levels, found)


def test_nothing_but_zeros():
    np.testing.assert_array_equal(rounded(np.zeros(3)), np.zeros(3))
    assert levels_of(np.zeros(3, np.float32)) is not None


def test_what_was_not_rounded_has_no_levels():
    assert levels_of(np.float32([1.0, 0.5, 0.3])) is None


@given(
    arrays.arrays(
        np.float32,
        (7,),
        elements=strategies.floats(
            *(-(2.0**20), 2.0**20), width=32, allow_subnormal=False
        ),
    )
)
def test_eight_bits_hold_it_without_loss(values):
    found = rounded(values)
    for multiple in (found, 2 * found):
        levels, unit = levels_of(multiple)
        np.testing.assert_array_equal(
            levels.astype(np.float32) * unit, multiple
        )
    largest = np.max(np.abs(values))
    assert np.max(np.abs(found - values)) <= largest / 253 + 1e-30


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4)])
def test_keeps_the_shape(shape):
    values = np.random.default_rng(0).normal(size=shape)
    assert rounded(values).shape == shape
    assert rounded(values).dtype == np.float32
