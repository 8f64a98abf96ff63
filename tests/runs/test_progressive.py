"""The whole schedule, in process and as a process that gets killed."""

import dataclasses
import importlib.util
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
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs import models, report
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runs.progressive import ProgressiveRun
from kdgan_tf.runs.publication import publish
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import locked
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import QUICK, ROOT, assert_one_line_error, command, invoke


def without_seconds(folder):
    result = json.loads((folder / "result.json").read_text())
    for role in ("teacher", "student"):
        assert result[role].pop("seconds") > 0
    return result


def run_until_killed(folder, condition):
    """Start the command and kill it as soon as `condition` holds."""
    process = subprocess.Popen(
        [
            sys.executable,
            "tools/train.py",
            *QUICK,
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


def run_on_a_full_disk(folder, most_bytes, what):
    """No file can be longer: the command says that `what` needs room."""
    finished = command(
        "tools/train.py",
        *QUICK,
        f"--output_dir={folder}",
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (most_bytes, most_bytes)
        ),
    )
    assert_one_line_error(finished, "Expected room to write", what, "Make room")
    assert not list(folder.rglob(".writing*"))


def ends_as(folder, undisturbed):
    finished = command("tools/train.py", *QUICK, f"--output_dir={folder}")
    assert finished.returncode == 0, finished.stderr
    assert without_seconds(folder) == without_seconds(undisturbed)
    for name in ("student.tflite", "student.json"):
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()


def test_a_run_starved_and_killed_ends_as_an_undisturbed_one(
    trained_run, tmp_path
):
    folder = tmp_path / "run"
    run_on_a_full_disk(folder, 50_000, "epoch-00001")
    for reached in (
        folder / ".state" / "teacher" / ".writing",
        folder / ".state" / "step1" / "epoch-00001",
        folder / "student.tflite",
    ):
        run_until_killed(folder, reached.exists)
    ends_as(folder, trained_run)


@pytest.mark.slow
@pytest.mark.parametrize(
    "reached",
    [
        *("teacher/epoch-00002", "teacher.json", "step1/.writing"),
        *("student/epoch-00001", "student.json", "../report/roc.png"),
    ],
)
def test_a_run_killed_anywhere_ends_alike(trained_run, tmp_path, reached):
    folder = tmp_path / "run"
    run_until_killed(folder, (folder / ".state" / reached).exists)
    ends_as(folder, trained_run)


@pytest.mark.slow
def test_a_disk_that_is_full_at_the_end(trained_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(trained_run, folder)
    for name in ("result.json", "student.tflite", "student.json"):
        (folder / name).unlink()
    run_on_a_full_disk(folder, 10_000, tempfile.gettempdir())
    ends_as(folder, trained_run)


def test_the_run_directory_is_as_promised(trained_run):
    names = {
        str(path.relative_to(trained_run))
        for path in trained_run.rglob("*")
        if path.is_file() and ".state" not in path.parts
    }
    assert names == {
        "flags.txt",
        "teacher.keras",
        "student.keras",
        "student.tflite",
        "student.json",
        "student.map.tflite",
        "result.json",
        "README.md",
        "demo.html",
        "report/index.html",
        "report/roc.png",
        "report/score_histogram.png",
        "report/reconstructions.png",
        "report/training_curves.png",
        "logs/teacher.csv",
        "logs/step1.csv",
        "logs/student.csv",
    }


def test_result_agrees_with_the_files(trained_run, digits):
    result = json.loads((trained_run / "result.json").read_text())
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
    for role in ("teacher", "student"):
        gan = models.load_gan(trained_run / f"{role}.keras")
        found = auroc(gan.score(digits.test), digits.anomalous)
        assert found == pytest.approx(result[role]["auroc"], abs=1e-6)
    assert 0 < result["student"]["auroc_step1"] <= 1
    tflite = result["tflite"]
    assert tflite["bytes"] == (trained_run / "student.tflite").stat().st_size
    scorer = Scorer(trained_run / "student.tflite")
    assert scorer.threshold == tflite["threshold"]
    found = auroc(scorer.score(digits.test), digits.anomalous)
    assert found == pytest.approx(tflite["auroc"], abs=1e-6)
    rejected = np.mean(scorer.decide(scorer.score(digits.holdout)))
    assert rejected <= 0.05


def test_a_finished_run_is_not_trained_again(trained_run):
    before = (trained_run / "teacher.keras").stat().st_mtime_ns
    flags = (trained_run / "flags.txt").read_text().split()
    # Of this process.
    apart = {"--threads=1": "--threads=0", "--deterministic": ""}
    words = [apart.get(word, word) for word in flags]
    finished = invoke("train", *filter(None, words))
    assert finished.returncode == 0, finished.stderr
    assert "compression" in finished.stdout
    assert (trained_run / "teacher.keras").stat().st_mtime_ns == before


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
            "upright_accuracy": 0.7,
            **changes,
        }
    )


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


def test_another_run_in_the_same_folder_is_refused(digits, tmp_path):
    ProgressiveRun(tiny(), digits, tmp_path)
    with pytest.raises(InputError, match=r"differ: seed, teacher\.channels"):
        ProgressiveRun(
            tiny(
                seed=1,
                teacher=dataclasses.replace(presets.digits_teacher, latent=4),
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


def test_rotation_is_left_out_where_there_is_no_upright(digits, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1))
    images = dataclasses.replace(
        digits,
        train=noise.astype(np.uint8),
        # Nothing is held out, so all is measured on the training images.
        holdout=digits.holdout[:0],
    )
    result = run(tiny(), images, tmp_path)
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
        synthetic=255 - digits.holdout,
    )
    result = json.loads(
        (unpublished.directory.path / "result.json").read_text()
    )
    assert result["tflite"]["auroc"] is None
    assert 0 <= result["tflite"]["synthetic_auroc"] <= 1
    assert result["baselines"]["measured_on"] == "synthetic defects"
    assert result["baselines"]["nearest_neighbour"] > 0.9
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
