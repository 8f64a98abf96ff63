import re

import keras
import pytest

import kdgan_tf
from kdgan_tf.deploy.micro.emitter import emit


@pytest.fixture(scope="session")
def student():
    """A small student trained for a moment on digits."""
    keras.utils.set_random_seed(0)
    images = kdgan_tf.data.load("digits", 3, holdout=0.1)
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1), channels=(6, 12), latent=8
    )
    gan = kdgan_tf.EDEGAN(config)
    gan.compile(jit_compile=False)
    gan.fit(images.train, batch_size=16, epochs=30, verbose=0)
    return gan


@pytest.fixture(scope="session")
def converted(student, tmp_path_factory):
    """An int8 file of it, beside its sidecar."""
    images = kdgan_tf.data.load("digits", 3, holdout=0.1)
    path = tmp_path_factory.mktemp("converted") / "student.tflite"
    kdgan_tf.deploy.convert(
        student,
        path,
        images.train,
        holdout=images.holdout,
        preprocessing=images.preprocessing,
        dataset="digits",
        normal_class=3,
    )
    return path


def convert_untrained(path, digits, **kwargs):
    keras.utils.set_random_seed(0)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)
    )
    kdgan_tf.deploy.convert(gan, path, digits.train[:50], **kwargs)
    return path


@pytest.fixture(scope="session")
def untrained(tmp_path_factory, digits):
    """An int8 file with its sidecar; the weights are random."""
    return convert_untrained(
        tmp_path_factory.mktemp("model") / "student.tflite", digits
    )


@pytest.fixture(scope="session")
def emitted(tmp_path_factory, untrained):
    """A folder of emitted sources."""
    pytest.importorskip("tflite_micro")
    folder = tmp_path_factory.mktemp("emitted")
    emit(untrained, folder)
    return folder


def constant(folder, name):
    text = (folder / "model_settings.h").read_text()
    return float(re.search(rf" {name} = (.*?)f?;", text)[1])


def micro_interpreter(model, arena_bytes):
    micro = pytest.importorskip("tflite_micro")
    return micro.runtime.Interpreter.from_bytes(
        model.read_bytes(), arena_size=arena_bytes
    )


def micro_score(interpreter, values):
    """What TFLite Micro makes of the network's input."""
    interpreter.set_input(values.reshape(1, 8, 8, 1), 0)
    interpreter.invoke()
    return interpreter.get_output(0).item()
