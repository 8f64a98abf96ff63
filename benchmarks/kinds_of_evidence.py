"""What each kind of evidence tells by itself, and the score without it.

    python -m benchmarks.kinds_of_evidence runs/casting runs/cifar10
    python -m benchmarks.kinds_of_evidence --render

The first command scores the test images of finished runs with their students in
Keras and adds a line a run to `benchmarks/results/kinds_of_evidence.jsonl`; the
second writes the table of docs/evidence.md. A score without a kind has weight 0
for it and is otherwise what it was: the networks were trained with all kinds.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.paper.markdown import fill, table
from benchmarks.paper.tables import DATASETS
from kdgan_tf.data import load
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs.models import load_gan
from kdgan_tf.runtime.files import read_json

LINES = Path(__file__).parent / "results" / "kinds_of_evidence.jsonl"
DOCUMENT = Path(__file__).parent.parent / "docs" / "evidence.md"


def images_of(run):
    """The `OneClassImages` of a run directory."""
    result = read_json(run / "result.json")
    flags = dict(
        line[2:].split("=", 1)
        for line in (run / "flags.txt").read_text().splitlines()
        if "=" in line
    )
    folders = {
        name: flags[name] for name in ("train_dir", "test_dir") if name in flags
    }
    fit = {"fit": flags["fit"]} if folders else {}
    return load(result["dataset"], result["normal_class"], **folders, **fit)


def measure(gan, images):
    """AUROC of the score, and of each kind alone and left out.

    Args:
        gan: A model whose score is of several kinds of evidence.
        images: `OneClassImages`.
    """
    evidence = gan.evidence_of(images.test)
    score = gan.anomaly_score
    weights = score.weight.numpy()

    def without(place):
        score.weight.assign(
            np.where(np.arange(len(weights)) == place, 0, weights)
        )
        return auroc(score(evidence).numpy(), images.anomalous)

    found = {
        kind: {
            "weight": float(weights[place]),
            "alone": auroc(evidence[:, place], images.anomalous),
            "without": without(place),
        }
        for place, kind in enumerate(gan.config.evidence_kinds)
    }
    score.weight.assign(weights)
    return {
        "score": auroc(score(evidence).numpy(), images.anomalous),
        "kinds": found,
    }


def line(run):
    """What is kept of a run."""
    images = images_of(run)
    result = read_json(run / "result.json")
    return {
        "set": run.name if images.name == "folder" else images.name,
        "normal_class": result["normal_class"],
        "seed": result["seed"],
        **measure(load_gan(run / "student.keras"), images),
    }


def rendered(rows):
    """The table of lines: the mean over the classes of each set."""
    sets = list(dict.fromkeys(row["set"] for row in rows))
    kinds = list(dict.fromkeys(kind for row in rows for kind in row["kinds"]))
    runs = {
        name: list(
            {
                (row["normal_class"], row["seed"]): row
                for row in rows
                if row["set"] == name
            }.values()
        )
        for name in sets
    }

    def mean(name, read):
        return f"{100 * np.mean([read(row) for row in runs[name]]):.1f}"

    def cell(name, kind):
        if kind not in runs[name][0]["kinds"]:
            return "-"
        return " / ".join(
            mean(name, lambda row, part=part: row["kinds"][kind][part])
            for part in ("alone", "without")
        )

    return table(
        ["", *(DATASETS.get(name, name) for name in sets)],
        [
            ["runs", *(str(len(runs[name])) for name in sets)],
            [
                "the score",
                *(mean(name, lambda row: row["score"]) for name in sets),
            ],
            *([kind, *(cell(name, kind) for name in sets)] for kind in kinds),
        ],
    )


def main():
    """Add lines, or render the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, help="run directories")
    parser.add_argument("--render", action="store_true")
    given = parser.parse_args()
    for run in given.runs:
        found = json.dumps(line(run))
        with LINES.open("a") as lines:
            lines.write(found + "\n")
    if given.render:
        rows = [json.loads(row) for row in LINES.read_text().splitlines()]
        DOCUMENT.write_text(
            fill(DOCUMENT.read_text(), {"kinds": rendered(rows)})
        )


if __name__ == "__main__":
    main()
