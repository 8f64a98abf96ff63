import dataclasses
import functools
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kdgan_tf.deploy.micro import operators, templates
from kdgan_tf.deploy.micro.emitter import emit
from kdgan_tf.runtime.sidecar import Sidecar
from tests.broken_model import with_one_shifted_scale
from tests.conftest import ROOT
from tests.deploy.conftest import constant, micro_interpreter, micro_score

MICRO = ROOT / "tflite/micro"
STAND_IN = Path(__file__).with_name("tflm_stand_in")


def compiler(name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The stand-in, as the library that TFLite Micro would be."""
    cxx = compiler("g++")
    folder = tmp_path_factory.mktemp("library")
    source = STAND_IN / "tensorflow/lite/micro/stand_in.cc"
    path = folder / "libtensorflow-microlite.a"
    subprocess.run(
        [cxx, "-O1", "-c", "-I", STAND_IN, source, "-o", folder / "stand_in.o"],
        check=True,
    )
    subprocess.run(["ar", "rcs", path, folder / "stand_in.o"], check=True)
    return path


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
def program(tmp_path_factory, emitted, library):
    return linked(emitted, tmp_path_factory.mktemp("build"), library)


def linked(generated, build, library):
    """The program of a model, linked with the stand-in for TFLite Micro."""
    cxx = compiler("g++")
    made = make(
        build,
        generated,
        f"CXX={cxx}",
        f"TFLM_LIBRARY={library}",
        "TARGET_FLAGS=-Werror",
    )
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
    program, emitted, untrained
):
    # The arena is the emitted one: what does not fit in it fails here.
    arena = int(constant(emitted, "kArenaBytes"))
    interpreter = micro_interpreter(untrained, arena)
    status, log = run(program, lambda values: micro_score(interpreter, values))
    assert log.count(" ok") == 4, log
    assert "self-test passed" in log
    assert status == 0


def test_the_self_test_fails_with_other_scores(program, untrained):
    interpreter = micro_interpreter(untrained, 2**20)
    threshold = Sidecar.read(Sidecar.path_for(untrained)).threshold.value

    def slightly_wrong(values):
        score = micro_score(interpreter, values)
        return score + 1e-3 * max(score, threshold)

    status, log = run(program, slightly_wrong)
    assert log.count("WRONG") == 4, log
    assert "passed" not in log
    assert status == 1


def test_the_self_test_fails_with_one_shifted_scale(
    converted, library, tmp_path
):
    """TFLite Micro computes the broken file; the program judges its scores."""
    emit(converted, tmp_path / "emitted")
    program = linked(tmp_path / "emitted", tmp_path / "build", library)
    shifted = tmp_path / "shifted.tflite"
    shifted.write_bytes(with_one_shifted_scale(converted.read_bytes()))
    for path, passed in ((converted, True), (shifted, False)):
        interpreter = micro_interpreter(path, 2**20)
        status, log = run(program, functools.partial(micro_score, interpreter))
        assert ("WRONG" in log) != passed, log
        assert ("self-test passed" in log) == passed
        assert status == (0 if passed else 1)


def test_the_self_test_fails_with_nan(program):
    assert run(program, lambda values: float("nan"))[0] == 1


def test_compiles_for_a_microcontroller(emitted, tmp_path):
    cxx = compiler("arm-none-eabi-g++")
    flags = "-mcpu=cortex-m4 -mthumb -Werror -Wconversion -Wdouble-promotion"
    made = make(
        tmp_path, emitted, "objects", f"CXX={cxx}", f"TARGET_FLAGS={flags}"
    )
    assert made.returncode == 0, made.stderr
    objects = list(tmp_path.glob("*.o"))
    assert len(objects) == 5
    undefined = subprocess.check_output(
        ["arm-none-eabi-nm", "--undefined-only", *objects], text=True
    )
    assert "memcpy" in undefined or "Invoke" in undefined
    for name in ("malloc", "_Znw", "__dso_handle", "__cxa_atexit"):
        assert name not in undefined


# One more test where TFLite Micro is, none skipped where it is not.
if {"TFLM", "THIRD_PARTY", "TFLM_LIBRARY"} <= set(os.environ):

    def test_runs_with_the_library_that_is_named(emitted, tmp_path):
        names = ("THIRD_PARTY", "TFLM_LIBRARY")
        words = [f"{name}={os.environ[name]}" for name in names]
        made = make(tmp_path, emitted, "test", *words, tflm=os.environ["TFLM"])
        assert made.returncode == 0, made.stderr
        assert "self-test passed" in made.stderr


def test_two_compilers_do_not_share_objects(emitted, tmp_path):
    compiler("g++")
    compiler("arm-none-eabi-g++")
    for cxx in ("g++", "arm-none-eabi-g++"):
        made = make(tmp_path, emitted, "objects", f"CXX={cxx}")
        assert made.stdout.count(f"{cxx} -std") == 5
        assert made.stdout.count(" -DNDEBUG ") == 5
        again = make(tmp_path, emitted, "objects", f"CXX={cxx}")
        assert "-std" not in again.stdout
    # The machine, of an ELF file: 40 is Arm.
    assert (tmp_path / "main.o").read_bytes()[18] == 40


def test_another_layout_of_tflites_structures_is_refused(emitted, tmp_path):
    cxx = compiler("g++")
    source = tmp_path / "main.cc"
    source.write_text('#include "detector.h"\nint main() {}\n')
    words = [cxx, "-std=c++17", "-fsyntax-only", f"-I{MICRO}", f"-I{emitted}"]
    words += ["-isystem", STAND_IN, source]
    right = subprocess.run(
        [*words, "-DTF_LITE_STATIC_MEMORY"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert right.returncode == 0, right.stderr
    wrong = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "#error" in wrong.stderr
    assert "TF_LITE_STATIC_MEMORY" in wrong.stderr


def test_two_models_live_in_one_program(untrained, library, tmp_path):
    cxx = compiler("g++")
    emit(untrained, tmp_path / "one")
    emit(
        untrained,
        tmp_path / "other",
        arena_bytes=65536,
        namespace="factory::kdgan_tf",
    )
    program = tmp_path / "two"
    subprocess.run(
        [
            *(cxx, "-std=c++17", "-Wall", "-Wextra", "-Werror"),
            *("-DTF_LITE_STATIC_MEMORY", f"-I{MICRO}", f"-I{tmp_path}"),
            *("-isystem", STAND_IN),
            *(MICRO / "anomaly_detector.cc", MICRO / "camera.cc"),
            *tmp_path.glob("*/*.cc"),
            *(STAND_IN.with_name("two_models.cc"), library, "-o", program),
        ],
        check=True,
    )
    vectors = Sidecar.read(Sidecar.path_for(untrained)).golden_vectors
    golden = [vector.reference_score for vector in vectors]
    answers = [64, 64, 0.5, "nan", *golden, 1e9]
    finished = subprocess.run(
        [program],
        input=" ".join(map(str, answers)),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert finished.returncode == 0
    said, black, written, *tested = finished.stdout.splitlines()
    assert said == "call Init first, and see what it returns"
    assert black.split() == 64 * ["-128"]
    assert written.split() == 64 * ["100"]
    assert len(tested) == len(golden) + 1


@pytest.mark.parametrize("tree", ["", "/none"])
def test_make_says_what_is_missing(emitted, tmp_path, tree):
    made = make(tmp_path, emitted, tflm=tree)
    assert made.returncode != 0
    assert "Expected a TFLite Micro source tree" in made.stderr


def test_every_operator_has_its_method(untrained, tmp_path):
    cxx = compiler("g++")
    sidecar = dataclasses.replace(
        Sidecar.read(Sidecar.path_for(untrained)),
        operators=tuple(sorted(operators._OPERATORS)),
    )
    (text,) = templates.op_resolver(
        sidecar, sidecar.operators, "every"
    ).values()
    source = tmp_path / "all.cc"
    source.write_text(text)
    subprocess.run(
        [cxx, "-std=c++17", "-fsyntax-only", "-isystem", STAND_IN, source],
        check=True,
    )


def test_quantizes_on_the_device_as_here(untrained, tmp_path):
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
    tensor = Sidecar.read(Sidecar.path_for(untrained)).input
    for column, (scale, zero_point) in zip(
        device.T, quantizations, strict=True
    ):
        here = dataclasses.replace(tensor, scale=scale, zero_point=zero_point)
        np.testing.assert_array_equal(column, here.quantize(np.arange(256)))
