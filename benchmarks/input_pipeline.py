"""How long training steps wait for images.

    python -m benchmarks.input_pipeline

Times the fetching of a batch and the step itself, in turn, for the smallest
and the largest network of the presets; prints one JSON line each. Medians.
"""

import json
import statistics
import time

import numpy as np
import tensorflow as tf

from kdgan_tf import EDEGAN
from kdgan_tf.data import training_stream
from kdgan_tf.gan import presets

STEPS = {"mnist_student": 400, "mnist_teacher": 60}
IMAGES, BATCH_SIZE = 6000, 16


def main():
    """Measure and print."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (IMAGES, 32, 32, 1), np.uint8)
    for name, steps in STEPS.items():
        gan = EDEGAN(presets.named(name))
        gan.compile()
        step = tf.function(gan.train_step)
        batches = iter(training_stream(images, BATCH_SIZE))
        step(next(batches))
        waits, totals = [], []
        for _ in range(steps):
            started = time.perf_counter()
            batch = next(batches)
            waits.append(time.perf_counter() - started)
            step(batch)["loss"].numpy()
            totals.append(time.perf_counter() - started)
        wait, total = statistics.median(waits), statistics.median(totals)
        row = {
            "network": name,
            "batch_size": BATCH_SIZE,
            "threads": 1,
            "wait_ms": round(1e3 * wait, 3),
            "step_ms": round(1e3 * total, 3),
            "share": round(wait / total, 4),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
