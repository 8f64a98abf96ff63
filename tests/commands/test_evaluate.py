import json

import pytest

from tests.conftest import assert_one_line_error, invoke

TASK = ("--dataset=digits", "--normal_class=3")


@pytest.mark.parametrize("model", ["student.keras", "student.tflite"])
def test_auroc_is_that_of_the_result(trained_run, model):
    finished = invoke(
        "evaluate", *TASK, f"--model={trained_run / model}", "--json"
    )
    assert finished.returncode == 0, finished.stderr
    row = json.loads(finished.stdout)
    result = json.loads((trained_run / "result.json").read_text())
    part = "student" if model.endswith(".keras") else "tflite"
    assert row["auroc"] == pytest.approx(result[part]["auroc"], abs=1e-6)
    assert row["normal_images"] + row["anomalies"] == 599


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.keras", None, "found nothing"),
        ("bad.keras", b"no archive", "cannot be loaded"),
        ("model.h5", b"", ".keras or .tflite"),
        ("missing.tflite", None, "No such file"),
    ],
)
def test_bad_models(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    finished = invoke("evaluate", *TASK, f"--model={tmp_path / name}")
    assert_one_line_error(finished, message)
