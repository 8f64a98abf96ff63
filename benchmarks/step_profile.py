"""Where the time of a training step goes.

    python -m benchmarks.step_profile > benchmarks/results/step_profile.jsonl

Times ever larger parts of the step, each compiled as `fit` compiles the whole;
what a part adds is its share. Also measures the machine's best speed at
multiplying matrices, with the same threads, and what of it the step reaches.
One thread; medians; one JSON line a network.
"""

import json
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from kdgan_tf import EDEGAN
from kdgan_tf.data.transformations import joined
from kdgan_tf.gan import complexity, presets
from kdgan_tf.gan.networks import unit_range
from kdgan_tf.gan.objective import gan_losses
from kdgan_tf.gan.optimization import minimise, replica_mean

CASES = (("mnist_teacher", 64), ("mnist_teacher", 16), ("mnist_student", 16))
_REPEATS, _SECONDS = 5, 2.0
_MATRIX = 2048


def timed(function, *arguments):
    """Seconds a call: the median of a few runs of about two seconds."""
    started = time.perf_counter()
    function(*arguments)  # compiled here
    function(*arguments)
    started = time.perf_counter()
    function(*arguments)
    calls = max(1, int(_SECONDS / (time.perf_counter() - started)))
    spans = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        for _ in range(calls):
            result = function(*arguments)
        tf.nest.map_structure(np.asarray, result)
        spans.append((time.perf_counter() - started) / calls)
    return statistics.median(spans)


def parts_of(gan):
    """Ever larger parts of the training step, by the name of what is added."""
    generator = gan.generator.trainable_variables
    discriminator = gan.discriminator.trainable_variables

    def forward(images):
        negatives = gan.negatives_of(images, 0)
        outputs = gan.generator(
            unit_range(joined(images, negatives)), training=True
        )
        return tf.reduce_sum(outputs.reconstruction_latent)

    def losses(images):
        found = gan_losses(gan, images, gan.negatives_of(images, 0), 0, True)
        return replica_mean(found.generator), replica_mean(found.discriminator)

    def gradients(images, both):
        with tf.GradientTape(persistent=True) as tape:
            generated, told = losses(images)
        found = [tape.gradient(generated, generator)]
        if both:
            found.append(tape.gradient(told, discriminator))
        # A sum, so that nothing is left out and little is handed back.
        return sum(tf.reduce_sum(g) for part in found for g in part)

    def updates(images):
        with tf.GradientTape(persistent=True) as tape:
            generated, told = losses(images)
        minimise(tape, generated, gan.optimizer, generator)
        minimise(tape, told, gan.discriminator_optimizer, discriminator)
        return generated

    return {
        "generator, forward": forward,
        "discriminator and losses, forward": losses,
        "generator's gradient": lambda images: gradients(images, False),
        "discriminator's gradient": lambda images: gradients(images, True),
        "optimizers": updates,
    }


def peak():
    """Best multiply-accumulates a second, as large matrices reach them."""
    matrix = tf.random.normal((_MATRIX, _MATRIX))
    multiply = tf.function(tf.matmul)
    return _MATRIX**3 / timed(multiply, matrix, matrix)


def step_macs(gan, batch_size):
    """Multiply-accumulates of a step: a gradient takes two forward passes.

    The generator sees images and negatives, the discriminator images and
    reconstructions; the generator's gradient passes once through it, too.
    """
    of_generator = complexity.multiply_accumulates(gan)
    of_discriminator = complexity.network_macs(
        gan.discriminator.features
    ) + complexity.network_macs(gan.discriminator.classifier)
    passes = 2 if gan.config.negatives else 1
    return batch_size * (3 * passes * of_generator + 7 * of_discriminator)


def main():
    """Measure and print."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    best = peak()
    for name, batch_size in CASES:
        gan = EDEGAN(presets.named(name))
        gan.compile()
        side, _, channels = gan.config.image_shape
        images = tf.random.uniform(
            (batch_size, side, side, channels), 0, 255, tf.int32
        )
        images, spans = tf.cast(images, tf.uint8), {}
        for part, function in parts_of(gan).items():
            compiled = tf.function(function)
            spans[part] = timed(compiled, images)
        total = spans["optimizers"]
        before = [0, *spans.values()]
        row = {
            "network": name,
            "batch_size": batch_size,
            "threads": 1,
            "step_ms": round(1e3 * total, 3),
            "share": {
                part: round((span - earlier) / total, 3)
                for (part, span), earlier in zip(
                    spans.items(), before, strict=False
                )
            },
            "peak_gmacs": round(best / 1e9, 1),
            "of_peak": round(step_macs(gan, batch_size) / total / best, 3),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
