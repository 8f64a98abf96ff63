import numpy as np
import pytest

from kdgan_tf.gan.evidence import KINDS, Evidence
from kdgan_tf.gan.latent_metric import whitening
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.normalization import contrast_normalized, spreads_reaching
from kdgan_tf.gan.rounding import levels_of

SHAPE = (32, 32, 1)


def outputs_for(images, latent=((1.0, 0.0),), again=((0.0, 0.0),)):
    latent, again = (np.array(part, np.float32) for part in (latent, again))
    return GeneratorOutputs(latent, np.zeros_like(images), again)


def evidence(layer, images, *latents, odds=None):
    """(n, kinds), as an array."""
    columns = layer.columns(images, outputs_for(images, *latents), odds)
    return np.stack([np.array(column) for column in columns], axis=1)


def test_each_kind_by_hand():
    kinds = [kind for kind in KINDS if kind not in ("density", "subspace")]
    layer = Evidence(kinds, SHAPE, latent=2, prototypes=2)
    image = np.zeros((1, *SHAPE), np.float32)
    image[0, 4:7, 20:23] = 0.5
    layer.centres.assign([[0.6, 0.8], [-1.0, 0.0]])
    found = evidence(layer, image, [[3.0, 0.0]], odds=np.float32([[0.25, 0.5]]))
    assert found[0].tolist() == pytest.approx(
        [
            9 / 2,
            # Of 30 x 30 windows 5 x 5 hold 1, 2, 3, 2, 1 times as many pixels.
            0.5**2 * (1 + 4 + 9 + 4 + 1) ** 2 / 9**2 / 900,
            # One window of 3 x 3 holds the whole defect.
            0.5**2,
            # |(1, 0) - (0.6, 0.8)|^2; to the other one it is 4.
            0.8 + 0.01,
            0.75,
            0.5 * 9 / 1024,
            0.5,
        ],
        rel=1e-5,
    )


def test_the_density_of_earlier_runs_is_of_latents_as_they_are():
    layer = Evidence(("density",), SHAPE, latent=2, prototypes=2)
    layer.centres.assign([[3.0, 0.0], [0.0, 2.0]])
    image = np.zeros((1, *SHAPE), np.float32)
    # |(1, 0) - (3, 0)|^2 is 4, |(1, 0) - (0, 2)|^2 is 5: 4 over 2 axes.
    assert evidence(layer, image)[0, 0] == pytest.approx(2.0 + 0.01)


def test_texture_cancels_out():
    layer = Evidence(("residual", "peak"), SHAPE, latent=2, prototypes=1)
    rows, columns = np.indices((32, 32))
    images = np.zeros((2, *SHAPE), np.float32)
    images[0, ..., 0] = np.where((rows + columns) % 2, 1, -1)
    images[1] = 1.0  # as far off everywhere, and all to one side
    found = evidence(layer, images)
    np.testing.assert_allclose(found[0], [1 / 81, 1 / 81], rtol=1e-5)
    np.testing.assert_allclose(found[1], [1, 1], rtol=1e-5)


def test_colours_count_alike_in_residual_and_peak():
    grey = Evidence(("residual", "peak"), SHAPE, latent=2, prototypes=1)
    shape = (*SHAPE[:2], 3)
    color = Evidence(("residual", "peak"), shape, latent=2, prototypes=1)
    images = np.random.default_rng(0).normal(size=(4, *SHAPE))
    images = images.astype(np.float32)
    for layer, shown in ((grey, images), (color, np.repeat(images, 3, -1))):
        layer.adapt(shown, outputs_for(shown))
    np.testing.assert_allclose(
        evidence(color, np.repeat(images, 3, -1)),
        evidence(grey, images),
        rtol=1e-5,
    )


@pytest.mark.parametrize(("kind", "power"), [("local", 1), ("peak", 2)])
def test_a_pixel_that_always_varies_counts_less(kind, power):
    layer = Evidence((kind,), SHAPE, latent=2, prototypes=1)
    images = np.zeros((10, *SHAPE), np.float32)
    images[:, :16] = np.linspace(-1, 1, 10)[:, None, None, None]
    layer.adapt(images, outputs_for(images))
    above, below = np.zeros((2, 1, *SHAPE), np.float32)
    above[0, 4:7, 20:23] = below[0, 24:27, 20:23] = 1
    one, other = (evidence(layer, x)[0, 0] for x in (above, below))
    # Mean |x| is 5/9 above and 0 below; half of its mean, 5/36, is added.
    ratio = (20 + 5) / 5
    assert float(other / one) == pytest.approx(ratio**power, rel=1e-4)


