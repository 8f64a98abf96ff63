"""The whole schedule, in process."""

import dataclasses
import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from kdgan_tf.data import orientation
from kdgan_tf.data.defects import KINDS, synthetic_defects
from kdgan_tf.deploy import Scorer
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs import models, report
from kdgan_tf.runs.progressive import ProgressiveRun
from kdgan_tf.runs.publication import publish
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import locked
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import ROOT, every_step_eagerly
from tests.runs.tiny_run import tiny


@pytest.fixture(scope="module", autouse=True)
def eagerly():
    """The schedule is the claim; the command's run has graphs."""
    with pytest.MonkeyPatch.context() as patch:
        every_step_eagerly(patch)
        yield


def run(config, digits, folder):
    return ProgressiveRun(config, digits, folder, verbose=0).run()


@pytest.fixture(scope="module")
def trained(digits, tmp_path_factory):
    """A run directory in which every phase is done, and no file made."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    ProgressiveRun(tiny(), digits, folder, verbose=0)._train()
    return folder


@pytest.fixture
def unpublished(trained, digits, tmp_path):
    """A `ProgressiveRun` on a copy of it."""
    shutil.copytree(trained, tmp_path / "run")
    return ProgressiveRun(tiny(), digits, tmp_path / "run", verbose=0)


@pytest.mark.slow
def test_rotation_is_left_out_where_there_is_no_upright(
    digits, tmp_path, monkeypatch
):
    # In noise there is nothing to find, however long one looks.
    monkeypatch.setattr(orientation, "_FEWEST_STEPS", 40)
    noise = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1))
    images = dataclasses.replace(
        digits,
        train=noise.astype(np.uint8),
        # Nothing is held out, so all is measured on the training images.
        holdout=digits.holdout[:0],
    )
    config = tiny().with_augmentations(("mirror", "shift"))
    config = dataclasses.replace(config, symmetry_accuracy=0.75)
    result = run(config, images, tmp_path)
    # Nor has noise a left and a right.
    assert result["recipe"]["symmetry_accuracies"]["mirror"] < 0.75
    assert result["recipe"]["augmentations"] == ["mirror", "shift"]
    assert result["recipe"]["negatives"] == ["inversion"]
    assert result["recipe"]["score"] == "both"
    sidecar = Scorer(tmp_path / "student.tflite").sidecar
    assert "log" in sidecar.score_definition
    assert not sidecar.threshold.held_out
    assert np.isfinite(result["tflite"]["threshold"])


def test_the_score_without_rotation_is_the_one_held_ready():
    adapted = tiny(score_without_rotation="latent").without_rotation()
    for gan in (adapted.teacher, adapted.student):
        assert gan.negatives == ("inversion",)
        assert gan.score == "latent"


def test_the_result_has_baselines_and_drift(unpublished, digits):
    result = unpublished.run()
    baselines = result["baselines"]
    assert baselines["measured_on"] == "test images"
    assert 0.9 < baselines["nearest_neighbour"] <= 1
    assert 0.9 < baselines["pca"] <= 1
    assert result["images"]["held_out"] == len(digits.holdout)
    assert 0 <= result["false_alarms"]["test_normal"] <= 1
    assert result["drift"]["rates"]["unchanged"] <= 0.05
    # Nothing leaves a digit normal but itself: the same threshold.
    as_they_come = result["as_they_come"]
    assert as_they_come["threshold"] == result["tflite"]["threshold"]
    assert as_they_come["normal"] == result["false_alarms"]["test_normal"]
    assert 0 <= as_they_come["anomalies"] <= 1
    # Hardly trained, it is beaten, and that is said.
    beaten = "nearest neighbour has"
    assert any(line.startswith(beaten) for line in result["warnings"])
    assert any("few training steps" in line for line in result["warnings"])
    assert "nearest neighbour  0.9" in report.table(result)


@pytest.mark.slow
def test_normal_images_are_enough(digits, tmp_path):
    images = dataclasses.replace(
        digits, test=digits.test[:0], anomalous=digits.anomalous[:0]
    )
    config = tiny(student_alone=True, epoch_auroc=True, upright_accuracy=0)
    result = run(config, images, tmp_path)
    for figures in (result["teacher"], result["student"], result["tflite"]):
        assert figures["auroc"] is None
        assert 0 <= figures["synthetic_auroc"] <= 1
    assert result["baselines"]["measured_on"] == "synthetic defects"
    assert result["false_alarms"]["test_normal"] is None
    assert result["drift"]["images"] == len(digits.holdout)
    pictures = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"score_histogram.png", "roc.png"} <= pictures
    assert "AUROC on synthetic defects" in report.table(result)


def test_figures_on_synthetic_defects(unpublished, digits):
    images = dataclasses.replace(
        digits, test=digits.test[:0], anomalous=digits.anomalous[:0]
    )
    publish(
        unpublished.directory,
        unpublished.config,
        images,
        *(unpublished._trained(phase) for phase in ("teacher", "student")),
        synthetic=synthetic_defects(digits.holdout),
    )
    result = json.loads(
        (unpublished.directory.path / "result.json").read_text()
    )
    assert result["tflite"]["auroc"] is None
    assert 0 <= result["tflite"]["synthetic_auroc"] <= 1
    assert result["baselines"]["measured_on"] == "synthetic defects"
    assert result["baselines"]["nearest_neighbour"] > 0.6
    assert [*result["kinds"]] == [*KINDS]
    assert (unpublished.directory.path / "report" / "roc.png").exists()
    assert "AUROC on synthetic defects" in report.table(result)


def test_a_run_whose_file_fails_leaves_all_else(
    unpublished, digits, monkeypatch
):
    monkeypatch.setattr("kdgan_tf.runs.delivery._NEXT", {})
    student = unpublished._trained("student")
    for weight in student.weights:
        if weight.path.endswith("encoder/latent/bias"):
            weight.assign([300.0, 0, 0, 0])
    publish(
        unpublished.directory,
        unpublished.config,
        digits,
        unpublished._trained("teacher"),
        student,
    )
    result = json.loads(
        (unpublished.directory.path / "result.json").read_text()
    )
    assert result["tflite"]["bytes"] is None
    assert not result["tflite"]["verified"]
    assert "limit" in result["tflite"]["failures"][0]["reason"]
    assert result["drift"] is None
    assert result["student"]["auroc"] > 0
    assert (unpublished.directory.path / "report" / "roc.png").exists()
    assert (unpublished.directory.path / "student.keras").exists()
    assert "there is no .tflite file" in result["warnings"][-1]
    assert ".tflite" not in report.table(result)


def test_a_model_without_enough_steps_is_told_so(digits, tmp_path):
    images = dataclasses.replace(digits, train=digits.train[:16])
    whole = ProgressiveRun(tiny(), images, tmp_path, verbose=0)
    model, _ = whole._new_teacher()
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    checkpoint = EpochCheckpoint(tmp_path / "state", tmp_path / "log.csv")
    with pytest.raises(InputError, match="With 1 steps it has hardly been tr"):
        whole.models.keep("teacher", model, checkpoint, 1)


@pytest.mark.slow
def test_a_teacher_can_be_shared_and_step_2_left_out(trained, digits, tmp_path):
    config = tiny(step2_phase=PhaseConfig(epochs=0), student_alone=True)
    result = ProgressiveRun(
        config, digits, tmp_path / "b", teacher_from=trained, verbose=0
    ).run()
    assert not (tmp_path / "b" / "logs" / "teacher.csv").exists()
    one, other = (
        models.load_gan(folder / "teacher.keras").score(digits.test)
        for folder in (trained, tmp_path / "b")
    )
    np.testing.assert_array_equal(one, other)
    found = auroc(one, digits.anomalous)
    assert result["teacher"]["auroc"] == pytest.approx(found, abs=1e-6)
    assert result["recipe"]["negatives"] == ["rotation", "inversion"]
    assert result["recipe"]["score"] == "latent"
    student = result["student"]
    assert student["auroc"] == student["auroc_step1"]
    assert 0 < student["auroc_alone"] <= 1
    assert (tmp_path / "b" / "logs" / "alone.csv").exists()


def test_a_teacher_of_another_run_is_refused(trained, digits, tmp_path):
    for changes in ({"seed": 5}, {"mixed_precision": "bfloat16"}):
        (name,) = changes
        with pytest.raises(InputError, match=f"differ: {name}"):
            ProgressiveRun(
                tiny(**changes),
                digits,
                tmp_path / name,
                teacher_from=trained,
            )
    with pytest.raises(InputError, match="finished teacher"):
        ProgressiveRun(
            tiny(), digits, tmp_path / "d", teacher_from=tmp_path / "none"
        )


def test_a_directory_is_for_one_process_at_a_time(digits, tmp_path):
    waiting = ProgressiveRun(tiny(), digits, tmp_path, verbose=0)
    program = (
        "import sys, time; from kdgan_tf.runtime.files import locked\n"
        f"with locked({str(tmp_path / '.state')!r}):\n"
        "    print('locked', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(InputError, match="another process is writing"):
            waiting.run()
        other.kill()
    # A lock ends with its process.
    with locked(tmp_path / ".state"):
        pass


def test_event_files_for_tensorboard_are_no_other_run(digits, tmp_path):
    begun = ProgressiveRun(tiny(), digits, tmp_path)
    if importlib.util.find_spec("tensorboard") is None:
        with pytest.raises(InputError, match="the package tensorboard"):
            ProgressiveRun(tiny(tensorboard=True), digits, tmp_path)
        return
    run = ProgressiveRun(tiny(tensorboard=True), digits, tmp_path, verbose=0)
    run._phase("teacher", run.config.teacher_phase, run._new_teacher)
    folder = begun.directory.logs / "tensorboard" / "teacher"
    assert list(folder.rglob("events.*"))
