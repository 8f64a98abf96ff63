"""Logarithm, exponential and root that all compute to the same bit.

C libraries round logarithms differently: newlib has one for processors with
double precision and another for those without, as the Cortex-M4F. IEEE 754 says
what sums, products, quotients and square roots round to, so these are made of
nothing else, and of few operators: each takes bytes of a device's memory.
XNNPACK's square root is off by a last bit in every third number, which an
evidence's logarithm forgives; where 8 bits follow, take `inverse_root`.
"""

import math

import numpy as np
import tensorflow as tf

# Numbers are taken apart into factors of 2^8 and one that is less, whose
# sixteenth root is in [1, 2^(1/2)]; for small ones, their inverses are.
_BITS = 8
_ROOTS = 4
# 2^-32 to 2^96: what is outside of it counts as its end.
_FACTORS_BELOW, _FACTORS_ABOVE = 4, 12
# Of e^x: less than -24 is nothing beside what is added to an exponential.
_LEAST, _MOST = -24, 60


def _area_polynomial():
    """16 times 2 atanh(t) / t, in t^2; coefficients, highest first."""
    largest = (2**0.5 - 1) / (2**0.5 + 1)

    def area(squared):
        t = np.sqrt(squared)
        return 2**_ROOTS * 2 * np.arctanh(t) / t

    found = np.polynomial.Chebyshev.interpolate(area, 2, [0, largest**2])
    return found.convert(kind=np.polynomial.Polynomial).coef[::-1]


_AREA = [float(coefficient) for coefficient in _area_polynomial()]


def logarithm(values):
    """Natural logarithm of (n, k) from 2^-32 to 2^96, to 2e-5.

    The factors of a number x = f1 f2 ... are x / 256^j, at least 1 and at most
    256 (or, of small numbers, at least 1/256 and at most 1). The logarithm of
    each follows from its sixteenth root y, as 32 atanh((y - 1) / (y + 1)).
    """
    factors = np.arange(-_FACTORS_BELOW, _FACTORS_ABOVE)
    below = factors < 0
    # Powers of two multiply without rounding.
    units = 2.0 ** (-_BITS * np.where(below, factors + 1, factors))
    least = np.where(below, 2.0**-_BITS, 1)
    most = np.where(below, 1, 2.0**_BITS)
    roots = tf.expand_dims(values, -1) * units.astype(np.float32)
    roots = tf.maximum(roots, least.astype(np.float32))
    roots = tf.minimum(roots, most.astype(np.float32))
    for _ in range(_ROOTS):
        roots = tf.sqrt(roots)
    t = (roots - 1.0) / (roots + 1.0)
    squared = t * t
    areas = _AREA[0]
    for coefficient in _AREA[1:]:
        areas = areas * squared + coefficient
    return tf.reduce_sum(t * areas, axis=-1)


def exponential(values):
    """e^x of x (n, k), at most 60, to a relative 5e-6; below -24 as of that.

    x is a whole number of halves, whose exponential is looked up, and what is
    left, s / 2 from -1/4 to 1/4, for which a quotient of polynomials (Pade's)
    is good enough: (48 + 12 s + s^2) / (48 - 12 s + s^2).
    """
    halves = tf.nn.relu(2.0 * values - 2.0 * _LEAST)
    whole = tf.floor(halves + 0.5)
    left = halves - whole
    even, odd = left * left + 48.0, 12.0 * left
    table = np.exp(np.arange(2 * _LEAST, 2 * _MOST + 1) / 2)
    return tf.gather(table.astype(np.float32), tf.cast(whole, tf.int32)) * (
        (even + odd) / (even - odd)
    )


def inverse_root(values, least, factor=1.0):
    """`factor` / sqrt(x) of x from `least` up, to the last bit or two.

    A processor's own root is good enough for a guess of eight bits. Heron's
    rule, the mean of a guess and what it divides x to, doubles them twice.

    Args:
        values: Tensor, at least `least`.
        least: A number, at least 4: of less, 16 bits do not hold what it is
            multiplied by, which a file of the recipe float16 has.
        factor: What the result is multiplied by.
    """
    # A power of four, whose root multiplies without rounding.
    unit = 4.0 ** math.ceil(math.log(2.0**16 / least, 4))
    scaled = values * unit
    guess = tf.floor(tf.sqrt(scaled))
    twice = guess + scaled / guess
    fourfold = twice + 4.0 * scaled / twice
    return 4.0 * unit**0.5 * factor / fourfold
