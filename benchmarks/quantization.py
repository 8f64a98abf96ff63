"""What each recipe costs and keeps, on students that are there already.

    python benchmarks/quantization.py runs/benchmark/*/ours

Converts the student of each run directory by each recipe and scores the test
images with the file. Appends one JSON line for each to
benchmarks/results/quantization.jsonl; what is there already is left out.
"""

import argparse
import gzip
import json
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from kdgan_tf import data
from kdgan_tf.deploy import Scorer, Sidecar, convert
from kdgan_tf.deploy.micro import smallest_arena
from kdgan_tf.deploy.quantization import RECIPES
from kdgan_tf.evaluation import auroc
from kdgan_tf.files import read_json
from kdgan_tf.models import load_gan

RESULTS = Path(__file__).parent / "results" / "quantization.jsonl"
KEYS = ("dataset", "normal_class", "seed", "recipe")


def measure(student, images, recipe, seed):
    """One recipe's figures, a dict."""
    fine_tuning = {"seed": seed} if recipe == "qat_int8" else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "student.tflite"
        convert(
            student,
            path,
            images.train,
            quantization=recipe,
            holdout=images.holdout,
            preprocessing=images.preprocessing,
            **fine_tuning,
        )
        file = path.read_bytes()
        scores = Scorer(path).score(images.test)
        integer = Sidecar.read(Sidecar.path_for(path)).integer
    expected = student.score(images.test)
    return {
        "auroc_keras": auroc(expected, images.anomalous),
        "auroc": auroc(scores, images.anomalous),
        "rank_correlation": float(
            np.corrcoef(_ranks(expected), _ranks(scores))[0, 1]
        ),
        "bytes": len(file),
        "gzip_bytes": len(gzip.compress(file, 9, mtime=0)),
        "arena_bytes": smallest_arena(file) if integer else None,
    }


def _ranks(scores):
    return np.argsort(np.argsort(scores, kind="stable"))


def rows(path):
    """The lines that are there, dicts; a last one cut by a kill is not."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def append(path, row):
    """Add a line, in place of one cut by a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.read_text().rpartition("\n") if path.exists() else ("", "", "")
    path.write_text("".join(kept[:2]) + json.dumps(row) + "\n")


def main():
    """Measure what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    done = {tuple(row[key] for key in KEYS) for row in rows(arguments.output)}
    for run in arguments.runs:
        result = read_json(run / "result.json")
        task = [result[key] for key in KEYS[:-1]]
        missing = [r for r in arguments.recipes if (*task, r) not in done]
        if not missing:
            continue
        name, normal_class, seed = task
        images = data.load(name, normal_class, holdout=0.1, seed=seed)
        student = load_gan(run / "student.keras")
        for recipe in missing:
            row = dict(zip(KEYS, [*task, recipe], strict=True))
            row |= measure(student, images, recipe, seed)
            append(arguments.output, row)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
