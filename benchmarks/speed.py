"""Training speed against PyTorch: same networks, same step, side by side.

    pip install torch  # or another environment's: --torch_python
    python benchmarks/speed.py --output=benchmarks/results/speed.jsonl

Every measurement is a process of its own; the frameworks take turns, and a
line is written only where the first step's loss agrees. Killed and started
again, it goes on. `--render` writes the tables of docs/performance.md.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import tables

ROOT = Path(__file__).resolve().parents[1]
PHASES = ("teacher", "step1", "step2")
FRAMEWORKS = ("ours", "ours, 16 steps a call", "PyTorch", "PyTorch, compiled")
BATCH_SIZES, THREADS = (64, 16, 1), (1, 2)
# Long enough for a median, short enough for a small machine.
_STEPS = {"teacher": 640, "step1": 6400, "step2": 640}
_ROUNDS = 3
_TOLERANCE = 2e-3


def shapes_of(phase):
    """What the PyTorch side needs to know of the networks."""
    from kdgan_tf import presets

    names = ["teacher"] if phase == "teacher" else ["teacher", "student"]
    configs = {name: presets.named(f"mnist_{name}") for name in names}
    return {
        name: {
            "image_channels": config.image_shape[-1],
            "channels": config.channels,
            "bottleneck": config.bottleneck_side,
            "latent": config.latent,
            "normalization": config.normalization,
        }
        for name, config in configs.items()
    }


def command(framework, case, weights, torch_python):
    """The command that measures one case."""
    phase, batch_size, threads = case
    steps = max(8, min(160, _STEPS[phase] // batch_size))
    words = [
        f"--phase={phase}",
        f"--batch_size={batch_size}",
        f"--threads={threads}",
        f"--steps={steps - steps % 16 if steps > 16 else 16}",
        f"--weights={weights}",
        "--repeats=3",
    ]
    if framework.startswith("ours"):
        if framework != "ours":
            words.append("--steps_per_execution=16")
        return [sys.executable, "benchmarks/speed_tensorflow.py", *words]
    if "compiled" in framework:
        words.append("--compile")
    return [
        torch_python,
        "benchmarks/speed_pytorch.py",
        f"--shapes={json.dumps(shapes_of(phase))}",
        *words,
    ]


def measure(case, torch_python):
    """Images per second of every framework in one case, a list each."""
    speeds = {framework: [] for framework in FRAMEWORKS}
    losses, versions = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.npz"
        for _, framework in itertools.product(range(_ROUNDS), FRAMEWORKS):
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
        if abs(loss - first) > _TOLERANCE * abs(first):
            sys.exit(
                f"Expected the same first loss in {case}, but ours is {first} "
                f"and that of {framework} is {loss}."
            )
    return speeds, sorted(versions)


def table(rows):
    """Markdown: medians, and ratios to PyTorch's."""
    lines = [
        "| phase | batch | threads | "
        + " | ".join(FRAMEWORKS)
        + " | ours : PyTorch | best : best |",
        "|---|---|---|" + "---|" * (len(FRAMEWORKS) + 2),
    ]
    for row in rows:
        median = {
            name: statistics.median(values)
            for name, values in row["images_per_second"].items()
        }
        ours, theirs = (
            [v for name, v in median.items() if name.startswith(start)]
            for start in ("ours", "PyTorch")
        )
        lines.append(
            f"| {row['phase']} | {row['batch_size']} | {row['threads']} | "
            + " | ".join(f"{median[name]:,.0f}" for name in FRAMEWORKS)
            + f" | {ours[0] / theirs[0]:.2f} | {max(ours) / max(theirs):.2f} |"
        )
    return "\n".join(lines)


def main():
    """Measure what is missing, or render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks/results/speed.jsonl"
    )
    parser.add_argument("--torch_python", default=sys.executable)
    parser.add_argument("--render", action="store_true")
    options = parser.parse_args()
    rows = []
    if options.output.exists():
        rows = [
            json.loads(line) for line in options.output.read_text().splitlines()
        ]
    if options.render:
        tables.fill(ROOT / "docs/performance.md", "speed", table(rows))
        return
    done = {(r["phase"], r["batch_size"], r["threads"]) for r in rows}
    for case in itertools.product(PHASES, BATCH_SIZES, THREADS):
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
