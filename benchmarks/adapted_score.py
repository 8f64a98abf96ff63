"""How often new images are rejected by a score that few images have adapted.

    python -m benchmarks.adapted_score

The held-out images that set the threshold of a score of several kinds of
evidence have given it mean and spread before, so they are a little more normal
than new images. Evidence is drawn from a log-normal distribution here, five
kinds that correlate by `--correlation`. Appends a JSON line for each number of
images to benchmarks/results/adapted_score.jsonl.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks.quantization import append
from kdgan_tf.gan.score import AnomalyScore
from kdgan_tf.runtime.threshold import Threshold

RESULTS = Path(__file__).parent / "results" / "adapted_score.jsonl"
COUNTS = (10, 20, 40, 65, 200)
KINDS, RATE, NEW = 5, 0.05, 2000


def rejected(count, correlation, random):
    """(expected, found) share of new normal images above a threshold.

    Args:
        count: Held-out normal images.
        correlation: Of the logarithms of any two kinds of evidence.
        random: A `numpy.random.Generator`.
    """

    def evidence(images):
        common = random.normal(size=(images, 1))
        own = random.normal(size=(images, KINDS))
        mixed = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        return np.exp(mixed).astype(np.float32)

    held_out = evidence(count)
    score = AnomalyScore("evidence", KINDS, squared=True)
    score.adapt(held_out, 3 * evidence(count))
    threshold = Threshold.measured_on(
        score(held_out).numpy(), RATE, held_out=True
    )
    above = score(evidence(NEW)).numpy() > threshold.value
    return threshold.expected_rate, float(above.mean())


def main():
    """Print a line for each number of images, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--correlation", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=500)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    for count in COUNTS:
        rates = [
            rejected(count, arguments.correlation, random)
            for _ in range(arguments.repeats)
        ]
        expected, found = np.mean(rates, axis=0)
        line = {
            "images": count,
            "correlation": arguments.correlation,
            "repeats": arguments.repeats,
            "asked": RATE,
            "expected": float(expected),
            "found": float(found),
        }
        print(line)
        append(RESULTS, line)


if __name__ == "__main__":
    main()
