"""What may enter a GAN, and what is refused with a line."""

import numpy as np
import pytest
import tensorflow as tf

from kdgan_tf.runtime.errors import InputError


def pixels(shape=(8, 8, 8, 1), dtype=np.uint8):
    return np.random.default_rng(0).integers(2, 256, shape).astype(dtype)


WRONG = {
    "no channel axis": (pixels((8, 8, 8)), r", 8, 8\).*images\[\.\.\., No"),
    "another side": (pixels((8, 16, 16, 1)), r", 16, 16, 1\)"),
    "bool": (pixels() > 9, "bool"),
    "fractions": (pixels() / np.float32(255), "ultiply them by 255"),
    "minus one to one": (pixels() / np.float32(127.5) - 1, "from -0.9"),
    "NaN": (np.where(pixels() > 9, np.nan, 0.0), "from nan"),
    "infinite": (np.where(pixels() > 9, np.inf, 0.0), "inf"),
    "above 255": (pixels().astype(np.int32) * 2, r"\b5\d\d\b"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_images_are_refused_and_nothing_is_trained(make_gan, name):
    images, message = WRONG[name]
    gan = make_gan()
    before = [weight.numpy() for weight in gan.weights]
    for use in (
        gan.fit,
        gan.evaluate,
        gan.score,
        gan.evidence_of,
        lambda found: gan.fit(
            tf.data.Dataset.from_tensor_slices(found).batch(4)
        ),
        lambda found: gan.fit(pixels(), validation_data=found),
    ):
        with pytest.raises(InputError, match=message):
            use(images)
    for old, new in zip(before, gan.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_a_step_on_a_batch_looks_at_its_shape(make_gan):
    """The broadcast over images, where their number equals their side."""
    for use in ("train_on_batch", "test_on_batch"):
        with pytest.raises(InputError, match="channel axis"):
            getattr(make_gan(), use)(pixels((8, 8, 8)))


def test_what_cannot_be_looked_at_before_is_looked_at_in_the_step(make_gan):
    def batches():
        yield (pixels((8, 8, 8)),)

    with pytest.raises(InputError, match="channel axis"):
        make_gan().fit(batches(), steps_per_epoch=1, verbose=0)


def test_pixels_of_any_number_type_and_black_ones_are_taken(make_gan):
    gan = make_gan()
    expected = gan.score(pixels())
    for dtype in (np.float32, np.float64, np.int64):
        np.testing.assert_array_equal(gan.score(pixels(dtype=dtype)), expected)
    assert np.isfinite(gan.score(np.zeros((1, 8, 8, 1)))).all()
