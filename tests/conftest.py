"""Small real things that many tests share."""

import contextlib
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
    *("test_readme.py", "test_progressive.py", "test_qat.py"),
    *("test_conversion.py", "test_recipes.py", "test_distribution.py"),
    *("test_workers.py", "test_run_command.py", "test_estimator.py"),
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
        gan = kdgan_tf.EDEGAN(config)
        gan.compile(jit_compile=False, run_eagerly=True)
        return gan

    return make


@pytest.fixture(scope="session")
def student(digits):
    """A small student trained for a moment on digits."""
    keras.utils.set_random_seed(0)
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1), channels=(6, 12), latent=8
    )
    gan = kdgan_tf.EDEGAN(config)
    gan.compile(jit_compile=False)
    gan.fit(digits.train, batch_size=16, epochs=30, verbose=0)
    return gan


@pytest.fixture(scope="session")
def converted(student, digits, tmp_path_factory):
    """An int8 file of it, beside its sidecar and its file for maps."""
    path = tmp_path_factory.mktemp("converted") / "student.tflite"
    kdgan_tf.deploy.convert(
        student,
        path,
        digits.train,
        holdout=digits.holdout,
        preprocessing=digits.preprocessing,
        dataset="digits",
        normal_class=3,
        anomaly_map=True,
    )
    return path


def convert_untrained(path, digits, **kwargs):
    keras.utils.set_random_seed(0)
    gan = kdgan_tf.EDEGAN(
        kdgan_tf.GANConfig(image_shape=(8, 8, 1), channels=(4, 8), latent=4)
    )
    kdgan_tf.deploy.convert(gan, path, digits.train[:50], **kwargs)
    return path


@pytest.fixture(scope="session")
def untrained(tmp_path_factory, digits):
    """An int8 file with its sidecar; the weights are random."""
    return convert_untrained(
        tmp_path_factory.mktemp("model") / "student.tflite", digits
    )


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """The run directory of a short run on digits, from the command line."""
    folder = tmp_path_factory.mktemp("run") / "digits"
    finished = command("tools/train.py", *QUICK, f"--output_dir={folder}")
    assert finished.returncode == 0, finished.stderr
    (folder.parent / "stdout.txt").write_text(finished.stdout)
    return folder


def one_step(strategy, folder, **kwargs):
    """Weights of each phase after one step, see `tests/one_step.py`."""
    folder.mkdir(exist_ok=True)
    finished = command("tests/one_step.py", strategy, folder, **kwargs)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return weights_after_one_step(folder)


def weights_after_one_step(folder):
    """What `tests/one_step.py` has written, a list of arrays by phase."""
    return {
        path.stem: list(np.load(path).values())
        for path in sorted(folder.glob("*.npz"))
    }


@pytest.fixture(scope="session")
def one_step_alone(tmp_path_factory):
    """`one_step` on a single device."""
    return one_step("default", tmp_path_factory.mktemp("one_step"))


def values(model):
    """All weights of a model as arrays."""
    return [weight.numpy() for weight in model.weights]


def equal(left, right):
    return all(
        np.array_equal(one, other)
        for one, other in zip(left, right, strict=True)
    )
