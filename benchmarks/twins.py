"""Whether a threshold holds better where near twins are kept together.

    python -m benchmarks.twins --parts=/path/to/casting \\
        --parts=/path/to/magnetic_tile > benchmarks/results/twins.jsonl

A tenth of the normal images is held out, at random or by whole groups of near
twins; a nearest neighbour and a PCA (`kdgan_tf/runs/baselines.py`) score them,
5 % false alarms are asked for, and normal test images are scored. One JSON
line a set and way, over ten seeds.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from kdgan_tf.data.folder import read_folder
from kdgan_tf.data.near_twins import hold_out, near_twin_groups
from kdgan_tf.runs.baselines import LABELS, baseline_scores
from kdgan_tf.runtime.threshold import Threshold

SEEDS = 10
SHARE, RATE = 0.1, 0.05


def _rejected(images, groups, seed):
    """Share of normal test images above the threshold, by baseline."""
    train, held_out = hold_out(len(images.train), SHARE, seed, groups)
    normal = images.train[train]
    measured = baseline_scores(normal, images.train[held_out])
    new = baseline_scores(normal, images.test[~images.anomalous])
    return [
        np.mean(
            new[name] > Threshold.measured_on(measured[name], RATE, True).value
        )
        for name in LABELS
    ]


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=Path, action="append", required=True)
    for folder in parser.parse_args().parts:
        images = read_folder(folder / "train", folder / "test")
        twins = near_twin_groups(images.thumbnails)
        for kept_together, groups in ((False, None), (True, twins)):
            rates = np.array(
                [_rejected(images, groups, seed) for seed in range(SEEDS)]
            )
            row = {
                "parts": folder.name,
                "kept_together": kept_together,
                "asked": RATE,
                "seeds": SEEDS,
                "mean": dict(zip(LABELS, rates.mean(axis=0), strict=True)),
                "largest": dict(zip(LABELS, rates.max(axis=0), strict=True)),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
