import dataclasses

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.gan.activations import UnitClip
from kdgan_tf.runtime.errors import InputError

SMOOTH = kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=5)
IN_ONE = dataclasses.replace(SMOOTH, activation="relu", pixel_activation="clip")


def test_a_clip_by_hand():
    found = UnitClip()(np.array([[-3.0, -1.0, 0.25, 1.5]]))
    np.testing.assert_array_equal(found, [[-1, -1, 0.25, 1]])


def kinds(network):
    return {type(layer).__name__ for layer in network.layers}


def test_a_config_chooses_what_follows_convolutions():
    smooth, in_one = (
        kdgan_tf.EDEGAN(config).generator for config in (SMOOTH, IN_ONE)
    )
    for name in ("encoder", "reconstruction_encoder"):
        assert "LeakyReLU" in kinds(getattr(smooth, name))
        assert "ReLU" in kinds(getattr(in_one, name))
        assert "LeakyReLU" not in kinds(getattr(in_one, name))
    assert smooth.decoder.layers[-1].activation is keras.activations.tanh
    assert isinstance(in_one.decoder.layers[-1], UnitClip)


def test_pixels_are_clipped_and_not_bent():
    gan = kdgan_tf.EDEGAN(IN_ONE)
    *_, image, _ = gan.generator.decoder.layers
    latents = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    image.bias.assign([5.0])
    np.testing.assert_array_equal(gan.generator.decoder(latents), 1)
    image.bias.assign([0.0])
    image.kernel.assign(2 * image.kernel)
    before = keras.Model(gan.generator.decoder.inputs, image.output)
    values = np.array(before(latents))
    np.testing.assert_array_equal(
        gan.generator.decoder(latents), np.clip(values, -1, 1)
    )


def test_a_saved_student_scores_alike(digits, tmp_path):
    gan = kdgan_tf.EDEGAN(IN_ONE)
    gan.compile()
    gan.fit(digits.train[:32], batch_size=16, epochs=1, verbose=0)
    gan.save(tmp_path / "student.keras")
    loaded = keras.saving.load_model(tmp_path / "student.keras")
    np.testing.assert_array_equal(
        loaded.score(digits.test[:20]), gan.score(digits.test[:20])
    )


@pytest.mark.parametrize("field", ["activation", "pixel_activation"])
def test_others_are_refused(field):
    with pytest.raises(InputError, match=f"{field} among"):
        dataclasses.replace(SMOOTH, **{field: "swish"})
