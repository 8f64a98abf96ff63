import subprocess
import sys

import numpy as np
import pytest

from kdgan_tf.deploy.conversion.recipes import exported, of_exported
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.interpreter import load_interpreter
from kdgan_tf.runtime.model_file import read_model_file


@pytest.fixture(scope="session")
def data(untrained):
    return untrained.read_bytes()


def test_says_what_litert_says(untrained, data):
    described = read_model_file(data, untrained)
    interpreter = load_interpreter(data, untrained, delegate=False)
    (details,) = interpreter.get_input_details()
    tensor = described.inputs["image"]
    assert tensor.shape == tuple(details["shape"])
    assert tensor.dtype == np.dtype(details["dtype"]).name
    assert (tensor.scales[0], tensor.zero_points[0]) == details["quantization"]
    assert [operator.name for operator in described.operators] == [
        operator["op_name"] for operator in interpreter._get_ops_details()
    ]
    assert described.outputs["score"].size == 1
    assert described.fast_kernels


def test_reads_files_of_every_recipe_that_leaves_floats(make_gan, digits):
    recipes = ("float32", "float16", "dynamic")
    with exported(make_gan().detached()) as folder:
        files = [
            of_exported(folder, recipe, digits.train[:60]) for recipe in recipes
        ]
    for recipe, data in zip(recipes, files, strict=True):
        described = read_model_file(data, recipe)
        assert described.steepness == 0
        assert described.inputs["image"].dtype == "float32"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: b"", "the mark of TFLite"),
        (lambda data: data[: len(data) // 2], "Convert the student again"),
        (lambda data: data.replace(b"score\0", b"other\0"), "no signature"),
    ],
)
def test_what_is_no_model(data, spoil, message):
    with pytest.raises(InputError, match=message) as caught:
        read_model_file(spoil(data), "student.tflite")
    assert "\n" not in str(caught.value)


_MUTATIONS = """
import sys
import numpy as np
from pathlib import Path
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.interpreter import Runner, load_interpreter
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.sidecar import Sidecar

path = Path(sys.argv[1])
tensor = Sidecar.read(Sidecar.path_for(path)).input
rng = np.random.default_rng(0)
refused = ran = 0
for _ in range(int(sys.argv[2])):
    data = bytearray(path.read_bytes())
    for place in rng.integers(len(data), size=rng.integers(1, 9)):
        data[place] = rng.integers(256)
    data = bytes(data)
    print("M", flush=True)
    try:
        found = read_model_file(data, path)
        if found.inputs["image"].shape == tensor.shape:
            run = load_interpreter(data, path, delegate=found.fast_kernels)
            Runner(run, tensor)([np.zeros(tensor.shape[1:], np.uint8)])
            ran += 1
    except (InputError, KeyError):
        refused += 1
print("END", refused, ran)
"""


def test_damage_that_a_sha_vouches_for_never_ends_the_process(untrained):
    """200 files with some wrong bytes: refused, or they run."""
    finished = subprocess.run(
        [sys.executable, "-c", _MUTATIONS, str(untrained), "200"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-500:]
    assert "END" in finished.stdout
