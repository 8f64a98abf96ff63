"""What each recipe costs and keeps, on students that are there already.

    python -m benchmarks.quantization runs/benchmark/*-0/ours
    python -m benchmarks.quantization --render

Converts the student of each run directory by each recipe and scores the test
images with the file. Appends one JSON line for each to
benchmarks/results/quantization.jsonl; what is there already is left out.
`--micro_images` compares TFLite Micro with the reference kernels on so many
test images as well. `--render` writes the tables of docs/quantization.md.
"""

import argparse
import gzip
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.paper import markdown
from kdgan_tf import data
from kdgan_tf.deploy import Scorer, Sidecar, convert
from kdgan_tf.deploy.conversion.recipes import RECIPES
from kdgan_tf.deploy.micro.interpreter import micro_scores, smallest_arena
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs.models import load_gan
from kdgan_tf.runtime.files import read_json

RESULTS = Path(__file__).parent / "results" / "quantization.jsonl"
KEYS = ("dataset", "normal_class", "seed", "recipe")


def measure(student, images, recipe, seed, micro_images):
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
        scores = Scorer(path).score(images.test, fitted=True)
        sidecar = Sidecar.read(Sidecar.path_for(path))
        differ = None
        if sidecar.integer and micro_images:
            some = images.test[:micro_images]
            reference = Scorer(path, reference_kernels=True).score(
                some, fitted=True
            )
            micro = micro_scores(file, sidecar.input, some)
            differ = [int(np.sum(micro != reference)), len(some)]
    expected = student.score(images.test)
    return {
        "auroc_keras": auroc(expected, images.anomalous),
        "auroc": auroc(scores, images.anomalous),
        "rank_correlation": float(
            np.corrcoef(_ranks(expected), _ranks(scores))[0, 1]
        ),
        "bytes": len(file),
        "gzip_bytes": len(gzip.compress(file, 9, mtime=0)),
        "arena_bytes": smallest_arena(file) if sidecar.integer else None,
        "micro_differs": differ,
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


def summary(found):
    """Markdown: a line a data set and recipe, over the classes there are."""
    lines = []
    for dataset in sorted({row["dataset"] for row in found}, reverse=True):
        for recipe in RECIPES:
            own = [
                row
                for row in found
                if (row["dataset"], row["recipe"]) == (dataset, recipe)
            ]
            if own:
                lines.append((f"{dataset}, {recipe}", *_cells(own)))
    header = (
        *("recipe", "classes", "AUROC", "mean loss", "worst loss"),
        *("bytes", "gzip", "arena", "TFLite Micro differs"),
    )
    return markdown.table(header, lines)


def render(path):
    """Fill the tables of docs/quantization.md."""
    page = Path(__file__).parents[1] / "docs" / "quantization.md"
    blocks = {"recipes": summary(rows(path))}
    compression = path.with_name("compression.jsonl")
    if compression.exists():
        blocks["compression"] = compression_table(rows(compression))
    page.write_text(markdown.fill(page.read_text(), blocks, page))


def compression_table(found):
    """Markdown: a line a student and method of compression.py."""
    header = ("student, method", "Keras", "file", "bytes", "gzip")
    return markdown.table(
        header,
        [
            (
                f"{row['dataset']} {row['normal_class']}, {row['method']}",
                f"{100 * row['auroc_keras']:.2f}",
                f"{100 * row['auroc']:.2f}",
                f"{row['bytes']:,}",
                f"{row['gzip_bytes']:,}",
            )
            for row in found
        ],
    )


def _cells(own):
    losses = [100 * (row["auroc_keras"] - row["auroc"]) for row in own]
    arenas = [row["arena_bytes"] or 0 for row in own]
    compared = [row["micro_differs"] for row in own if row["micro_differs"]]
    differs = [sum(column) for column in zip(*compared, strict=True)]
    return (
        str(len(own)),
        f"{100 * statistics.mean(row['auroc'] for row in own):.2f}",
        f"{statistics.mean(losses):.3f}",
        f"{max(losses):.2f}",
        f"{max(row['bytes'] for row in own):,}",
        f"{max(row['gzip_bytes'] for row in own):,}",
        f"{max(arenas):,}" if any(arenas) else "-",
        "{} of {:,}".format(*differs) if differs else "-",
    )


def main():
    """Measure what is not there yet, or render."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--micro_images", type=int, default=0)
    parser.add_argument("--render", action="store_true")
    arguments = parser.parse_args()
    if arguments.render:
        render(arguments.output)
        return
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
            row |= measure(
                student, images, recipe, seed, arguments.micro_images
            )
            append(arguments.output, row)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
