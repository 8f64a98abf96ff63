import json
import re
import shutil

import pytest

from kdgan_tf.deploy import Sidecar, convert, verify
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


@pytest.fixture
def pair(converted, tmp_path):
    """A copy of the file and its sidecar, to spoil."""
    path = tmp_path / "student.tflite"
    shutil.copy(converted, path)
    shutil.copy(Sidecar.path_for(converted), Sidecar.path_for(path))
    return path


@pytest.fixture(scope="session")
def converted_alone(student, digits, tmp_path_factory):
    """`converted` once more, without a file for maps."""
    path = tmp_path_factory.mktemp("alone") / "student.tflite"
    convert(
        student,
        path,
        digits.train,
        holdout=digits.holdout,
        preprocessing=digits.preprocessing,
    )
    return path


@pytest.fixture(scope="session")
def float_file(student, digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("float32") / "student.tflite"
    convert(student, path, digits.train, quantization="float32")
    return path


def change(path, **fields):
    """Change fields of the sidecar; `input__scale` is the input's scale."""
    sidecar = Sidecar.path_for(path)
    content = json.loads(sidecar.read_text())
    for name, value in fields.items():
        *outer, last = name.split("__")
        inner = content[outer[0]] if outer else content
        inner[last] = value
    sidecar.write_text(json.dumps(content))


def failed(path, *args, **kwargs):
    return [check.name for check in verify(path, *args, **kwargs).failures]


def check_named(verification, name):
    return next(item for item in verification.checks if item.name == name)
