import re

import pytest

from kdgan_tf.deploy.micro.emitter import emit


@pytest.fixture(scope="session")
def emitted(tmp_path_factory, untrained):
    """A folder of emitted sources."""
    pytest.importorskip("tflite_micro")
    folder = tmp_path_factory.mktemp("emitted")
    emit(untrained, folder)
    return folder


def constant(folder, name):
    """A number of the emitted settings."""
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
