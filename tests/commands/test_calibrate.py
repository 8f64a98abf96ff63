import json
import shutil

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.deploy import Scorer, Sidecar, write_page
from kdgan_tf.runtime.threshold import threshold_for
from tests.conftest import assert_one_line_error, command, invoke
from tests.runtime.test_sidecar import version_1


@pytest.fixture
def pair(converted, tmp_path):
    for path in (converted, Sidecar.path_for(converted)):
        shutil.copy(path, tmp_path)
    return tmp_path / converted.name


@pytest.fixture
def normal(digits, tmp_path):
    folder = tmp_path / "normal"
    folder.mkdir()
    images = digits.test[~digits.anomalous][:40]
    for index, image in enumerate(images):
        Image.fromarray(image[..., 0]).save(folder / f"{index:02}.png")
    return folder


def test_a_new_threshold_and_nothing_else(pair, normal, digits):
    model = pair.read_bytes()
    before = json.loads(Sidecar.path_for(pair).read_text())
    finished = invoke(
        "calibrate", f"--model={pair}", f"--images={normal}", "--rate=0.1"
    )
    assert finished.returncode == 0, finished.stderr
    assert "10.0% false alarms" in finished.stdout
    assert "warning" not in finished.stdout
    after = json.loads(Sidecar.path_for(pair).read_text())
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"threshold", "reference_threshold"}
    assert pair.read_bytes() == model
    images = digits.test[~digits.anomalous][:40]
    for reference in (False, True):
        scorer = Scorer(pair, reference_kernels=reference)
        scores = scorer.score(images)
        assert scorer.threshold == threshold_for(scores, 0.1)[0]
        found = scorer.sidecar.threshold_of(reference)
        assert (found.images, found.held_out) == (40, True)
        assert found.expected_rate <= 0.1
        np.testing.assert_array_equal(found.normal_scores, np.sort(scores))


def test_the_page_of_a_run_shows_the_new_threshold(pair, normal):
    page = pair.with_name("demo.html")
    write_page(pair, page)
    former = page.read_text()
    finished = invoke(
        "calibrate", f"--model={pair}", f"--images={normal}", "--rate=0.2"
    )
    assert "the report shows the threshold from before" in finished.stdout
    shown = page.read_text()
    write_page(pair, page)
    assert shown == page.read_text() != former


def test_the_page_of_another_model_stays(pair, normal):
    page = pair.with_name("demo.html")
    page.write_text("of another model")
    finished = invoke("calibrate", f"--model={pair}", f"--images={normal}")
    assert finished.returncode == 0, finished.stderr
    assert "report" not in finished.stdout
    assert page.read_text() == "of another model"


def test_too_few_images_are_said(pair, normal):
    for path in sorted(normal.iterdir())[9:]:
        path.unlink()
    finished = invoke("calibrate", f"--model={pair}", f"--images={normal}")
    assert finished.returncode == 0, finished.stderr
    assert "19 images would do" in finished.stdout
    threshold = Sidecar.read(Sidecar.path_for(pair)).threshold
    assert threshold.expected_rate == pytest.approx(1 / 10)
    assert threshold.false_positive_rate == 0.05


def test_an_old_sidecar_learns_p_values(pair, normal):
    path = Sidecar.path_for(pair)
    path.write_text(json.dumps(version_1(json.loads(path.read_text()))))
    invoke("calibrate", f"--model={pair}", f"--images={normal}")
    assert Scorer(pair).p_values([1e9])[0] == pytest.approx(1 / 41)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rate=1"], "rate in [0, 1)"),
        (["--images="], "Received none"),
        (["--model=missing.tflite"], "missing.tflite"),
    ],
)
def test_bad_input_leaves_the_sidecar(pair, normal, words, message):
    before = Sidecar.path_for(pair).read_bytes()
    finished = invoke(
        "calibrate", f"--model={pair}", f"--images={normal}", *words
    )
    assert_one_line_error(finished, message)
    (normal / "00.png").write_bytes(b"")
    finished = invoke("calibrate", f"--model={pair}", f"--images={normal}")
    assert_one_line_error(finished, "00.png")
    assert Sidecar.path_for(pair).read_bytes() == before


def test_works_where_tensorflow_is_not_installed(pair, normal):
    program = f"""
import sys
for name in (
    *("tensorflow", "keras", "tensorflow_datasets"),
    *("sklearn", "scipy", "matplotlib"),
):
    sys.modules[name] = None  # importing it now raises ModuleNotFoundError
import contextlib, io
import kdgan_tf
from kdgan_tf.commands import calibrate, convert, evaluate, predict, train
from kdgan_tf.commands import verify
for run in (calibrate.run, predict.run):
    words = ["--model={pair}", "--images={normal}"]
    assert run.status(["name", *words]) == 0
assert verify.run.status(["name", "{pair}"]) == 0
for run, words in (
    (evaluate.run, ["--model={pair}"]),
    (verify.run, ["{pair}", "--dataset=mnist", "--normal_class=1"]),
    (train.run, ["--output_dir=none"]),
    (convert.run, ["--model=student.keras", "--output=none.tflite"]),
):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert run.status(["name", *words]) == 1
    assert "Expected TensorFlow" in said.getvalue(), said.getvalue()
try:
    kdgan_tf.EDEGAN
except ModuleNotFoundError as error:
    assert "for kdgan_tf.EDEGAN, found none. Install all" in str(error)
else:
    raise AssertionError("it cannot be there")
"""
    finished = command("-c", program)
    assert finished.returncode == 0, finished.stderr


def test_a_single_image_sets_no_threshold(pair, normal):
    before = Sidecar.path_for(pair).read_bytes()
    one = sorted(normal.iterdir())[0]
    finished = invoke("calibrate", f"--model={pair}", f"--images={one}")
    assert_one_line_error(finished, "at least 8 normal images", "found 1")
    assert Sidecar.path_for(pair).read_bytes() == before
