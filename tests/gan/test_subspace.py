import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.gan.evidence import Evidence
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.subspace import Subspace

SHAPE = (32, 32, 1)


def bars(heights):
    """Images (n, 32, 32, 1): the left half at a height, the right at minus."""
    images = np.ones((len(heights), *SHAPE), np.float32)
    images[:, :, 16:] = -1
    return images * np.float32(heights)[:, None, None, None]


@pytest.mark.parametrize(
    ("shape", "side"),
    [((32, 32, 1), 16), ((64, 64, 1), 16), ((32, 32, 3), 8), ((8, 8, 1), 8)],
)
def test_the_grid_has_256_values_at_most(shape, side):
    assert Subspace(shape, 2).coarse_side == side


def test_what_components_explain_is_gone():
    subspace = Subspace(SHAPE, 1)
    normal = bars([0.5, 1.0, 1.5, 2.0] * 4)
    subspace.adapt(normal)
    coarse, modelled = (np.asarray(part) for part in subspace(bars([0.7, 1.9])))
    assert coarse.shape == (2, 16, 16, 1)
    np.testing.assert_allclose(modelled, coarse, atol=1e-5)
    # Beyond what normal images do, components say no more: it is all left.
    coarse, modelled = (np.asarray(part) for part in subspace(bars([3.0])))
    np.testing.assert_allclose(np.abs(coarse), 1.75 / 0.75, rtol=1e-5)
    np.testing.assert_allclose(np.abs(modelled), 1, rtol=1e-2)
    # Two of the four pixels below one of the grid: half of the change is left.
    defective = bars([0.7])
    defective[0, 4, 4:6] += 0.8
    coarse, modelled = (np.asarray(part) for part in subspace(defective))
    left = coarse - modelled
    place = np.unravel_index(np.argmax(left), left.shape)
    assert place == (0, 2, 2, 0)
    # A 256th of it lies along the component.
    # Normal images are 0.75 from their mean at most: that is 1 here.
    assert left[place] == pytest.approx(0.4 / 0.75 * (1 - 1 / 256), rel=1e-4)


def test_the_largest_square_counts_in_its_own_spread():
    subspace = Subspace(SHAPE, 1)
    left = np.zeros((2, 16, 16, 1), np.float32)
    left[0, 3, 4] = -2.0
    left[0, 9, 9] = left[1, 9, 9] = 1.0
    weight = np.ones((16, 16, 1), np.float32)
    weight[9, 9] = 5.0
    subspace.inverse_spread.assign(weight)
    projection = subspace(np.zeros((2, *SHAPE), np.float32))
    found = subspace.largest(projection._replace(coarse=left))
    np.testing.assert_allclose(found, [25, 25])
    weight[9, 9] = 1.0
    subspace.inverse_spread.assign(weight)
    found = subspace.largest(projection._replace(coarse=left))
    np.testing.assert_allclose(found, [4, 1])


def test_few_images_have_few_components():
    subspace = Subspace(SHAPE, 8)
    random = np.random.default_rng(0)
    images = random.normal(size=(9, *SHAPE)).astype(np.float32)
    subspace.adapt(images)
    down = subspace.network.get_weights()[0]
    assert np.count_nonzero(np.any(down, axis=0)) == 2
    # Alike in all but nothing: nothing to divide by.
    subspace.adapt(np.repeat(images[:1], 40, axis=0))
    assert np.all(np.isfinite(subspace.largest(subspace(images))))


def test_its_config_makes_it_again():
    subspace = Subspace(SHAPE, 3)
    subspace.adapt(bars([0.5, 1.0, 1.5, 2.0] * 4))
    again = Subspace.from_config(subspace.get_config())
    again.set_weights(subspace.get_weights())
    images = bars([0.7, 3.0])
    for one, other in zip(subspace(images), again(images), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not subspace.trainable_weights


def test_no_network_has_a_part_in_it():
    layer = Evidence(("latent", "subspace"), SHAPE, 2, 1, components=2)
    images = bars([0.5, 1.0])
    outputs = GeneratorOutputs(np.zeros((2, 2)), images, np.ones((2, 2)))
    assert layer.learnt == [True, False]
    assert len(layer.columns(images, outputs)) == 1
    projection = layer.subspace(images)
    assert len(layer.columns(images, outputs, projection=projection)) == 2


def test_a_saved_gan_scores_by_it_alike(tmp_path, digits):
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 6),
            latent=4,
            score="evidence",
            evidence=("latent", "subspace"),
            components=6,
        )
    )
    gan.adapt_score(digits.holdout, digits.train)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(
        again.score(digits.test), gan.score(digits.test)
    )
    # The images' contrast, not their exposure, is what it sees.
    dimmer = np.round(digits.test * 0.5).astype(np.uint8)
    one, other = (
        gan.evidence_of(images)[:, 1] for images in (digits.test, dimmer)
    )
    assert np.corrcoef(np.log(one), np.log(other))[0, 1] > 0.98
