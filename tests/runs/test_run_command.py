"""The command of a run: what it leaves, and what kills do to it."""

import contextlib
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
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs import models
from kdgan_tf.training.distribution import device_name
from tests.conftest import (
    QUICK,
    ROOT,
    assert_one_line_error,
    command,
    every_step_eagerly,
    invoke,
)


def without_seconds(folder):
    result = json.loads((folder / "result.json").read_text())
    for role in ("teacher", "student"):
        assert result[role].pop("seconds") > 0
        assert result[role]["device"] == device_name()
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
    assert_no_room(finished, folder, what)


def assert_no_room(finished, folder, what):
    assert_one_line_error(finished, "Expected room to write", what, "Make room")
    assert not list(folder.rglob(".writing*"))


def ends_as(folder, undisturbed):
    finished = command("tools/train.py", *QUICK, f"--output_dir={folder}")
    assert finished.returncode == 0, finished.stderr
    assert without_seconds(folder) == without_seconds(undisturbed)
    for name in ("student.tflite", "student.json"):
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()


@contextlib.contextmanager
def no_file_longer_than(most_bytes):
    """As on a full disk, for this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_at_the_first_checkpoint(tmp_path, monkeypatch):
    every_step_eagerly(monkeypatch)
    with no_file_longer_than(50_000):
        finished = invoke(
            "train",
            *("--dataset=digits", "--normal_class=3", "--teacher_epochs=1"),
            *("--jit_compile=false", f"--output_dir={tmp_path}"),
        )
    assert_no_room(finished, tmp_path, "epoch-00001")


@pytest.mark.slow
def test_a_run_starved_and_killed_often_ends_as_an_undisturbed_one(
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


@pytest.mark.parametrize(
    "reached",
    [
        # A phase is done, another one has begun.
        "step1/epoch-00001",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                *("teacher/epoch-00002", "teacher.json", "step1/.writing"),
                *("student/epoch-00001", "student.json", "../report/roc.png"),
            )
        ),
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
