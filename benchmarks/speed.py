"""Training speed against PyTorch and anomalib, side by side.

    pip install torch anomalib  # or another environment's: --torch_python
    python -m benchmarks.speed --output=benchmarks/results/speed.jsonl

Every measurement is a process of its own; the frameworks take turns, and a
line is written only where the first step's loss agrees. Killed and started
again, it goes on. `--render` writes the tables of docs/performance.md, those
of step_profile.py and input_pipeline.py too.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.speed_cases import (
    ANOMALIB,
    BATCH_SIZES,
    PHASES,
    ROOT,
    THREADS,
    WAYS,
    command,
    others_than_ours,
    ours_of,
)
from benchmarks.speed_tables import read_lines, render, table

_ROUNDS = 2
_TOLERANCE = 2e-3


def measure(case, torch_python):
    """Images per second of every framework in one case, a list each."""
    phase, batch_size, _ = case
    others = others_than_ours(phase, batch_size)
    speeds = {framework: [] for framework in (*ours_of(phase), *others)}
    losses, versions = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.npz"
        for _, framework in itertools.product(range(_ROUNDS), speeds):
            finished = subprocess.run(
                command(framework, case, weights, torch_python),
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            if finished.returncode:
                sys.exit(f"{framework} {case}:\n{finished.stderr[-2000:]}")
            found = json.loads(finished.stdout.splitlines()[-1])
            speeds[framework] += found["images_per_second"]
            losses[framework] = found["first_loss"]
            versions.add(found["framework"])
    first = losses["ours"]
    for framework, loss in losses.items():
        # anomalib's network is as large, and not the same.
        if framework not in ANOMALIB and (
            abs(loss - first) > _TOLERANCE * abs(first)
        ):
            sys.exit(
                f"Expected the same first loss in {case}, but ours is {first} "
                f"and that of {framework} is {loss}."
            )
    return speeds, sorted(versions)


def measure_ways(path):
    """Append one line a case: images per second of ours in other ways."""
    for phase, batch_size in itertools.product(("teacher", "step1"), (64, 16)):
        words = command("ours", (phase, batch_size, 1), "", "")
        speeds = {way: [] for way in WAYS}
        for _, way in itertools.product(range(_ROUNDS), WAYS):
            finished = subprocess.run(
                [*words, *WAYS[way]],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            found = json.loads(finished.stdout.splitlines()[-1])
            speeds[way] += found["images_per_second"]
        row = {"phase": phase, "batch_size": batch_size, "threads": 1}
        row["images_per_second"] = speeds
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def main():
    """Measure what is missing, or render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks/results/speed.jsonl"
    )
    parser.add_argument("--torch_python", default=sys.executable)
    parser.add_argument("--threads", type=int, nargs="+", default=THREADS)
    parser.add_argument("--phases", nargs="+", default=PHASES)
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--render", action="store_true")
    options = parser.parse_args()
    if options.render:
        render(options.output.parent)
        return
    if options.ways:
        measure_ways(options.output.with_name("ways.jsonl"))
        return
    done = {
        (row["phase"], row["batch_size"], row["threads"])
        for row in read_lines(options.output)
    }
    for batch_size, threads, phase in itertools.product(
        BATCH_SIZES, options.threads, options.phases
    ):
        case = phase, batch_size, threads
        if case in done:
            continue
        speeds, versions = measure(case, options.torch_python)
        row = dict(
            zip(("phase", "batch_size", "threads"), case, strict=True),
            versions=versions,
            images_per_second={
                name: [round(value, 1) for value in values]
                for name, values in speeds.items()
            },
        )
        with options.output.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(table([row]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
