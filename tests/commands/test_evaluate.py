import json
import shutil

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.deploy import Sidecar
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
        ("bad.keras", b"no archive", "damaged or was cut off"),
        ("model.h5", b"", ".keras or .tflite"),
        ("missing.tflite", None, "No such file"),
    ],
)
def test_bad_models(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    finished = invoke("evaluate", *TASK, f"--model={tmp_path / name}")
    assert_one_line_error(finished, message)


def test_images_of_another_task(converted, tmp_path):
    """The file's sidecar says what it was made for."""
    for words, message in (
        (["--dataset=digits", "--normal_class=4"], "normal_class 3"),
        (["--dataset=folder", *folders(tmp_path)], "dataset 'digits'"),
    ):
        finished = invoke("evaluate", f"--model={converted}", *words)
        assert_one_line_error(finished, message, "student.json")


def test_images_of_another_preprocessing(converted, tmp_path):
    for path in (converted, Sidecar.path_for(converted)):
        shutil.copy(path, tmp_path)
    model = tmp_path / converted.name
    sidecar = Sidecar.path_for(model)
    content = json.loads(sidecar.read_text())
    content |= {"dataset": "folder", "normal_class": None}
    content["input"]["preprocessing"]["content_side"] = 7
    sidecar.write_text(json.dumps(content))
    words = ["--dataset=folder", *folders(tmp_path), "--image_size=8"]
    finished = invoke("evaluate", f"--model={model}", *words)
    assert_one_line_error(finished, "preprocessing content_side 7", "found 8")


def test_a_folder_is_fitted_as_the_sidecar_says(converted, tmp_path):
    for path in (converted, Sidecar.path_for(converted)):
        shutil.copy(path, tmp_path)
    sidecar = Sidecar.path_for(tmp_path / converted.name)
    content = json.loads(sidecar.read_text())
    content |= {"dataset": "folder", "normal_class": None}
    # The folder alone has squares of 8x8 and so no such rule.
    content["input"]["preprocessing"] |= {"fit": "crop", "bit_depth": 12}
    sidecar.write_text(json.dumps(content))
    words = ["--dataset=folder", *folders(tmp_path)]
    finished = invoke(
        "evaluate", f"--model={tmp_path / converted.name}", *words
    )
    assert finished.returncode == 0, finished.stderr
    assert "12 normal images and 12 anomalies" in finished.stdout


def folders(tmp_path):
    """Flags of folders with a few grey 8x8 images."""
    pixels = np.random.default_rng(0).integers(256, size=(12, 8, 8))
    for index, image in enumerate(pixels.astype(np.uint8)):
        for place in ("train", "test/normal", "test/bad"):
            folder = tmp_path / place
            folder.mkdir(parents=True, exist_ok=True)
            changed = np.roll(image, len(place), axis=0)
            Image.fromarray(changed).save(folder / f"{index}.png")
    return [f"--train_dir={tmp_path}/train", f"--test_dir={tmp_path}/test"]