def test_prototypes_are_centres_of_directions_of_normal_latents():
    layer = Evidence(("prototype",), SHAPE, latent=2, prototypes=2)
    # Of any length: (2, 0) and (0, 5) become (1, 0) and (0, 1).
    latent = [[2.0, 0.0]] * 6 + [[0.0, 5.0]] * 6
    images = np.zeros((12, *SHAPE), np.float32)
    layer.adapt(images, outputs_for(images, latent))
    found = [
        evidence(layer, images[:1], [point])[0, 0]
        for point in ([9.0, 0.0], [0.1, 0.1], [-1.0, 0.0])
    ]
    # Both lie 1/sqrt(2) from the middle: squared, the variance is 1/2.
    middle = (1 - np.sqrt(0.5)) * 2
    expected = [0.01, middle / 0.5 + 0.01, 2 / 0.5 + 0.01]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_prototypes_are_as_far_as_directions_vary_too():
    layer = Evidence(
        ("prototype",), SHAPE, latent=2, prototypes=1, mahalanobis=True
    )
    # At equal angles about (1, 0): their middle is the only prototype.
    angles = np.array([-0.6, -0.2, 0.2, 0.6])
    latent = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    images = np.zeros((4, *SHAPE), np.float32)
    # z2 is 0, so z1 is its own metric's: that of z1 - z2.
    layer.adapt(images, outputs_for(images, latent))
    metric = whitening(latent)
    known = latent @ metric
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    # The two axes vary each by itself; a tenth of both is alike.
    variances = np.var(known, axis=0)
    shrunk = 0.9 * variances / variances.mean() + 0.1
    squares = (known - known.mean(axis=0)) ** 2 / shrunk
    np.testing.assert_allclose(
        evidence(layer, images, latent)[:, 0],
        squares.sum(axis=1) / np.sum(variances / shrunk) + 0.01,
        rtol=1e-3,
    )


def test_few_images_have_few_prototypes():
    layer = Evidence(("prototype",), SHAPE, latent=2, prototypes=8)
    images = np.zeros((2, *SHAPE), np.float32)
    layer.adapt(images, outputs_for(images, [[0.0, 1.0], [1.0, 0.0]]))
    assert np.unique(layer.centres, axis=0).shape == (1, 2)


def test_exposure_plays_no_part_in_a_normalised_input():
    random = np.random.default_rng(0)
    image = random.uniform(-0.5, 0.5, (1, 8, 8, 1)).astype(np.float32)
    found = np.array(contrast_normalized(image, 1.5))
    brighter = np.array(contrast_normalized(1.2 * image + 0.3, 1.5))
    np.testing.assert_allclose(found, brighter, atol=2e-3)
    # A spread of 2/3 before the tanh.
    assert np.std(np.arctanh(found)) == pytest.approx(2 / 3, abs=0.01)
    assert not np.any(contrast_normalized(np.full((1, 8, 8, 1), 0.7), 1.5))


def test_an_input_can_be_so_wide_that_it_tells_pixels_apart():
    image = np.zeros((1, 10, 10, 1), np.float32)
    image[0, 0] = -1.0
    # A tenth of the pixels, 3 spreads from the mean; the rest is at 1/3.
    spreads = spreads_reaching(image, 0.98)
    assert spreads == pytest.approx(3 / 1.58, rel=1e-2)
    assert spreads_reaching(image, 0.5) == pytest.approx(1 / 3 / 1.58, rel=1e-2)
    found = np.array(contrast_normalized(image, spreads))
    assert found[0, 0, 0, 0] == pytest.approx(-np.tanh(1.58), abs=1e-3)


def test_many_prototypes_are_stored_in_eight_bits():
    random = np.random.default_rng(0)
    latent = random.normal(size=(600, 4)).astype(np.float32)
    images = np.zeros((600, *SHAPE), np.float32)
    for count, stored in ((96, False), (192, True)):
        layer = Evidence(("prototype",), SHAPE, latent=4, prototypes=count)
        layer.adapt(images, outputs_for(images, latent))
        parts = np.split(np.asarray(layer.centres), max(1, count // 96))
        assert all((levels_of(part) is not None) == stored for part in parts)
        # By hand: the nearest of all, however many are compared at a time.
        along = latent / np.linalg.norm(latent, axis=1, keepdims=True)
        along = (along - layer.middle) @ np.asarray(layer.axes)
        away = along[:, None] - np.asarray(layer.centres)[None]
        np.testing.assert_allclose(
            evidence(layer, images, latent)[:, 0],
            np.min(np.sum(away**2, axis=-1), axis=1) + 0.01,
            atol=1e-5,
        )
