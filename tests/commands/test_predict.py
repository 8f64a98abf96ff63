import json
import shutil

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.deploy import Scorer
from tests.conftest import assert_one_line_error, command, invoke


@pytest.fixture
def pictures(digits, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, image in enumerate(digits.test[:4]):
        Image.fromarray(image[..., 0]).save(folder / f"{index}.png")
    return folder


def predict(model, *flags):
    return invoke("predict", f"--model={model}", *flags)


def test_json_lines_agree_with_the_library(trained_run, pictures, digits):
    model = trained_run / "student.tflite"
    finished = predict(model, f"--images={pictures}", "--json")
    assert finished.returncode == 0, finished.stderr
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    scorer = Scorer(model)
    expected = scorer.score(digits.test[:4])
    np.testing.assert_allclose([row["score"] for row in rows], expected)
    assert [row["anomalous"] for row in rows] == list(scorer.decide(expected))


def test_table(trained_run, pictures):
    files = f"{pictures / '0.png'},{pictures / '2.png'}"
    model = trained_run / "student.tflite"
    finished = command(
        "tools/predict.py", f"--model={model}", f"--images={files}"
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert lines[0].split() == ["score", "decision", "image"]
    assert [line.split()[-1][-5:] for line in lines[1:]] == ["0.png", "2.png"]


def test_bad_input(trained_run, pictures, tmp_path):
    model = trained_run / "student.tflite"
    wrong = tmp_path / "wrong.png"
    Image.new("L", (20, 20)).save(wrong)
    assert_one_line_error(predict(model, f"--images={wrong}"), "8x8", "20x20")
    missing = tmp_path / "missing.png"
    assert_one_line_error(
        predict(model, f"--images={missing}"), "found nothing"
    )
    (tmp_path / "empty").mkdir()
    assert_one_line_error(
        predict(model, f"--images={tmp_path / 'empty'}"), "found none"
    )


def test_model_without_or_with_a_foreign_sidecar(trained_run, tmp_path):
    model = tmp_path / "student.tflite"
    shutil.copy(trained_run / "student.tflite", model)
    image = tmp_path / "a.png"
    Image.new("L", (8, 8)).save(image)
    finished = predict(model, f"--images={image}")
    assert_one_line_error(finished, "student.json")
    shutil.copy(trained_run / "student.json", tmp_path)
    model.write_bytes(model.read_bytes() + b"\0")
    finished = predict(model, f"--images={image}")
    assert_one_line_error(finished, "another file or damaged")
