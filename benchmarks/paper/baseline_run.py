"""One baseline on one class: train, score the test images, note the result."""

import dataclasses
import json
import time

import keras

from benchmarks.paper.baselines import METHODS, NETWORKS, OneClassSVM
from kdgan_tf.data import training_stream
from kdgan_tf.gan import presets
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs.adaptation import adapted
from kdgan_tf.runs.directory import RunDirectory
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import read_json, write_json
from kdgan_tf.runtime.versions import versions
from kdgan_tf.training.checkpoint import EpochCheckpoint
from kdgan_tf.training.config import PhaseConfig
from kdgan_tf.training.health import HealthCheck
from kdgan_tf.training.phase import advice
from kdgan_tf.training.schedule import scheduled_optimizer

_NAME = "baseline"


def run(
    method,
    images,
    output_dir,
    *,
    network=None,
    phase=None,
    seed=0,
    jit_compile="auto",
    verbose="auto",
):
    """Train a baseline where it is not done yet.

    A network has, by default, the layers of the data set's plain student and
    as many epochs as both steps of the plain recipe.

    Args:
        method: A name in `baselines.METHODS`.
        images: `data.OneClassImages`.
        output_dir: The run directory; gets `result.json`.
        network: `GANConfig` of a network.
        phase: `PhaseConfig` of a network's training.
        seed: Of weights and order of images.
        jit_compile: As in `keras.Model.compile`.
        verbose: As in `keras.Model.fit`.

    Returns:
        The content of `result.json`, a dict.

    Raises:
        InputError: Unknown method; the folder holds another run or cannot be
            written to.
    """
    if method not in METHODS:
        raise InputError(
            f"Expected a method among {', '.join(METHODS)}. Received: {method}."
        )
    settings = {"method": method, "seed": seed, **images.summary()}
    if method in NETWORKS:
        network = network or _plain_student(images)
        phase = phase or PhaseConfig(epochs=7)
        settings |= {
            "network": dataclasses.asdict(network),
            "phase": dataclasses.asdict(phase),
        }
        keras.utils.set_random_seed(seed + 1)  # as a student has
        model = NETWORKS[method](network)
    else:
        model = OneClassSVM()
        settings["machine"] = model.settings
    directory = RunDirectory(output_dir, json.loads(json.dumps(settings)))
    if directory.result.exists():
        return read_json(directory.result)
    if method in NETWORKS:
        history = _fit(
            model, images, directory, phase, seed, jit_compile, verbose
        )
        seconds = sum(row["seconds"] for row in history)
        curve = [row["test_auroc"] for row in history]
        diagnostics = {"test_auroc_after_epoch": {_NAME: curve}}
    else:
        started = time.perf_counter()
        model.fit(images.train)
        seconds, diagnostics = time.perf_counter() - started, {}
    result = {
        "dataset": images.name,
        "normal_class": images.normal_class,
        "seed": seed,
        "versions": versions(),
        _NAME: {
            "method": method,
            "auroc": _auroc(model, images),
            "parameters": model.parameters,
            "macs": model.macs,
            "seconds": seconds,
        },
    }
    if diagnostics:
        result["diagnostics"] = diagnostics
    write_json(directory.result, result)
    return result


def student_of_recipe(config, images):
    """The student of a recipe, as it is trained without its teacher.

    It has the recipe's negatives and score, and instance normalisation, which
    students alone are better with (docs/normalization.md).

    Args:
        config: The recipe's `RunConfig`.
        images: `data.OneClassImages`.

    Returns:
        (`GANConfig`, `PhaseConfig` of as many epochs as both steps have).
    """
    config = adapted(
        config,
        lambda _, measure: measure(images.train, images.reference, config.seed),
    )
    return (
        dataclasses.replace(config.student, normalization="instance"),
        config.step1_phase.longer(config.step2_phase, len(images.train)),
    )


def _plain_student(images):
    shape = images.preprocessing.image_shape
    family = presets.family_for(images.name, shape)
    return presets.named(f"{family}_student_plain", shape)


def _fit(model, images, directory, phase, seed, jit_compile, verbose):
    """Train as a student is trained, and give the epochs' history."""
    train = images.train
    batch = min(phase.batch_size, len(train))
    epochs, steps = phase.schedule(len(train))
    model.prepare(train)
    model.compile(
        scheduled_optimizer(phase, epochs * steps),
        jit_compile=jit_compile,
    )
    checkpoint = EpochCheckpoint(
        directory.checkpoints(_NAME),
        directory.log(_NAME),
        {"test_auroc": lambda: _auroc(model, images)},
    )
    first = checkpoint.restore(model)
    if first < epochs:
        model.fit(
            training_stream(train, batch, seed, first * steps),
            initial_epoch=first,
            epochs=epochs,
            steps_per_epoch=steps,
            callbacks=[HealthCheck(advice(checkpoint)), checkpoint],
            shuffle=False,
            verbose=verbose,
        )
    return checkpoint.history


def _auroc(model, images):
    """AUROC of the test images."""
    if isinstance(model, EDEGAN):
        # A score of several kinds of evidence is measured on normal images.
        model.adapt_score(images.reference, images.train)
    return auroc(model.score(images.test), images.anomalous)
