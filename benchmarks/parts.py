"""Runs of `parts.flags` on sets of real parts: a line each, and a table.

    python tools/train.py --flagfile=parts.flags --train_dir=casting/train \\
        --test_dir=casting/test --output_dir=runs/casting
    python -m benchmarks.parts runs/casting runs/magnetic_tile
    python -m benchmarks.parts --render

The first command trains; the second adds what stands in `result.json` to
`benchmarks/results/parts.jsonl`, one line a run, by the name of its folder; the
third writes the tables of docs/evidence.md from these lines. Runs that saw
outliers (`--outliers_dir`) are of another protocol: their lines are in
`benchmarks/results/outliers.jsonl`, and their table is apart.
"""

import argparse
import json
from pathlib import Path

from benchmarks.paper.markdown import fill, table

RESULTS = Path(__file__).parent / "results"
LINES = RESULTS / "parts.jsonl"
EXPOSED = RESULTS / "outliers.jsonl"
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
        "drift": {name: result["drift"]["rates"][name] for name in _DRIFT},
        "macs_ratio": result["compression"]["macs"],
        "bytes": tflite["bytes"],
        "arena_bytes": tflite["arena_bytes"],
        "seconds": result["teacher"]["seconds"] + student["seconds"],
        "versions": result["versions"],
    }


def rendered(rows):
    """The table of lines, one a set: the last line of each."""
    latest = {(row["set"], row["images"]): row for row in rows}
    return table(
        (
            *("set, images", "teacher", "student", "int8"),
            *("nearest neighbour", "PCA", "false alarms"),
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


def exposed(rows, others):
    """The table of runs that saw outliers, beside those that saw none.

    Args:
        rows: Lines of runs with outliers.
        others: Lines of runs without.
    """
    found = {row["set"]: row for row in rows}
    plain = {(row["set"], row["images"]): row for row in others}
    networks = ("teacher", "tflite")
    return table(
        (
            *("set", "outliers", "teacher", "without", "int8", "without"),
            *("false alarms", "without"),
        ),
        [
            (
                row["set"],
                f"{row['outliers']:,}",
                *(
                    f"{100 * line[key]:.1f}"
                    for key in (*networks, "false_alarms")
                    for line in (row, plain[row["set"], row["images"]])
                ),
            )
            for row in found.values()
        ],
    )


def _lines(path):
    if not path.exists():
        return []
    return [json.loads(row) for row in path.read_text().splitlines()]


def main():
    """Add lines, or render the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", type=Path, help="run directories")
    parser.add_argument("--render", action="store_true")
    given = parser.parse_args()
    for run in given.runs:
        found = line(run.name, json.loads((run / "result.json").read_text()))
        with (EXPOSED if found["outliers"] else LINES).open("a") as lines:
            lines.write(json.dumps(found) + "\n")
    if given.render:
        rows = _lines(LINES)
        tables = {
            "parts": rendered(rows),
            "outliers": exposed(_lines(EXPOSED), rows),
        }
        DOCUMENT.write_text(fill(DOCUMENT.read_text(), tables))


if __name__ == "__main__":
    main()
