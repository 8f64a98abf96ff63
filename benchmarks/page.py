"""Compare `demo.html` with `Scorer` on every test image of a run.

    python -m benchmarks.page --run=runs/digits,runs/mnist

A line a run and engine goes to benchmarks/results/page.jsonl: Chromium opens
the page from its file; V8 by itself has the page's script alone.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app, flags

from kdgan_tf.data import load
from kdgan_tf.deploy.page.writer import write_page
from kdgan_tf.runtime.files import read_json
from kdgan_tf.runtime.scorer import Scorer
from tests.deploy.page.engines import (
    CHROMIUM,
    scores_in_chromium,
    scores_in_v8,
)

flags.DEFINE_list("run", None, "run directories", required=True)
flags.DEFINE_string("output", "benchmarks/results/page.jsonl", "result file")
FLAGS = flags.FLAGS


def measure(run):
    """Rows of one run, a dict an engine."""
    model = run / "student.tflite"
    result = read_json(run / "result.json")
    images = load(result["dataset"], result["normal_class"], holdout=0.1).test
    scorer = Scorer(model)
    expected = scorer.score(images)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "demo.html"
        write_page(model, page)
        engines = {"V8": lambda: scores_in_v8(page, images)}
        if CHROMIUM:
            engines["Chromium"] = lambda: scores_in_chromium(
                page, images, Path(folder)
            )
        for engine, score in engines.items():
            begun = time.perf_counter()
            found = score()
            seconds = time.perf_counter() - begun
            off = np.abs(found - expected) / np.abs(expected)
            decided = scorer.decide(found) != scorer.decide(expected)
            yield {
                "dataset": result["dataset"],
                "quantization": result["tflite"]["quantization"],
                "engine": engine,
                "images": len(images),
                # A score of logarithms may be 0, or next to it.
                "largest_difference": float(np.abs(found - expected).max()),
                "largest_relative_difference": float(off.max()),
                "more_than_1e-6": int(np.sum(off > 1e-6)),
                "decisions_differ": int(decided.sum()),
                "page_bytes": page.stat().st_size,
                "milliseconds_an_image": 1000 * seconds / len(images),
            }


def main(_):
    """Measure each run, write the lines."""
    rows = [row for run in FLAGS.run for row in measure(Path(run))]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    Path(FLAGS.output).write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    app.run(main)
