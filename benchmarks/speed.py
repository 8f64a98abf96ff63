"""Training speed against PyTorch and anomalib, side by side.

    pip install torch anomalib  # or another environment's: --torch_python
    python benchmarks/speed.py --output=benchmarks/results/speed.jsonl

Every measurement is a process of its own; the frameworks take turns, and a
line is written only where the first step's loss agrees. Killed and started
again, it goes on. `--render` writes the tables of docs/performance.md, those
of step_profile.py and input_pipeline.py too.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from kdgan_tf.benchmark import markdown

ROOT = Path(__file__).resolve().parents[1]
PHASES = ("teacher", "step1", "step2", "ganomaly")
OURS = ("ours", "ours, 16 steps a call")
# Step 1 as a whole run does it: its frozen teacher is asked before.
ASKED_ONCE = "ours, teacher asked once"
PYTORCH = ("PyTorch", "PyTorch, compiled")
ANOMALIB = ("anomalib",)
BATCH_SIZES, THREADS = (64, 16, 1), (2, 1)
# Long enough for a median, short enough for a small machine.
_IMAGES = {"teacher": 320, "step1": 960, "step2": 320, "ganomaly": 320}
_ROUNDS = 2
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
            "decoder": config.decoder_stages,
            "bottleneck": config.bottleneck_side,
            "latent": config.latent,
            "normalization": config.normalization,
            "negatives": config.negatives,
        }
        for name, config in configs.items()
    }


def command(framework, case, weights, torch_python):
    """The command that measures one case."""
    phase, batch_size, threads = case
    # Whole calls of 16 steps, four at most.
    calls = min(4, max(1, _IMAGES[phase] // batch_size // 16))
    words = [
        f"--batch_size={batch_size}",
        f"--threads={threads}",
        f"--steps={16 * calls}",
        "--repeats=2",
    ]
    if framework in ANOMALIB:
        return [torch_python, "benchmarks/speed_anomalib.py", *words]
    words += [f"--phase={phase}", f"--weights={weights}"]
    if framework in ours_of(phase):
        words += {OURS[1]: ["--steps_per_execution=16"]}.get(framework, [])
        words += {ASKED_ONCE: ["--targets"]}.get(framework, [])
        return [sys.executable, "benchmarks/speed_tensorflow.py", *words]
    if "compiled" in framework:
        words.append("--compile")
    return [
        torch_python,
        "benchmarks/speed_pytorch.py",
        f"--shapes={json.dumps(shapes_of(phase))}",
        *words,
    ]


def ours_of(phase):
    """Ways in which we do a phase."""
    return (*OURS, ASKED_ONCE) if phase == "step1" else OURS


def others_than_ours(phase, batch_size):
    """Whom a case compares with us."""
    if phase == "ganomaly":
        return ANOMALIB
    # Compiling takes a minute each time.
    compiled = phase == "teacher" and batch_size == max(BATCH_SIZES)
    return PYTORCH if compiled else PYTORCH[:1]


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


def table(rows):
    """Markdown: medians, and ratios to the others' without compiling."""
    found = {name for row in rows for name in row["images_per_second"]}
    everyone = (*OURS, ASKED_ONCE, *PYTORCH, *ANOMALIB)
    names = [name for name in everyone if name in found]
    theirs = PYTORCH[0] if PYTORCH[0] in found else ANOMALIB[0]
    lines = [
        f"| phase | batch | threads | {' | '.join(names)} "
        f"| ours : {theirs} | best : best |",
        "|---|---|---|" + "---|" * (len(names) + 2),
    ]
    for row in rows:
        median = {
            name: statistics.median(speeds)
            for name, speeds in row["images_per_second"].items()
        }
        ours = {name: median.pop(name) for name in ours_of(row["phase"])}
        best = max(ours.values()) / max(median.values())
        ratio = ours["ours"] / median[theirs]
        median |= ours
        cells = [
            f"{median[name]:,.0f}" if name in median else "-" for name in names
        ]
        lines.append(
            f"| {row['phase']} | {row['batch_size']} | {row['threads']} | "
            + " | ".join(cells)
            + f" | {ratio:.2f} | {best:.2f} |"
        )
    return "\n".join(lines)


def profile_table(rows):
    """Markdown: a line a network."""
    parts = list(rows[0]["share"])
    lines = [
        f"| network | batch | {' | '.join(parts)} | step | of the peak |",
        "|---|---|" + "---|" * (len(parts) + 2),
    ]
    for row in rows:
        shares = " | ".join(f"{share:.0%}" for share in row["share"].values())
        lines.append(
            f"| {row['network']} | {row['batch_size']} | {shares} "
            f"| {row['step_ms']:.1f} ms | {row['of_peak']:.0%} |"
        )
    return "\n".join(lines)


def pipeline_table(rows):
    """Markdown: a line a network."""
    lines = ["| network | batch | fetching | step | share |", "|" + "---|" * 5]
    lines += [
        f"| {row['network']} | {row['batch_size']} | {row['wait_ms']:.2f} ms "
        f"| {row['step_ms']:.1f} ms | {row['share']:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)


WAYS = {
    "as it is": [],
    "XLA": ["--jit_compile"],
    "bfloat16": ["--dtype=mixed_bfloat16"],
}


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


def ways_table(rows):
    """Markdown: a line a case."""
    lines = []
    for row in rows:
        speeds = {
            way: statistics.median(values)
            for way, values in row["images_per_second"].items()
        }
        lines.append(
            (
                f"{row['phase']}, batch {row['batch_size']}",
                *(f"{speed:,.0f}" for speed in speeds.values()),
            )
        )
    return markdown.table(("", *WAYS), lines)


def read_lines(path):
    """The JSON lines of a file, where there is one."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


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
    rows = read_lines(options.output)
    rows.sort(
        key=lambda row: (
            PHASES.index(row["phase"]),
            -row["batch_size"],
            row["threads"],
        )
    )
    if options.render:
        page, results = ROOT / "docs/performance.md", options.output.parent
        blocks = {}
        for name, theirs in (("speed", PYTORCH), ("anomalib", ANOMALIB)):
            chosen = [r for r in rows if theirs[0] in r["images_per_second"]]
            blocks[name] = table(chosen)
        for name, rendered in (
            ("step_profile", profile_table),
            ("input_pipeline", pipeline_table),
        ):
            lines = read_lines(results / f"{name}.jsonl")
            blocks[name] = rendered(lines)
        blocks["ways"] = ways_table(read_lines(results / "ways.jsonl"))
        page.write_text(markdown.fill(page.read_text(), blocks, page))
        return
    if options.ways:
        measure_ways(options.output.with_name("ways.jsonl"))
        return
    done = {(r["phase"], r["batch_size"], r["threads"]) for r in rows}
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
