"""The whole schedule, in process and as a process that gets killed."""

import dataclasses
import json
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from kdgan_tf.deploy import Scorer
from kdgan_tf.gan import presets
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs import models, report
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runs.progressive import ProgressiveRun
from kdgan_tf.runs.publication import publish
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import QUICK, ROOT, assert_one_line_error, command

KILLED = (*QUICK, "--deterministic", "--student_alone", "--teacher_epochs=8")


def without_seconds(folder):
    result = json.loads((folder / "result.json").read_text())
    for role in ("teacher", "student"):
        assert result[role].pop("seconds") > 0
    return result


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    finished = command("tools/train.py", *KILLED, f"--output_dir={folder}")
    assert finished.returncode == 0, finished.stderr
    return folder


def run_until_killed(folder, condition):
    """Start the command and kill it as soon as `condition` holds."""
    process = subprocess.Popen(
        [
            sys.executable,
            "tools/train.py",
            *KILLED,
            f"--output_dir={folder}",
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "result.json").exists()


def test_a_run_killed_in_every_phase_ends_alike(undisturbed, tmp_path):
    folder = tmp_path / "run"
    state = folder / ".state"
    for condition in (
        (state / "teacher" / "epoch-00003").exists,
        (state / "teacher" / ".writing").exists,
        (state / "teacher.json").exists,
        (state / "step1" / "epoch-00001").exists,
        (state / "student" / "epoch-00001").exists,
        (folder / "student.tflite").exists,
    ):
        run_until_killed(folder, condition)
    finished = command("tools/train.py", *KILLED, f"--output_dir={folder}")
    assert finished.returncode == 0, finished.stderr
    assert without_seconds(folder) == without_seconds(undisturbed)
    for name in ("student.tflite", "student.json"):
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()


@pytest.mark.parametrize(
    ("finished_phases", "most_bytes", "what"),
    [(False, 50_000, "epoch-00001"), (True, 10_000, tempfile.gettempdir())],
)
def test_a_full_disk_is_an_error_and_the_run_goes_on(
    undisturbed, tmp_path, finished_phases, most_bytes, what
):
    folder = tmp_path / "run"
    if finished_phases:
        shutil.copytree(undisturbed, folder)
        for name in ("result.json", "student.tflite", "student.json"):
            (folder / name).unlink()
    words = ("tools/train.py", *KILLED, f"--output_dir={folder}")
    limits = (most_bytes, most_bytes)
    finished = command(
        *words,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )
    assert_one_line_error(finished, "Expected room to write", what, "Make room")
    assert not list(folder.rglob(".writing*"))
    finished = command(*words)
    assert finished.returncode == 0, finished.stderr
    assert without_seconds(folder) == without_seconds(undisturbed)


def test_the_run_directory_is_as_promised(undisturbed):
    names = {
        str(path.relative_to(undisturbed))
        for path in undisturbed.rglob("*")
        if path.is_file() and ".state" not in path.parts
    }
    assert names == {
        "flags.txt",
        "teacher.keras",
        "student.keras",
        "student.tflite",
        "student.json",
        "result.json",
        "report/roc.png",
        "report/score_histogram.png",
        "report/reconstructions.png",
        "report/training_curves.png",
        "logs/teacher.csv",
        "logs/step1.csv",
        "logs/student.csv",
        "logs/alone.csv",
    }


def test_result_agrees_with_the_files(undisturbed, digits):
    result = json.loads((undisturbed / "result.json").read_text())
    assert set(result) >= {
        "dataset",
        "normal_class",
        "seed",
        "versions",
        "teacher",
        "student",
        "compression",
        "tflite",
    }
    assert (result["dataset"], result["normal_class"]) == ("digits", 3)
    from kdgan_tf.gan.evaluation import auroc

    for role in ("teacher", "student"):
        gan = models.load_gan(undisturbed / f"{role}.keras")
        found = auroc(gan.score(digits.test), digits.anomalous)
        assert found == pytest.approx(result[role]["auroc"], abs=1e-6)
    assert 0 < result["student"]["auroc_step1"] <= 1
    assert 0 < result["student"]["auroc_alone"] <= 1
    tflite = result["tflite"]
    assert tflite["bytes"] == (undisturbed / "student.tflite").stat().st_size
    scorer = Scorer(undisturbed / "student.tflite")
    assert scorer.threshold == tflite["threshold"]
    found = auroc(scorer.score(digits.test), digits.anomalous)
    assert found == pytest.approx(tflite["auroc"], abs=1e-6)
    rejected = np.mean(scorer.decide(scorer.score(digits.holdout)))
    assert rejected <= 0.05


def test_a_finished_run_is_not_trained_again(undisturbed):
    before = (undisturbed / "teacher.keras").stat().st_mtime_ns
    finished = command("tools/train.py", *KILLED, f"--output_dir={undisturbed}")
    assert finished.returncode == 0, finished.stderr
    assert "compression" in finished.stdout
    assert (undisturbed / "teacher.keras").stat().st_mtime_ns == before


def tiny(**changes):
    config = GANConfig(
        image_shape=(8, 8, 1),
        channels=(4, 8),
        latent=4,
        negatives=("rotation", "inversion"),
    )
    phase = PhaseConfig(epochs=1)
    return RunConfig(
        **{
            "teacher": dataclasses.replace(config, channels=(6, 12)),
            "student": config,
            "teacher_phase": phase,
            "step1_phase": phase,
            "step2_phase": phase,
            "jit_compile": False,
            **changes,
        }
    )


def run(config, digits, folder):
    return ProgressiveRun(config, digits, folder, verbose=0).run()


def test_another_run_in_the_same_folder_is_refused(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    with pytest.raises(InputError, match=r"differ: seed, teacher\.channels"):
        ProgressiveRun(
            tiny(
                seed=1,
                teacher=dataclasses.replace(presets.digits_teacher),
            ),
            digits,
            tmp_path,
        )


def test_other_images_in_the_same_folder_are_refused(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    ProgressiveRun(tiny(), digits, tmp_path)
    inverted = dataclasses.replace(
        digits, train=255 - digits.train, test=255 - digits.test
    )
    message = "differ: normal_images_sha256, test_images_sha256"
    with pytest.raises(InputError, match=message):
        ProgressiveRun(tiny(), inverted, tmp_path)


def test_a_run_that_does_not_know_its_images_goes_on(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    path = tmp_path / ".state" / "settings.json"
    settings = json.loads(path.read_text())
    for name in ("normal_images_sha256", "test_images_sha256"):
        del settings[name]
    for name in ("fit", "bit_depth"):
        del settings["preprocessing"][name]
    path.write_text(json.dumps(settings))
    ProgressiveRun(tiny(), digits, tmp_path)
    with pytest.raises(InputError, match="differ: seed"):
        ProgressiveRun(tiny(seed=1), digits, tmp_path)


def test_step_2_can_be_left_out(digits, tmp_path):
    result = run(tiny(step2_phase=PhaseConfig(epochs=0)), digits, tmp_path)
    student = result["student"]
    assert student["auroc"] == student["auroc_step1"]
    assert student["auroc_alone"] is None


@pytest.mark.parametrize(
    ("upright", "kinds", "score"),
    [
        (True, ["rotation", "inversion"], "latent"),
        (False, ["inversion"], "both"),
        (False, ["inversion"], "latent"),
    ],
)
def test_rotation_is_left_out_where_there_is_no_upright(
    digits, tmp_path, upright, kinds, score
):
    if not upright:
        noise = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1))
        noise = noise.astype(np.uint8)
        digits = dataclasses.replace(digits, train=noise[:60], holdout=noise)
    config = tiny(upright_accuracy=0.7, score_without_rotation=score)
    result = run(config, digits, tmp_path)
    assert result["recipe"]["negatives"] == kinds
    assert result["recipe"]["score"] == score
    sidecar = Scorer(tmp_path / "student.tflite").sidecar
    assert ("log" in sidecar.score_definition) == (score == "both")


def test_a_run_without_held_out_images(digits, tmp_path):
    images = dataclasses.replace(digits, holdout=digits.holdout[:0])
    config = tiny(
        upright_accuracy=0.99,
        teacher=dataclasses.replace(tiny().teacher, score="both"),
        student=dataclasses.replace(tiny().student, score="both"),
    )
    result = run(config, images, tmp_path)
    assert np.isfinite(result["tflite"]["threshold"])
    assert not Scorer(tmp_path / "student.tflite").sidecar.threshold.held_out


def test_the_result_has_baselines_and_drift(digits, tmp_path):
    result = run(tiny(), digits, tmp_path)
    baselines = result["baselines"]
    assert baselines["measured_on"] == "test images"
    assert 0.9 < baselines["nearest_neighbour"] <= 1
    assert 0.9 < baselines["pca"] <= 1
    assert result["images"]["held_out"] == len(digits.holdout)
    assert 0 <= result["false_alarms"]["test_normal"] <= 1
    assert result["drift"]["rates"]["unchanged"] <= 0.05
    # Hardly trained, it is beaten, and that is said.
    beaten = "nearest neighbour has"
    assert any(line.startswith(beaten) for line in result["warnings"])
    assert any("few training steps" in line for line in result["warnings"])
    assert "nearest neighbour  0.9" in report.table(result)


def test_normal_images_are_enough(digits, tmp_path):
    images = dataclasses.replace(
        digits, test=digits.test[:0], anomalous=digits.anomalous[:0]
    )
    result = run(tiny(student_alone=True, epoch_auroc=True), images, tmp_path)
    for figures in (result["teacher"], result["student"], result["tflite"]):
        assert figures["auroc"] is figures["synthetic_auroc"] is None
    assert result["baselines"]["measured_on"] is None
    assert result["false_alarms"]["test_normal"] is None
    assert result["drift"]["images"] == len(digits.holdout)
    pictures = {path.name for path in (tmp_path / "report").iterdir()}
    assert "score_histogram.png" in pictures
    assert "roc.png" not in pictures
    assert "student, step 2         -" in report.table(result)


def test_figures_on_synthetic_defects(digits, tmp_path):
    images = dataclasses.replace(
        digits, test=digits.test[:0], anomalous=digits.anomalous[:0]
    )
    whole = ProgressiveRun(tiny(), images, tmp_path, verbose=0)
    whole._train()
    publish(
        whole.directory,
        whole.config,
        images,
        *(whole._trained(phase) for phase in ("teacher", "student")),
        synthetic=255 - digits.holdout,
    )
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["tflite"]["auroc"] is None
    assert 0 <= result["tflite"]["synthetic_auroc"] <= 1
    assert result["baselines"]["measured_on"] == "synthetic defects"
    assert result["baselines"]["nearest_neighbour"] > 0.9
    assert (tmp_path / "report" / "roc.png").exists()
    assert "AUROC on synthetic defects" in report.table(result)


def test_a_run_whose_file_fails_leaves_all_else(digits, tmp_path, monkeypatch):
    monkeypatch.setattr("kdgan_tf.runs.delivery._NEXT", {})
    whole = ProgressiveRun(tiny(), digits, tmp_path, verbose=0)
    whole._train()
    student = whole._trained("student")
    for weight in student.weights:
        if weight.path.endswith("encoder/latent/bias"):
            weight.assign([300.0, 0, 0, 0])
    publish(
        whole.directory,
        whole.config,
        digits,
        whole._trained("teacher"),
        student,
    )
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["tflite"]["bytes"] is None
    assert not result["tflite"]["verified"]
    assert "limit" in result["tflite"]["failures"][0]["reason"]
    assert result["drift"] is None
    assert result["student"]["auroc"] > 0
    assert (tmp_path / "report" / "roc.png").exists()
    assert (tmp_path / "student.keras").exists()
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
        whole._keep("teacher", model, checkpoint, 1)


def test_a_teacher_can_be_shared(digits, tmp_path):
    first = run(tiny(), digits, tmp_path / "a")
    shared = ProgressiveRun(
        tiny(step2_phase=PhaseConfig(epochs=0)),
        digits,
        tmp_path / "b",
        teacher_from=tmp_path / "a",
        verbose=0,
    ).run()
    assert shared["teacher"] == first["teacher"]
    assert not (tmp_path / "b" / "logs" / "teacher.csv").exists()
    np.testing.assert_array_equal(
        models.load_gan(tmp_path / "a" / "teacher.keras").score(digits.test),
        models.load_gan(tmp_path / "b" / "teacher.keras").score(digits.test),
    )
    with pytest.raises(InputError, match="differ: seed"):
        ProgressiveRun(
            tiny(seed=5), digits, tmp_path / "c", teacher_from=tmp_path / "a"
        )
    with pytest.raises(InputError, match="finished teacher"):
        ProgressiveRun(
            tiny(), digits, tmp_path / "d", teacher_from=tmp_path / "none"
        )
