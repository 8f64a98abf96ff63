"""Networks of the user's own in place of those of the config."""

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.runtime.errors import InputError
from tests.conftest import equal, values

layers = keras.layers
CONFIG = kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)


def encoder(latent=4):
    """Functional, with a branch: no plain stack of layers."""
    images = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(4, 4, 4, activation="relu")(images)
    pooled = layers.AveragePooling2D(4)(images)
    joined = layers.Concatenate()([hidden, pooled])
    outputs = layers.Dense(latent)(layers.Flatten()(joined))
    return keras.Model(images, outputs, name="own_encoder")


def decoder():
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(64, activation="tanh"),
            layers.Reshape((8, 8, 1)),
        ]
    )


def discriminator(activation=None):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 4, 4, activation="relu"),
            layers.Flatten(),
            layers.Dense(1, activation=activation),
        ]
    )


def own_gan(seed=0):
    keras.utils.set_random_seed(seed)
    gan = kdgan_tf.EDEGAN(
        CONFIG,
        encoder=encoder(),
        decoder=decoder(),
        discriminator=discriminator(),
    )
    gan.compile(run_eagerly=True)
    return gan


def test_every_own_network_is_trained_saved_and_loaded(digits, tmp_path):
    gan = own_gan()
    before = [values(part) for part in (gan.generator, gan.discriminator)]
    gan.fit(digits.train[:8], verbose=0)
    for old, part in zip(
        before, (gan.generator, gan.discriminator), strict=True
    ):
        for one, other in zip(old, values(part), strict=True):
            assert not np.array_equal(one, other)
    gan.save(tmp_path / "own.keras")
    loaded = keras.saving.load_model(tmp_path / "own.keras")
    assert loaded.own_networks == {"encoder", "decoder", "discriminator"}
    assert equal(values(gan), values(loaded))
    for model in (loaded, gan.detached()):
        np.testing.assert_array_equal(
            model.score(digits.test[:8]), gan.score(digits.test[:8])
        )


def test_the_second_encoder_has_weights_of_its_own():
    generator = own_gan().generator
    first, second = generator.encoder, generator.reconstruction_encoder
    assert [v.shape for v in first.weights] == [v.shape for v in second.weights]
    assert not {id(v) for v in first.weights} & {id(v) for v in second.weights}


@pytest.mark.parametrize("own", ["teacher", "student"])
def test_own_teacher_or_student_is_distilled(make_gan, digits, own):
    teacher, student = own_gan(), make_gan(CONFIG, seed=1)
    if own == "student":
        teacher, student = student, teacher
    for kind in (kdgan_tf.FrozenTeacherDistiller, kdgan_tf.JointDistiller):
        model = kind(teacher, student)
        model.compile(run_eagerly=True)
        before = values(student.generator)
        model.fit(digits.train[:8], verbose=0)
        assert not equal(before, values(student.generator))


def test_an_own_student_becomes_a_file_that_scores_alike(digits, tmp_path):
    gan = own_gan()
    path = tmp_path / "own.tflite"
    kdgan_tf.deploy.convert(
        gan, path, digits.train[:50], quantization="float32"
    )
    images = digits.test[:8]
    np.testing.assert_allclose(
        kdgan_tf.Scorer(path).score(images), gan.score(images), rtol=1e-3
    )
    with pytest.raises(InputError, match="own ones: decoder, encoder.*int8"):
        kdgan_tf.deploy.convert(
            gan, path, digits.train[:50], quantization="qat_int8"
        )


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ({"encoder": encoder(5)}, r"own encoder .*\(n, 4\).*\(n, 5\)"),
        ({"decoder": encoder()}, "own decoder .*does not take that input"),
        ({"encoder": "resnet"}, "a keras.Model. Received: str"),
        ({"discriminator": encoder()}, r"logits \(n, 1\).*\(2, 4\)"),
        ({"discriminator": discriminator("sigmoid")}, "activation sigmoid"),
    ],
)
def test_networks_that_do_not_fit_are_refused(networks, message):
    with pytest.raises(InputError, match=message):
        kdgan_tf.EDEGAN(CONFIG, **networks)


def test_a_frozen_encoder_of_ones_own_is_frozen_in_copies(digits, tmp_path):
    mine = keras.Sequential(
        [
            keras.Input(CONFIG.image_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(CONFIG.latent),
        ],
        name="mine",
    )
    mine.trainable = False
    # Its twin, the second encoder, has the same name.
    gan = kdgan_tf.EDEGAN(CONFIG, encoder=mine)
    gan.compile(run_eagerly=True)
    gan.fit(digits.train[:8], verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for copy in (gan.detached(), loaded):
        assert len(copy.trainable_variables) == len(gan.trainable_variables)
        assert not copy.generator.encoder.trainable
