import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from kdgan_tf.deploy.micro.emitter import emit
from kdgan_tf.deploy.micro.operators import add_methods
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.sidecar import Sidecar
from tests.conftest import assert_one_line_error, command
from tests.deploy.conftest import (
    constant,
    micro_interpreter,
    micro_score,
)

FILES = {
    "detector.h",
    "golden_vectors.cc",
    "golden_vectors.h",
    "model_data.cc",
    "model_data.h",
    "model_settings.h",
    "op_resolver.h",
}
MEASURED = 32768


@pytest.fixture
def no_measurement(monkeypatch):
    """Leaves out the search for the arena, which takes seconds."""
    monkeypatch.setattr(
        "kdgan_tf.deploy.micro.emitter.smallest_arena", lambda data: MEASURED
    )


def copy(untrained, folder, **changes):
    """The pair in another folder, with changed fields in the sidecar."""
    copied = Path(shutil.copy(untrained, folder))
    text = json.loads(Sidecar.path_for(untrained).read_text())
    Sidecar.path_for(copied).write_text(json.dumps({**text, **changes}))
    return copied


def golden(folder):
    """Images and scores, read back from the C++ text."""
    text = (folder / "golden_vectors.cc").read_text()
    pixels = re.findall(r"kPixels\d\[\] = {([^}]*)}", text)
    scores = re.findall(r"{kPixels\d, ([^}]*)f}", text)
    return [
        (
            bytes(int(value, 16) for value in values.split(",")[:-1]),
            float(score),
        )
        for values, score in zip(pixels, scores, strict=True)
    ]


def test_writes_the_files_and_nothing_else(emitted):
    assert {path.name for path in emitted.iterdir()} == FILES


def test_the_array_is_the_file(emitted, untrained):
    text = (emitted / "model_data.cc").read_text()
    values = re.search(r"kModelData\[kModelBytes\] = {(.*?)}", text, re.DOTALL)[
        1
    ]
    data = bytes(int(value, 16) for value in re.findall("0x..", values))
    assert data == untrained.read_bytes()
    header = (emitted / "model_data.h").read_text()
    assert f"kModelBytes = {len(data)};" in header


def test_the_settings_are_the_sidecars(emitted, untrained):
    sidecar = Sidecar.read(Sidecar.path_for(untrained))
    text = " ".join((emitted / "model_settings.h").read_text().split())
    assert (
        "{ 8, // content_side 8, // side 1, // channels false, // resize "
        "::kdgan_tf::Fit::kSquare, 16, // bit_depth }" in text
    )
    assert constant(emitted, "kInputScale") == 1
    assert constant(emitted, "kInputZeroPoint") == -128
    threshold = np.float32(constant(emitted, "kThreshold"))
    # The device has reference kernels.
    assert threshold == np.float32(sidecar.reference_threshold.value)


@pytest.mark.parametrize(
    ("headroom", "arena"), [(0, 32768), (0.1, 36048), (0.333, 43680)]
)
def test_the_arena_has_the_stated_headroom(
    untrained, tmp_path, no_measurement, headroom, arena
):
    emit(untrained, tmp_path, headroom)
    assert constant(tmp_path, "kArenaBytes") == arena
    text = (tmp_path / "model_settings.h").read_text()
    assert f"{MEASURED} bytes" in text
    assert f"{headroom:.0%} headroom" in " ".join(text.split("\n// "))


def test_the_resolver_has_exactly_the_operators(emitted, untrained):
    text = (emitted / "op_resolver.h").read_text()
    methods = re.findall(r"resolver\.Add(\w+)\(", text)
    used = Sidecar.read(Sidecar.path_for(untrained)).operators
    assert [method.lower() for method in methods] == [
        name.replace("_", "").lower() for name in used
    ]
    assert f"MicroMutableOpResolver<{len(used)}>" in text
    assert "AddConv2D(tflite::Register_CONV_2D_INT8())" in text
    assert "TransposeConv" not in text


def test_golden_scores_are_those_of_tflite_micro(emitted, untrained):
    sidecar = Sidecar.read(Sidecar.path_for(untrained))
    interpreter = micro_interpreter(untrained, 2**20)
    pairs = zip(golden(emitted), sidecar.golden_vectors, strict=True)
    for (pixels, score), vector in pairs:
        image = vector.image((8, 8, 1))
        assert pixels == image.tobytes()
        exact = micro_score(interpreter, sidecar.input.quantize(image))
        assert np.float32(score) == np.float32(exact)


