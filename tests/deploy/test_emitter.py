import dataclasses
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.deploy import templates
from kdgan_tf.deploy.emitter import emit
from kdgan_tf.deploy.sidecar import Sidecar
from kdgan_tf.deploy.templates import operators
from kdgan_tf.errors import InputError
from tests.conftest import ROOT, assert_one_line_error, command

MICRO = ROOT / "tflite/micro"
STAND_IN = Path(__file__).with_name("tflm_stand_in")
FILES = {
    "golden_vectors.cc",
    "golden_vectors.h",
    "model_data.cc",
    "model_data.h",
    "model_settings.h",
    "op_resolver.h",
}
MEASURED = 32768


def convert(path, digits, **kwargs):
    keras.utils.set_random_seed(0)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)
    )
    kdgan_tf.deploy.convert(gan, path, digits.train[:50], **kwargs)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory, digits):
    """An int8 file with its sidecar; the weights are random."""
    return convert(tmp_path_factory.mktemp("model") / "student.tflite", digits)


@pytest.fixture(scope="module")
def emitted(tmp_path_factory, model):
    """A folder of emitted sources."""
    pytest.importorskip("tflite_micro")
    folder = tmp_path_factory.mktemp("emitted")
    emit(model, folder)
    return folder


@pytest.fixture
def no_measurement(monkeypatch):
    """Leaves out the search for the arena, which takes seconds."""
    monkeypatch.setattr(
        "kdgan_tf.deploy.emitter.smallest_arena", lambda data: MEASURED
    )


def copy(model, folder, **changes):
    """The pair in another folder, with changed fields in the sidecar."""
    copied = Path(shutil.copy(model, folder))
    text = json.loads(Sidecar.path_for(model).read_text())
    Sidecar.path_for(copied).write_text(json.dumps({**text, **changes}))
    return copied


def constant(folder, name):
    text = (folder / "model_settings.h").read_text()
    return float(re.search(rf" {name} = (.*?)f?;", text)[1])


def golden(folder):
    """Images and scores, read back from the C++ text."""
    text = (folder / "golden_vectors.cc").read_text()
    vectors = re.findall(r"{{([^}]*)},\s*([^}]*)f}", text)
    return [
        (
            bytes(int(value, 16) for value in pixels.split(",")[:-1]),
            float(score),
        )
        for pixels, score in vectors
    ]


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


def test_writes_the_files_and_nothing_else(emitted):
    assert {path.name for path in emitted.iterdir()} == FILES


def test_the_array_is_the_file(emitted, model):
    text = (emitted / "model_data.cc").read_text()
    values = re.search(r"kModelData\[\] = {(.*?)}", text, re.DOTALL)[1]
    data = bytes(int(value, 16) for value in re.findall("0x..", values))
    assert data == model.read_bytes()
    header = (emitted / "model_data.h").read_text()
    assert f"kModelBytes = {len(data)};" in header


def test_the_settings_are_the_sidecars(emitted, model):
    sidecar = Sidecar.read(Sidecar.path_for(model))
    assert constant(emitted, "kInputSide") == 8
    assert constant(emitted, "kInputChannels") == 1
    assert constant(emitted, "kInputScale") == 1
    assert constant(emitted, "kInputZeroPoint") == -128
    threshold = np.float32(constant(emitted, "kThreshold"))
    assert threshold == np.float32(sidecar.threshold.value)


@pytest.mark.parametrize(
    ("headroom", "arena"), [(0, 32768), (0.1, 36048), (0.333, 43680)]
)
def test_the_arena_has_the_stated_headroom(
    model, tmp_path, no_measurement, headroom, arena
):
    emit(model, tmp_path, headroom)
    assert constant(tmp_path, "kArenaBytes") == arena
    text = (tmp_path / "model_settings.h").read_text()
    assert f"{MEASURED} bytes" in text
    assert f"{headroom:.0%} headroom" in " ".join(text.split("\n// "))


def test_the_resolver_has_exactly_the_operators(emitted, model):
    text = (emitted / "op_resolver.h").read_text()
    methods = re.findall(r"resolver\.Add(\w+)\(\)", text)
    used = Sidecar.read(Sidecar.path_for(model)).operators
    assert [method.lower() for method in methods] == [
        name.replace("_", "").lower() for name in used
    ]
    assert f"MicroMutableOpResolver<{len(used)}>" in text
    assert "AddConv2D" in text
    assert "AddTransposeConv" in text


