"""Small real things that many tests share."""

import contextlib
import fcntl
import importlib
import io
import os
import runpy
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.gan.one_class_model import OneClassModel

ROOT = Path(__file__).resolve().parents[1]
QUICK = (
    "--dataset=digits",
    "--normal_class=3",
    "--teacher_epochs=3",
    "--step1_epochs=3",
    "--step2_epochs=2",
    "--threads=1",
    "--jit_compile=false",
    "--deterministic",
)


# What takes longest begins first, so that two workers end together.
LONGEST = (
    *("test_workers.py", "test_progressive.py", "test_conversion.py"),
    *("test_readme.py", "test_qat.py", "test_distribution.py"),
    *("test_recipes.py", "test_distillers.py", "test_run_command.py"),
    *("test_keras_manners.py", "test_precision.py", "test_delivery.py"),
)


def pytest_collection_modifyitems(items):
    """Files that take longest come first; each stays in one worker."""

    def place(item):
        name = item.path.name
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


def command(*words, **kwargs):
    """Run one of the project's commands as a user would."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        **kwargs,
    )


def invoke(name, *words):
    """Run a command in this process, which is faster.

    Args:
        name: Of a module in `kdgan_tf.commands`, or the path of a tool.
        *words: The command line.
    """
    if name.endswith(".py"):
        run = runpy.run_path(ROOT / name)["run"]
    else:
        run = importlib.import_module(f"kdgan_tf.commands.{name}").run
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run.status([name, *map(str, words)])
    return subprocess.CompletedProcess(
        words, status, out.getvalue(), err.getvalue()
    )


def assert_one_line_error(finished, *parts):
    """The command failed with one line that holds all parts."""
    lines = finished.stderr.splitlines()
    assert finished.returncode != 0
    assert "Traceback" not in finished.stderr
    assert len(lines) == 1, finished.stderr
    for part in parts:
        assert part in lines[0]


@pytest.fixture
def tiny_config():
    return kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)


@pytest.fixture(scope="session")
def digits():
    """Images of the one-class task "3 is normal"."""
    return kdgan_tf.data.load("digits", 3, holdout=0.1)


@pytest.fixture
def make_gan(tiny_config):
    """A compiled GAN with reproducible weights."""

    def make(config=tiny_config, seed=0):
        keras.utils.set_random_seed(seed)
        return compiled(kdgan_tf.EDEGAN(config))

    return make


def compiled(model):
    """The model, whose steps run without being traced."""
    model.compile(jit_compile=False, run_eagerly=True)
    return model


def fitted(config, images, epochs=2):
    """A GAN that was trained for a moment, without tracing its steps."""
    keras.utils.set_random_seed(0)
    gan = compiled(kdgan_tf.EDEGAN(config))
    gan.fit(images, batch_size=16, epochs=epochs, verbose=0)
    return gan


@pytest.fixture(scope="session")
def shared_by_workers(tmp_path_factory):
    """Makes a folder once for all of pytest's workers.

    `shared_by_workers(name, make)` is a path at which `make(path)` has left
    something, in this worker or in another one.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def shared(name, make):
        folder = base / f"shared-{name}"
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                make(folder / name)
                (folder / "made").touch()
        return folder / name

    return shared


@pytest.fixture(scope="session")
def student(shared_by_workers, digits):
    """A small student trained for a moment on digits."""

    def make(folder):
        keras.utils.set_random_seed(0)
        config = kdgan_tf.GANConfig(
            image_shape=(8, 8, 1), channels=(6, 12), latent=8
        )
        gan = kdgan_tf.EDEGAN(config)
        gan.compile(jit_compile=False)
        gan.fit(digits.train, batch_size=16, epochs=30, verbose=0)
        folder.mkdir(exist_ok=True)
        gan.save(folder / "student.keras")

    return keras.saving.load_model(
        shared_by_workers("student", make) / "student.keras"
    )


@pytest.fixture(scope="session")
def converted(shared_by_workers, request, digits):
    """An int8 file of it, beside its sidecar and its file for maps."""

    def make(folder):
        folder.mkdir(exist_ok=True)
        kdgan_tf.deploy.convert(
            request.getfixturevalue("student"),
            folder / "student.tflite",
            digits.train,
            holdout=digits.holdout,
            preprocessing=digits.preprocessing,
            dataset="digits",
            normal_class=3,
            anomaly_map=True,
        )

    return shared_by_workers("converted", make) / "student.tflite"


def convert_untrained(path, digits, **kwargs):
    keras.utils.set_random_seed(0)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)
    )
    kdgan_tf.deploy.convert(gan, path, digits.train[:50], **kwargs)
    return path


@pytest.fixture(scope="session")
def untrained(shared_by_workers, digits):
    """An int8 file with its sidecar; the weights are random."""

    def make(folder):
        folder.mkdir(exist_ok=True)
        convert_untrained(folder / "student.tflite", digits)

    return shared_by_workers("untrained", make) / "student.tflite"


@pytest.fixture(scope="session")
def trained_run(shared_by_workers):
    """The run directory of a short run on digits, from the command line."""

    def make(folder):
        finished = command("tools/train.py", *QUICK, f"--output_dir={folder}")
        assert finished.returncode == 0, finished.stderr
        (folder.parent / "stdout.txt").write_text(finished.stdout)

    return shared_by_workers("digits", make)


def one_step(strategy, folder, phase):
    """Weights of a phase after one step, see `tests/one_step.py`."""
    finished = command("tests/one_step.py", strategy, folder, phase)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return weights_after_one_step(folder, phase)


def weights_after_one_step(folder, phase):
    """What `tests/one_step.py` has written, a list of arrays."""
    return list(np.load(folder / f"{phase}.npz").values())


@pytest.fixture
def one_step_alone(tmp_path_factory, monkeypatch):
    """`one_step` on a single device, of which this process has one."""

    def alone(phase):
        folder = tmp_path_factory.mktemp("one_step")
        words = ["tests/one_step.py", "default", str(folder), phase]
        monkeypatch.setattr(sys, "argv", words)
        runpy.run_path(ROOT / words[0], run_name="__main__")
        return weights_after_one_step(folder, phase)

    return alone


def every_step_eagerly(patch):
    """Keras's loops take steps one by one, which saves tracing them.

    For whole schedules of a few steps. That a step in a graph is the same one
    is shown in `training/test_distribution.py`.

    Args:
        patch: A `pytest.MonkeyPatch`.
    """
    patch.setattr(
        OneClassModel,
        "run_eagerly",
        property(lambda model: True, lambda model, value: None),
    )


def values(model):
    """All weights of a model as arrays."""
    return [weight.numpy() for weight in model.weights]


def equal(left, right):
    return all(
        np.array_equal(one, other)
        for one, other in zip(left, right, strict=True)
    )
