"""Runs of `parts.flags` on sets of real parts: a line each, and a table.

    python tools/train.py --flagfile=parts.flags --train_dir=casting/train \\
        --test_dir=casting/test --output_dir=runs/casting
    python -m benchmarks.parts runs/casting runs/magnetic_tile
    python -m benchmarks.parts --render

The first command trains; the second adds what stands in `result.json` to
`benchmarks/results/parts.jsonl`, one line a run, by the name of its folder; the
third writes the tables of docs/evidence.md from these lines. Runs that saw
outliers (`--outliers_dir`) are of another protocol and have a table of their
own.
"""

import argparse
import json
from pathlib import Path

from benchmarks.paper.markdown import fill, table
from kdgan_tf.runs.evaluation_set import share_found

LINES = Path(__file__).parent / "results" / "parts.jsonl"
DOCUMENT = Path(__file__).parent.parent / "docs" / "evidence.md"
_DRIFT = ("brighter_10", "darker_10", "shifted_3")


def line(name, result):
    """What is kept of a run.

    Args:
        name: Of the set of parts.
        result: The content of `result.json`.
    """
    student, tflite = result["student"], result["tflite"]
    return {
        "set": name,
        "seed": result["seed"],
        "images": result["images"]["train"],
        "outliers": result["images"].get("outliers", 0),
        "augmentations": result["recipe"]["augmentations"],
        "teacher": result["teacher"]["auroc"],
        "student_step1": student["auroc_step1"],
        "student": student["auroc"],
        "tflite": tflite["auroc"],
        "quantization": tflite["quantization"],
        "nearest_neighbour": result["baselines"]["nearest_neighbour"],
        "pca": result["baselines"]["pca"],
        "false_alarms": result["false_alarms"]["test_normal"],
        "found": share_found(result["kinds"]),
        "drift": {name: result["drift"]["rates"][name] for name in _DRIFT},
        "macs_ratio": result["compression"]["macs"],
        "bytes": tflite["bytes"],
        "arena_bytes": tflite["arena_bytes"],
        "seconds": result["teacher"]["seconds"] + student["seconds"],
        "versions": result["versions"],
    }


def tables(rows):
    """The tables of lines by name: runs without outliers, and with them."""
    return {
        name: rendered(
            [row for row in rows if (row.get("outliers", 0) > 0) == exposed]
        )
        for name, exposed in (("parts", False), ("outliers", True))
    }


def rendered(rows):
    """The table of lines, one a set: the last line of each."""
    latest = {(row["set"], row["images"]): row for row in rows}
    return table(
        (
            *("set, images", "teacher", "student", "int8"),
            *("nearest neighbour", "PCA", "false alarms", "found"),
            *("10 % darker", "3 % aside", "bytes", "arena"),
        ),
        [
            (
                f"{row['set']}, {row['images']}",
                *(
                    f"{100 * row[key]:.1f}"
                    for key in (
                        *("teacher", "student", "tflite"),
                        *("nearest_neighbour", "pca", "false_alarms"),
                    )
                ),
                f"{100 * row['found']:.1f}" if "found" in row else "-",
                *(
                    f"{100 * row['drift'][key]:.1f}"
                    for key in ("darker_10", "shifted_3")
                ),
                f"{row['bytes']:,}",
                f"{row['arena_bytes']:,}" if row["arena_bytes"] else "-",
            )
            for row in latest.values()
        ],
    )


def main():
    """Add lines, or render the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, help="run directories")
    parser.add_argument("--render", action="store_true")
    given = parser.parse_args()
    with LINES.open("a") as lines:
        for run in given.runs:
            result = json.loads((run / "result.json").read_text())
            lines.write(json.dumps(line(run.name, result)) + "\n")
    if given.render:
        rows = [json.loads(row) for row in LINES.read_text().splitlines()]
        text = fill(DOCUMENT.read_text(), tables(rows))
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
