"""The same short training in every mode, and the AUROC it ends with.

    python -m benchmarks.strategies --output=benchmarks/results/strategies.json
    python -m benchmarks.strategies --render

Trains on the digits by a shortened digits.flags, two replicas being two logical
CPUs and two workers two processes on loopback. `--render` writes the table of
docs/distributed.md.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.paper import markdown

ROOT = Path(__file__).resolve().parents[1]
SHORT = ("--teacher_epochs=20", "--step1_epochs=20", "--step2_epochs=4")
MIRRORED = ("--strategy=mirrored", "--logical_cpus=2")
WORKERS = ("--strategy=multi_worker_mirrored",)
QAT = ("--quantization=qat_int8",)
FLOAT16 = ("--mixed_precision=float16",)
# Flags and number of processes.
MODES = {
    "default": ((), 1),
    "one_device": (("--strategy=one_device",), 1),
    "mirrored": (MIRRORED, 1),
    "multi_worker_mirrored": (WORKERS, 2),
    "default, qat_int8": (QAT, 1),
    "mirrored, qat_int8": ((*MIRRORED, *QAT), 1),
    "multi_worker_mirrored, qat_int8": ((*WORKERS, *QAT), 2),
    "default, float16": (FLOAT16, 1),
    "mirrored, float16": ((*MIRRORED, *FLOAT16), 1),
    "default, bfloat16": (("--mixed_precision=bfloat16",), 1),
}


def free_ports(count):
    """Ports of this machine that nobody uses at the moment."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def train(folder, words, processes, normal_class):
    """Start every process of a mode; the AUROC of each stage, by name."""
    addresses = [f"localhost:{port}" for port in free_ports(processes)]
    command = [sys.executable, "tools/train.py", "--flagfile=digits.flags"]
    command += [*SHORT, *words, f"--normal_class={normal_class}"]
    command += [f"--output_dir={folder}"]
    started = []
    for index in range(processes):
        environment = dict(os.environ)
        if processes > 1:
            environment["TF_CONFIG"] = json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": index},
                }
            )
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    errors = [process.communicate()[1] for process in started]
    statuses = [process.returncode for process in started]
    if any(statuses):
        sys.exit(f"{words}: exit status {statuses}\n{errors}")
    result = json.loads((folder / "result.json").read_text())
    return {
        "teacher": result["teacher"]["auroc"],
        "step1": result["student"]["auroc_step1"],
        "student": result["student"]["auroc"],
        "file": result["tflite"]["auroc"],
    }


def table(rows):
    """Markdown: a line a mode, AUROC in percent."""
    stages = list(next(iter(rows.values())))
    lines = [
        f"| mode | {' | '.join(stages)} |",
        "|---|" + "---|" * len(stages),
    ]
    for mode, row in rows.items():
        cells = " | ".join(f"{100 * row[stage]:.2f}" for stage in stages)
        lines.append(f"| {mode} | {cells} |")
    return "\n".join(lines)


def main():
    """Train in every mode that is not there yet, or render."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--normal_class", type=int, default=0)
    parser.add_argument(
        "--output",
        type=Path,
        default=ROOT / "benchmarks/results/strategies.json",
    )
    parser.add_argument("--render", action="store_true")
    options = parser.parse_args()
    rows = {}
    if options.output.exists():
        rows = json.loads(options.output.read_text())
    if options.render:
        page = ROOT / "docs/distributed.md"
        blocks = {"strategies": table(rows)}
        page.write_text(markdown.fill(page.read_text(), blocks, page))
        return
    for mode, (words, processes) in MODES.items():
        if mode in rows:
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows[mode] = train(
                Path(folder) / "run", words, processes, options.normal_class
            )
        options.output.write_text(json.dumps(rows, indent=2) + "\n")
        print(mode, rows[mode], flush=True)


if __name__ == "__main__":
    main()
