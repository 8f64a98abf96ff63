"""How the OC-SVM baseline got its settings.

    python -m benchmarks.choose_ocsvm > benchmarks/results/choose_ocsvm.jsonl

AUROC of held-out normal training images against 300 training images of each
other class, two classes a data set; no test image is looked at. One JSON line
a setting.
"""

import itertools
import json

import numpy as np

from benchmarks.paper.baselines import OneClassSVM
from kdgan_tf.data import load
from kdgan_tf.gan.evaluation import auroc

CLASSES = {"mnist": (2, 8), "fashion_mnist": (0, 6), "cifar10": (1, 6)}
WHITEN = (False, True)
GAMMA = (1.0, 3.0, 10.0, 30.0)
OTHERS = 300


def main():
    """Measure and print."""
    for dataset, classes in CLASSES.items():
        images = [load(dataset, index, holdout=0.1) for index in range(10)]
        for normal_class in classes:
            normal = images[normal_class]
            others = [
                other.train[:OTHERS] for other in images if other is not normal
            ]
            seen = np.concatenate([normal.holdout, *others])
            anomalous = np.arange(len(seen)) >= len(normal.holdout)
            for whiten, gamma in itertools.product(WHITEN, GAMMA):
                machine = OneClassSVM(whiten=whiten, gamma=gamma)
                machine.fit(normal.train)
                row = {
                    "dataset": dataset,
                    "normal_class": normal_class,
                    **machine.settings,
                    "validation_auroc": auroc(machine.score(seen), anomalous),
                    "parameters": machine.parameters,
                }
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
