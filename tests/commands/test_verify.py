import json
import shutil

import pytest
from PIL import Image

from kdgan_tf.deploy import Sidecar
from tests.conftest import assert_one_line_error, command, invoke


@pytest.fixture
def pair(trained_run, tmp_path):
    path = tmp_path / "student.tflite"
    for name in ("student.tflite", "student.json"):
        shutil.copy(trained_run / name, tmp_path)
    return path


def verify(*words):
    return invoke("verify", *words)


def test_a_good_file_against_its_model(trained_run):
    finished = verify(
        trained_run / "student.tflite",
        f"--against={trained_run / 'student.keras'}",
        "--dataset=digits",
        "--normal_class=3",
        "--max_bytes=65536",
    )
    assert finished.returncode == 0, finished.stderr + finished.stdout
    for name in ("float32 file = Keras", "AUROC = Keras", "XNNPACK"):
        assert name in finished.stdout
    assert "FAILED" not in finished.stdout


def test_a_failure_is_named_and_exits_1(pair):
    finished = verify(f"--model={pair}", "--max_bytes=10")
    assert finished.returncode == 1
    assert "FAILED" in finished.stdout
    assert_one_line_error(finished, "failed: bytes")


def test_a_sidecar_of_another_file(pair):
    sidecar = Sidecar.path_for(pair)
    content = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**content, "model_sha256": "0" * 64}))
    assert_one_line_error(verify(f"--model={pair}"), "sidecar: SHA-256")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--model=missing.tflite"], ["missing.tflite", "Check the path"]),
        (["--against=missing.keras"], ["missing.keras"]),
        (["--max_bytes=0"], ["max_bytes"]),
        (["--dataset=digits", "--normal_class=77"], ["77"]),
    ],
)
def test_bad_input_is_one_line(pair, words, parts):
    assert_one_line_error(verify(f"--model={pair}", *words), *parts)


def test_a_folder_without_a_test(pair, digits, tmp_path):
    folder = tmp_path / "normal"
    folder.mkdir()
    for index, image in enumerate(digits.train[:20]):
        Image.fromarray(image[..., 0]).save(folder / f"{index}.png")
    words = ("--dataset=folder", f"--train_dir={folder}")
    finished = verify(f"--model={pair}", *words)
    assert_one_line_error(finished, "with --test_dir")


def test_no_model_at_all(pair):
    pair.write_bytes(b"no model")
    finished = command("tflite/verify.py", pair)
    assert_one_line_error(finished, "TFLite anomaly model")
