"""The table of single runs in README, from their `result.json` files.

python benchmarks/render_single.py
"""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "results" / "single"
NAMES = {
    "mnist": "MNIST, 8",
    "fashion_mnist": "Fashion-MNIST, T-shirt",
    "cifar10": "CIFAR-10, automobile",
}


def row(name, result):
    """One line of the table."""
    teacher, student = result["teacher"], result["student"]
    tflite = result["tflite"]
    percents = " | ".join(
        f"{100 * value:.2f}"
        for value in (
            teacher["auroc"],
            student["auroc_alone"],
            student["auroc_step1"],
            student["auroc"],
            tflite["auroc"],
        )
    )
    minutes = (teacher["seconds"] + student["seconds"]) / 60
    return (
        f"| {NAMES[name]} | {percents} | {result['compression']['macs']:.0f}:1 "
        f"| {tflite['bytes'] / 1024:.0f} KB | "
        f"{tflite['arena_bytes'] / 1024:.0f} KB | {minutes:.1f} |"
    )


def main():
    """Print the table."""
    print(
        "| normal class | teacher | student alone | step 1 | student | int8 "
        "| MACs | file | arena | minutes |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in NAMES:
        path = FOLDER / name / "result.json"
        print(row(name, json.loads(path.read_text())))


if __name__ == "__main__":
    main()
