"""One run, killed at random times, against one that nothing disturbs.

    python -m benchmarks.kills --output=benchmarks/results/kills.json

Trains on the digits by digits.flags: once from start to end, once with twenty
`kill -9`, each time begun again by the same command. Both must end with the
same result.json (but for the seconds), the same file for the device and the
same weights. Exits 1 where they do not.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kdgan_tf.runs.models import load_gan

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("--flagfile=digits.flags", "--deterministic", "--student_alone")
_WRITTEN = ("student.tflite", "student.json")


def start(folder):
    """The command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "tools/train.py", *FLAGS, f"--output_dir={folder}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def reached(folder):
    """Where a run is, in words: what of it is written."""
    if (folder / "student.tflite").exists():
        return "publication"
    epochs = sorted((folder / ".state").glob("*/epoch-*"))
    if epochs:
        return f"{epochs[-1].parent.name}, {epochs[-1].name}"
    records = sorted((folder / ".state").glob("*.json"))
    return f"after {records[-1].stem}" if records else "nothing"


def killed(folder, kills, longest, chance):
    """Kill a run that many times; where each kill found it.

    Args:
        folder: The run directory.
        kills: How often.
        longest: Seconds that a life has at most.
        chance: A `random.Random`.
    """
    found = []
    while len(found) < kills:
        process = start(folder)
        seconds = chance.uniform(0, longest)
        try:
            process.wait(timeout=seconds)
            sys.exit(
                f"The run ended after {len(found)} of {kills} kills: choose a "
                "smaller --longest."
            )
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        found.append({"seconds": round(seconds, 2), "at": reached(folder)})
        print(f"kill {len(found)}: {found[-1]}", flush=True)
    return found


def result(folder):
    """`result.json` without what depends on the clock."""
    found = json.loads((folder / "result.json").read_text())
    for role in ("teacher", "student"):
        found[role].pop("seconds")
    return found


def differences(one, other):
    """Names of what differs between two finished runs."""
    names = [] if result(one) == result(other) else ["result.json"]
    names += [
        name
        for name in _WRITTEN
        if (one / name).read_bytes() != (other / name).read_bytes()
    ]
    for name in ("teacher.keras", "student.keras"):
        pairs = zip(
            load_gan(one / name).get_weights(),
            load_gan(other / name).get_weights(),
            strict=True,
        )
        if not all(np.array_equal(*pair) for pair in pairs):
            names.append(name)
    return names


def main():
    """Run both, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        calm, disturbed = Path(scratch) / "calm", Path(scratch) / "disturbed"
        started = time.monotonic()
        if start(calm).wait():
            sys.exit("The run that nothing disturbs failed.")
        seconds = time.monotonic() - started
        chance = random.Random(options.seed)
        kills = killed(disturbed, options.kills, options.longest, chance)
        if start(disturbed).wait():
            sys.exit("The run could not go on after the last kill.")
        row = {
            "undisturbed_seconds": round(seconds, 1),
            "kills": kills,
            "differences": differences(calm, disturbed),
        }
    if options.output:
        options.output.write_text(json.dumps(row, indent=2) + "\n")
    print(f"{len(kills)} kills; differs: {row['differences'] or 'nothing'}")
    sys.exit(bool(row["differences"]))


if __name__ == "__main__":
    main()
