"""The rule about uprights, asked about a tenth and about every image.

    python -m benchmarks.upright_folds \\
        > benchmarks/results/upright_folds.jsonl

The rule (`kdgan_tf/data/orientation.py`) asks one classifier about the
held-out tenth. Here each quarter of the training images is asked about by a
classifier of the other three. MNIST's 0 and 1 are nearest to the bar. One JSON
line a run.
"""

import json

import numpy as np
from sklearn.model_selection import KFold

from kdgan_tf.data import load
from kdgan_tf.data.orientation import rotation_accuracy

FOLDS = 4


def main():
    """Measure and print."""
    for normal_class in (0, 1):
        for seed in range(3):
            images = load("mnist", normal_class, holdout=0.1, seed=seed).train
            folds = KFold(FOLDS, shuffle=True, random_state=seed).split(images)
            found = [
                rotation_accuracy(images[train], images[asked], seed)
                for train, asked in folds
            ]
            row = {
                "dataset": "mnist",
                "normal_class": normal_class,
                "seed": seed,
                "folds": found,
                "rotation_accuracy": np.mean(found),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