def test_an_operator_that_tflite_micro_lacks():
    with pytest.raises(InputError, match="lacks TILE"):
        add_methods(["CONV_2D", "TILE"])


def sidecar_of(untrained):
    return json.loads(Sidecar.path_for(untrained).read_text())


@pytest.mark.parametrize(
    ("field", "change", "complaint"),
    [
        ("operators", lambda found: [*found, "TILE"], "operators"),
        ("input", lambda found: {**found, "scale": 0.5}, "scale"),
        ("input", lambda found: {**found, "zero_point": 3}, "zero point"),
        ("golden_vectors", lambda found: [], "golden_vectors"),
        (
            "golden_vectors",
            lambda found: [{**item, "reference_score": 9.0} for item in found],
            "golden vector",
        ),
    ],
)
def test_a_sidecar_that_is_not_true(
    untrained, tmp_path, field, change, complaint
):
    value = change(sidecar_of(untrained)[field])
    changed = copy(untrained, tmp_path, **{field: value})
    with pytest.raises(InputError, match=complaint):
        emit(changed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_arena_of_that_many_bytes(untrained, tmp_path, no_measurement):
    emit(untrained, tmp_path, arena_bytes=40001)
    assert constant(tmp_path, "kArenaBytes") == 40016
    with pytest.raises(InputError, match=f"at least {MEASURED} bytes"):
        emit(untrained, tmp_path, arena_bytes=MEASURED - 1)
    for nothing in (0, -64):
        with pytest.raises(InputError, match="arena_bytes >= 1"):
            emit(
                *(untrained, tmp_path / "none"),
                arena_bytes=nothing,
                vela="ethos-u55-128",
            )
    assert not (tmp_path / "none").exists()


def test_a_namespace_of_its_own(untrained, tmp_path, no_measurement):
    emit(untrained, tmp_path, namespace="factory::digits")
    text = (tmp_path / "detector.h").read_text()
    assert "#ifndef FACTORY_DIGITS_GENERATED_DETECTOR_H_" in text
    for path in tmp_path.iterdir():
        assert "namespace factory::digits {" in path.read_text()


@pytest.mark.parametrize(
    "namespace", ["", "1st", "a b", "a::", "a-b", "é", "class", "a::std"]
)
def test_a_namespace_that_is_none(untrained, tmp_path, namespace):
    with pytest.raises(InputError, match="namespace"):
        emit(untrained, tmp_path / "out", namespace=namespace)


def test_a_sidecar_of_another_file(untrained, tmp_path):
    changed = copy(untrained, tmp_path)
    changed.write_bytes(changed.read_bytes()[:-1] + b"\1")
    with pytest.raises(InputError, match="another file or damaged"):
        emit(changed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_not_int8(float_file, tmp_path):
    with pytest.raises(InputError, match="takes float32"):
        emit(float_file, tmp_path / "out")


@pytest.mark.parametrize("pixels", ["AAAA", "?"])
def test_damaged_golden_vectors(untrained, tmp_path, pixels):
    vectors = [{"pixels": pixels, "score": 0.0}]
    changed = copy(untrained, tmp_path, golden_vectors=vectors)
    with pytest.raises(InputError, match="golden_vectors"):
        emit(changed, tmp_path / "out")


@pytest.mark.parametrize("headroom", [-0.1, float("nan"), float("inf")])
def test_headroom_that_is_none(untrained, tmp_path, headroom):
    with pytest.raises(InputError, match="headroom >= 0"):
        emit(untrained, tmp_path, headroom)


def test_without_tflite_micro(untrained, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install kdgan-tf\[micro\]"):
        emit(untrained, tmp_path / "out")


def test_a_full_disk_leaves_what_was_there(
    untrained, tmp_path, monkeypatch, no_measurement
):
    emit(untrained, tmp_path, 0.1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    write_text = Path.write_text

    def full_at_the_last_file(path, *args, **kwargs):
        if path.name == "model_data.cc":
            raise OSError("no space left")
        return write_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full_at_the_last_file)
    with pytest.raises(OSError, match="no space left"):
        emit(untrained, tmp_path, 0.5)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_command_says_what_is_wrong_in_one_line(tmp_path):
    finished = command(
        "tflite/emit_micro.py",
        f"--model={tmp_path / 'none.tflite'}",
        f"--output_dir={tmp_path / 'out'}",
    )
    assert_one_line_error(finished, "none.tflite", "No such file")
    assert not (tmp_path / "out").exists()
