"""Normalisations of the student, compared as they are on the device.

    python -m benchmarks.normalization runs/benchmark/mnist-8-0/ours ...
    python -m benchmarks.normalization --render

For each run directory a student of every kind learns from the run's teacher,
step 1 of the run's recipe and nothing else, and is converted to int8. AUROC of
held-out normal training images against 300 training images of each other
class; no test image is looked at. Appends one JSON line a kind to
benchmarks/results/normalization.jsonl; `--render` writes the table of
docs/normalization.md.
"""

import argparse
import dataclasses
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.paper import markdown
from benchmarks.quantization import append, rows
from kdgan_tf import EDEGAN, DistillationConfig, FrozenTeacherDistiller, data
from kdgan_tf.deploy import convert
from kdgan_tf.deploy.conversion import recipes
from kdgan_tf.deploy.micro.interpreter import smallest_arena
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.gan.normalization import ContrastNormalization
from kdgan_tf.runs.directory import read_settings
from kdgan_tf.runs.models import load_gan
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.scorer import Runner, load_interpreter
from kdgan_tf.runtime.sidecar import Sidecar
from kdgan_tf.training.config import PhaseConfig
from kdgan_tf.training.distribution import Workers
from kdgan_tf.training.phase import train_phase

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks/results/normalization.jsonl"
OTHERS, TIMED = 300, 300
# How a student is trained, and whether its normalisation is left in float.
KINDS = {
    "batch": ("batch", True),
    "contrast, batch": ("contrast", True),
    "contrast twice, batch": ("contrast twice", True),
    "instance, in float": ("instance", True),
    "instance, in int8": ("instance", False),
    "none": ("none", True),
}


def new_student(config, kind):
    """A student with one kind of normalisation, not trained."""
    contrast = kind.startswith("contrast")
    student = EDEGAN(
        dataclasses.replace(
            config,
            normalization="batch" if contrast else kind,
            contrast_normalization=contrast,
        ),
        name="student",
    )
    if kind == "contrast twice":
        generator = student.generator
        generator.reconstruction_encoder = keras.Sequential(
            [
                keras.Input(config.image_shape),
                ContrastNormalization(name="normalization_contrast"),
                *generator.reconstruction_encoder.layers,
            ],
            name="reconstruction_encoder",
        )
    return student


def trained(kind, run, settings, images):
    """A student that has learned from the run's teacher in step 1."""
    keras.utils.set_random_seed(settings["seed"] + 1)
    # What the run adapted to its images is in its student.
    student = new_student(load_gan(run / "student.keras").config, kind)
    distiller = FrozenTeacherDistiller(
        load_gan(run / "teacher.keras"),
        student,
        DistillationConfig(**settings["step1"]),
    )
    train_phase(
        distiller,
        images.train,
        PhaseConfig(**settings["step1_phase"]),
        workers=Workers(tf.distribute.get_strategy()),
        seed=settings["seed"],
        verbose=0,
    )
    student.adapt_score(images.reference)
    return student


def measured(student, in_float, tensor, images, seen, anomalous):
    """Figures of a student and of its int8 file, a dict."""
    kept = recipes._NORMALIZATION_OPERATORS if in_float else set()
    with mock.patch.object(recipes, "_NORMALIZATION_OPERATORS", kept):
        seen_before = recipes.calibration_of(student.config, images.train[:200])
        file = recipes.to_tflite(student, "int8", seen_before)
    described = read_model_file(file, "the file")
    runner = Runner(load_interpreter(file, "the file"), tensor)
    row = {
        "auroc_float": auroc(student.score(seen), anomalous),
        "auroc_int8": auroc(runner(seen), anomalous),
        "bytes": len(file),
        "operators": len(described.operators),
        "operator_kinds": list(described.operator_names),
    }
    try:
        row["arena_bytes"] = smallest_arena(file)
    except InputError as error:
        row["arena_bytes"], row["complaint"] = None, str(error)
    times = []
    for image in seen[:TIMED]:
        started = time.perf_counter()
        runner(image[None])
        times.append(time.perf_counter() - started)
    row["milliseconds"] = 1e3 * statistics.median(times)
    return row


def table(found):
    """Markdown: a line a student."""
    header = (
        *("task", "normalisation", "float", "int8", "bytes", "arena"),
        *("operators", "latency"),
    )
    lines = [
        (
            f"{row['dataset']} {row['normal_class']}",
            row["kind"],
            f"{100 * row['auroc_float']:.2f}",
            f"{100 * row['auroc_int8']:.2f}",
            f"{row['bytes']:,}",
            f"{row['arena_bytes']:,}" if row["arena_bytes"] else "does not run",
            str(row["operators"]),
            f"{row['milliseconds']:.3f} ms",
        )
        for row in found
    ]
    return markdown.table(header, lines)


def means(found):
    """Markdown: float and int8 of each kind, means over a data set's tasks."""
    datasets = list(dict.fromkeys(row["dataset"] for row in found))
    lines = []
    for kind in KINDS:
        cells = []
        for dataset in datasets:
            own = [
                row
                for row in found
                if (row["dataset"], row["kind"]) == (dataset, kind)
            ]
            if not own:
                cells.append("-")
                continue
            in_float, in_int8 = (
                f"{100 * statistics.mean(row[key] for row in own):.2f}"
                for key in ("auroc_float", "auroc_int8")
            )
            cells.append(f"{in_float}, {in_int8}")
        lines.append((kind, *cells))
    return markdown.table(("normalisation", *datasets), lines)


def _task(row):
    return row["dataset"], row["normal_class"]


def main():
    """Measure what is not there yet, or render."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--render", action="store_true")
    arguments = parser.parse_args()
    found = rows(arguments.output)
    kinds = list(KINDS)
    found.sort(key=lambda row: (_task(row), kinds.index(row["kind"])))
    if arguments.render:
        page = ROOT / "docs/normalization.md"
        blocks = {"normalization": table(found), "means": means(found)}
        page.write_text(markdown.fill(page.read_text(), blocks, page))
        return
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    done = {(*_task(row), row["kind"]) for row in found}
    for run in arguments.runs:
        settings = read_settings(run)
        task = settings["dataset"], settings["normal_class"]
        missing = [k for k in arguments.kinds if (*task, k) not in done]
        if missing:
            measure_run(run, settings, task, missing, arguments.output)


def measure_run(run, settings, task, missing, output):
    """Append the lines of one run directory."""
    name, normal_class = task
    images = data.load(name, normal_class, holdout=0.1, seed=settings["seed"])
    others = [
        data.load(name, index).train[:OTHERS]
        for index in range(10)
        if index != normal_class
    ]
    seen = np.concatenate([images.holdout, *others])
    anomalous = np.arange(len(seen)) >= len(images.holdout)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.tflite"
        convert(
            load_gan(run / "student.keras"),
            path,
            images.train,
            holdout=images.holdout,
        )
        tensor = Sidecar.read(Sidecar.path_for(path)).input
    students = {}
    for kind in missing:
        how, in_float = KINDS[kind]
        if how not in students:
            students[how] = trained(how, run, settings, images)
        row = {"dataset": name, "normal_class": normal_class, "kind": kind}
        row |= measured(
            students[how], in_float, tensor, images, seen, anomalous
        )
        append(output, row)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
