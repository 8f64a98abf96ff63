import dataclasses
import json

import keras
import numpy as np
import pytest

from benchmarks.paper import baseline_run
from benchmarks.paper.baselines import (
    Autoencoder,
    DeepSVDD,
    OneClassSVM,
    away_from_zero,
)
from kdgan_tf.gan import presets
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs import adaptation
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runs.directory import read_settings
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import QUICK, command


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (6, 8, 8, 1), np.uint8)


def test_centre_by_hand():
    centre = np.array([0.05, -0.05, 0.0, 0.5, -0.5])
    np.testing.assert_allclose(
        away_from_zero(centre), [0.1, -0.1, 0.1, 0.5, -0.5]
    )


def test_deep_svdd_by_hand(tiny_config, images):
    keras.utils.set_random_seed(0)
    model = DeepSVDD(tiny_config)
    model.prepare(images)
    (encoder,) = model.networks
    latents = encoder(images / 127.5 - 1.0).numpy()
    centre = away_from_zero(latents.mean(axis=0))
    np.testing.assert_allclose(model.centre.numpy(), centre, atol=1e-6)
    distances = np.sum((latents - centre) ** 2, axis=1)
    np.testing.assert_allclose(model.score(images), distances, rtol=1e-4)
    squares = sum(np.sum(v.numpy() ** 2) for v in model.trainable_variables)
    loss = model.compute_loss(y_pred=model(images))
    assert float(loss) == pytest.approx(
        distances.mean() + 0.5e-6 * squares, rel=1e-4
    )


def test_deep_svdd_cannot_shift_everything_to_the_centre(tiny_config, images):
    model = DeepSVDD(tiny_config)
    model.prepare(images)
    before = [value.numpy() for value in model.variables]
    model.compile(jit_compile=False)
    model.fit(images, batch_size=6, verbose=0)
    for variable, old in zip(model.variables, before, strict=True):
        fixed = variable.name in ("bias", "beta", "centre")
        assert np.array_equal(variable.numpy(), old) == fixed, variable.path
        if variable.name in ("bias", "beta"):
            assert not np.any(old)


def test_autoencoder_score_is_the_squared_error(tiny_config, images):
    model = Autoencoder(tiny_config)
    encoder, decoder = model.networks
    real = images / 127.5 - 1.0
    error = np.mean((decoder(encoder(real)).numpy() - real) ** 2, (1, 2, 3))
    np.testing.assert_allclose(model.score(images), error, rtol=1e-4)
    assert float(model.compute_loss(y_pred=model(images))) == pytest.approx(
        error.mean(), rel=1e-4
    )


def test_sizes_by_hand(tiny_config):
    # 4x4 kernels; 8x8 to 4x4 to 2x2 with 4 and 8 channels, then dense to 4.
    encoder = 16 * 16 * 4 + 4 * 16 * 4 * 8 + 2 * 2 * 8 * 4
    decoder = 4 * 2 * 2 * 8 + 4 * 16 * 8 * 4 + 16 * 16 * 4
    assert DeepSVDD(tiny_config).macs == encoder
    assert Autoencoder(tiny_config).macs == encoder + decoder
    # Kernels and the scale of the one normalisation; no shift, no bias.
    learned = 16 * 4 + 16 * 4 * 8 + 8 + 2 * 2 * 8 * 4
    assert DeepSVDD(tiny_config).parameters == learned


def test_ocsvm_beats_chance_and_counts_its_parts(digits):
    machine = OneClassSVM()
    machine.fit(digits.train)
    assert auroc(machine.score(digits.test), digits.anomalous) > 0.9
    count, features = machine.machine.support_vectors_.shape
    assert machine.macs == 64 * features + count * features + count
    assert machine.parameters == machine.macs + 64
    one_by_one = [machine.score(image[None])[0] for image in digits.test[:3]]
    np.testing.assert_allclose(machine.score(digits.test[:3]), one_by_one)


