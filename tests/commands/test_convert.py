import json

import pytest

from kdgan_tf.deploy import Sidecar
from tests.conftest import assert_one_line_error, invoke

DIGITS = ("--dataset=digits", "--normal_class=3")


def test_writes_the_pair(trained_run, tmp_path):
    output = tmp_path / "student.tflite"
    finished = invoke(
        "convert",
        f"--model={trained_run / 'student.keras'}",
        f"--output={output}",
        "--calibration_images=50",
        "--false_positive_rate=0.1",
        *DIGITS,
    )
    assert finished.returncode == 0, finished.stderr
    assert str(output) in finished.stdout
    sidecar = json.loads(Sidecar.path_for(output).read_text())
    assert (sidecar["dataset"], sidecar["normal_class"]) == ("digits", 3)
    assert sidecar["quantization"] == "int8"
    assert sidecar["threshold"]["false_positive_rate"] == 0.1
    assert sidecar["model_bytes"] == output.stat().st_size
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--quantization=int4"], ["float32, float16", "int4"]),
        (["--quantization=int16x8"], ["int16x8", "Take int8"]),
        (["--output={}/a.bin"], [".tflite"]),
        (["--model=missing.keras"], ["missing.keras", "Check the path"]),
        (["--normal_class=77"], ["77"]),
        (["--calibration_images=0"], ["calibration_images"]),
    ],
)
def test_bad_input_is_one_line(trained_run, tmp_path, words, parts):
    finished = invoke(
        "convert",
        f"--model={trained_run / 'student.keras'}",
        f"--output={tmp_path}/student.tflite",
        *DIGITS,
        *(word.format(tmp_path) for word in words),
    )
    assert_one_line_error(finished, *parts)
    assert not list(tmp_path.iterdir())