def test_golden_scores_are_those_of_tflite_micro(emitted, model):
    sidecar = Sidecar.read(Sidecar.path_for(model))
    interpreter = micro_interpreter(model, 2**20)
    pairs = zip(golden(emitted), sidecar.golden_vectors, strict=True)
    for (pixels, score), vector in pairs:
        image = vector.image((8, 8, 1))
        assert pixels == image.tobytes()
        exact = micro_score(interpreter, sidecar.input.quantize(image))
        assert np.float32(score) == np.float32(exact)


def test_an_operator_that_tflite_micro_lacks(model, tmp_path):
    used = json.loads(Sidecar.path_for(model).read_text())["operators"]
    changed = copy(model, tmp_path, operators=[*used, "TILE"])
    with pytest.raises(InputError, match="lacks TILE"):
        emit(changed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_sidecar_of_another_file(model, tmp_path):
    changed = copy(model, tmp_path)
    changed.write_bytes(changed.read_bytes()[:-1] + b"\1")
    with pytest.raises(InputError, match="another file or damaged"):
        emit(changed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_not_int8(digits, tmp_path):
    path = convert(tmp_path / "f.tflite", digits, quantization="float32")
    with pytest.raises(InputError, match="takes float32"):
        emit(path, tmp_path / "out")


@pytest.mark.parametrize("pixels", ["AAAA", "?"])
def test_damaged_golden_vectors(model, tmp_path, pixels):
    vectors = [{"pixels": pixels, "score": 0.0}]
    changed = copy(model, tmp_path, golden_vectors=vectors)
    with pytest.raises(InputError, match="golden vectors of shape"):
        emit(changed, tmp_path / "out")


@pytest.mark.parametrize("headroom", [-0.1, float("nan"), float("inf")])
def test_headroom_that_is_none(model, tmp_path, headroom):
    with pytest.raises(InputError, match="headroom >= 0"):
        emit(model, tmp_path, headroom)


def test_without_tflite_micro(model, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install kdgan-tf\[micro\]"):
        emit(model, tmp_path / "out")


def test_a_full_disk_leaves_what_was_there(
    model, tmp_path, monkeypatch, no_measurement
):
    emit(model, tmp_path, 0.1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    write_text = Path.write_text

    def full_at_the_last_file(path, *args, **kwargs):
        if path.name == "model_data.cc":
            raise OSError("no space left")
        return write_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full_at_the_last_file)
    with pytest.raises(OSError, match="no space left"):
        emit(model, tmp_path, 0.5)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_command_says_what_is_wrong_in_one_line(tmp_path):
    finished = command(
        "tflite/emit_micro.py",
        f"--model={tmp_path / 'none.tflite'}",
        f"--output_dir={tmp_path / 'out'}",
    )
    assert_one_line_error(finished, "none.tflite", "No such file")
    assert not (tmp_path / "out").exists()


# From here on with a compiler.


def compiler(name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


def make(build, generated, *words, tflm=STAND_IN):
    return subprocess.run(
        [
            "make",
            f"--directory={MICRO}",
            f"TFLM={tflm}",
            f"GENERATED={generated}",
            f"BUILD={build}",
            *words,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory, emitted):
    """The program, linked with the stand-in for TFLite Micro."""
    cxx = compiler("g++")
    build = tmp_path_factory.mktemp("build")
    made = make(build, emitted, f"CXX={cxx}", "TARGET_FLAGS=-Werror")
    assert made.returncode == 0, made.stderr
    return build / "anomaly_detector"


def run(program, answer):
    """Run the program; `answer` turns what the network takes into a score.

    Returns:
        Exit status and log.
    """
    with subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        print(64, file=process.stdin, flush=True)
        for line in process.stdout:
            values = np.array(line.split(), np.int64)
            assert values.min() >= -128
            assert values.max() <= 127
            score = answer(values.astype(np.int8))
            print(f"{score:.9g}", file=process.stdin, flush=True)
        log = process.stderr.read()
    return process.returncode, log


def test_the_self_test_passes_with_tflite_micros_scores(
    program, emitted, model
):
    # The arena is the emitted one: what does not fit in it fails here.
    arena = int(constant(emitted, "kArenaBytes"))
    interpreter = micro_interpreter(model, arena)
    status, log = run(program, lambda values: micro_score(interpreter, values))
    assert log.count(" ok") == 4, log
    assert "self-test passed" in log
    assert status == 0


def test_the_self_test_fails_with_other_scores(program, model):
    interpreter = micro_interpreter(model, 2**20)
    threshold = Sidecar.read(Sidecar.path_for(model)).threshold.value

    def slightly_wrong(values):
        score = micro_score(interpreter, values)
        return score + 1e-3 * max(score, threshold)

    status, log = run(program, slightly_wrong)
    assert log.count("WRONG") == 4, log
    assert "passed" not in log
    assert status == 1


def test_the_self_test_fails_with_nan(program):
    assert run(program, lambda values: float("nan"))[0] == 1


def test_compiles_for_a_microcontroller(emitted, tmp_path):
    cxx = compiler("arm-none-eabi-g++")
    flags = "-mcpu=cortex-m4 -mthumb -Werror -Wconversion -Wdouble-promotion"
    made = make(
        tmp_path, emitted, "objects", f"CXX={cxx}", f"TARGET_FLAGS={flags}"
    )
    assert made.returncode == 0, made.stderr
    assert len(list(tmp_path.glob("*.o"))) == 4


def test_runs_with_the_tree_that_tflm_names(emitted, tmp_path):
    tree = os.environ.get("TFLM")
    if tree is None:
        pytest.skip("TFLM names no TFLite Micro source tree")
    made = make(tmp_path, emitted, "-j4", "test", tflm=tree)
    assert made.returncode == 0, made.stderr
    assert "self-test passed" in made.stderr


@pytest.mark.parametrize("tree", ["", "/none"])
def test_make_says_what_is_missing(emitted, tmp_path, tree):
    made = make(tmp_path, emitted, tflm=tree)
    assert made.returncode != 0
    assert "Expected a TFLite Micro source tree" in made.stderr


def test_every_operator_has_its_method(model, tmp_path):
    cxx = compiler("g++")
    sidecar = dataclasses.replace(
        Sidecar.read(Sidecar.path_for(model)),
        operators=tuple(sorted(operators._OPERATORS)),
    )
    (text,) = templates.op_resolver(sidecar).values()
    source = tmp_path / "all.cc"
    source.write_text(text)
    subprocess.run(
        [cxx, "-std=c++17", "-fsyntax-only", "-isystem", STAND_IN, source],
        check=True,
    )


def test_quantizes_on_the_device_as_here(model, tmp_path):
    cxx = compiler("g++")
    quantizations = [(1, -128), (0.5, -128), (2, 3), (2, -128), (0.7, -100)]
    calls = "\n".join(
        f'std::printf("%d ", Quantize(pixel, {scale}f, {zero_point}));'
        for scale, zero_point in [(float(s), z) for s, z in quantizations]
    )
    source = tmp_path / "quantize.cc"
    source.write_text(
        '#include <cstdio>\n#include "quantize.h"\n'
        "using kdgan_tf::Quantize;\n"
        "int main() { for (int i = 0; i < 256; ++i) {\n"
        f"const std::uint8_t pixel = i;\n{calls}\n}} }}\n"
    )
    program = tmp_path / "quantize"
    subprocess.run(
        [
            *(cxx, "-std=c++17", "-Wall", "-Wextra", "-Werror"),
            *(f"-I{MICRO}", source, "-o", program),
        ],
        check=True,
    )
    output = subprocess.run([program], stdout=subprocess.PIPE, check=True)
    device = np.array(output.stdout.split(), int).reshape(256, -1)
    tensor = Sidecar.read(Sidecar.path_for(model)).input
    for column, (scale, zero_point) in zip(
        device.T, quantizations, strict=True
    ):
        here = dataclasses.replace(tensor, scale=scale, zero_point=zero_point)
        np.testing.assert_array_equal(column, here.quantize(np.arange(256)))