def test_run_leaves_a_result_and_is_made_once(digits, tmp_path):
    phase = PhaseConfig(epochs=2)
    first = baseline_run.run(
        "deep_svdd",
        digits,
        tmp_path,
        phase=phase,
        jit_compile=False,
        verbose=0,
    )
    found = json.loads((tmp_path / "result.json").read_text())
    assert found == first
    curve = found["diagnostics"]["test_auroc_after_epoch"]["baseline"]
    assert len(curve) == 2
    assert curve[-1] == found["baseline"]["auroc"]
    settings = read_settings(tmp_path)
    assert settings["network"]["channels"] == list(
        presets.digits_student_plain.channels
    )
    assert settings["phase"]["epochs"] == 2
    again = baseline_run.run("deep_svdd", digits, tmp_path, phase=phase)
    assert again == first
    with pytest.raises(InputError, match="method"):
        baseline_run.run("autoencoder", digits, tmp_path, phase=phase)


def test_a_killed_run_goes_on(digits, tmp_path, monkeypatch):
    arguments = {"phase": PhaseConfig(epochs=3), "jit_compile": False}

    def run(folder):
        return baseline_run.run(
            "autoencoder", digits, folder, **arguments, verbose=0
        )

    whole = run(tmp_path / "whole")

    class KilledError(Exception):
        pass

    def killed(*_):
        raise KilledError

    epoch_end = baseline_run.EpochCheckpoint.on_epoch_end
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(
            baseline_run.EpochCheckpoint,
            "on_epoch_end",
            lambda self, epoch, logs: (
                killed() if epoch == 1 else epoch_end(self, epoch, logs)
            ),
        )
        run(tmp_path / "cut")
    cut = run(tmp_path / "cut")
    assert cut["baseline"]["auroc"] == pytest.approx(
        whole["baseline"]["auroc"], abs=1e-6
    )
    assert len(cut["diagnostics"]["test_auroc_after_epoch"]["baseline"]) == 3


@pytest.mark.slow
def test_alone_is_the_student_of_a_run_that_trains_one_alone(digits, tmp_path):
    """The plain student of tools/train.py --student_alone."""
    folder = tmp_path / "train"
    words = [
        *("tools/train.py", *QUICK, "--student_alone"),
        "--teacher=digits_teacher_plain",
        "--student=digits_student_plain",
        f"--output_dir={folder}",
    ]
    assert command(*words).returncode == 0
    found = baseline_run.run(
        "alone",
        digits,
        tmp_path / "alone",
        phase=PhaseConfig(epochs=5),
        jit_compile=False,
        verbose=0,
    )
    student = json.loads((folder / "result.json").read_text())["student"]
    assert found["baseline"]["auroc"] == pytest.approx(
        student["auroc_alone"], abs=1e-3
    )
    for name in ("parameters", "macs"):
        assert found["baseline"][name] == student[name]


def test_unknown_method(digits, tmp_path):
    with pytest.raises(InputError, match="ocsvm, alone, ours-alone"):
        baseline_run.run("forest", digits, tmp_path)


def test_our_recipe_alone_has_its_negatives_score_and_epochs(
    digits, monkeypatch
):
    monkeypatch.setattr(adaptation, "rotation_accuracy", lambda *images: 0.5)
    recipe = RunConfig(
        teacher=presets.digits_teacher,
        student=dataclasses.replace(
            presets.digits_student,
            negatives=("rotation", "inversion"),
            normalization="batch",
        ),
        step1_phase=PhaseConfig(epochs=5, batch_size=8),
        step2_phase=PhaseConfig(epochs=2),
        upright_accuracy=0.7,
    )
    network, phase = baseline_run.student_of_recipe(recipe, digits)
    # There is no upright, so rotation is left out.
    assert network.negatives == ("inversion",)
    assert (network.score, network.normalization) == ("both", "instance")
    assert phase == PhaseConfig(epochs=7, batch_size=8)
