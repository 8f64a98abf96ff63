"""What tfmot's weight clustering and pruning do to a student's int8 file.

    python -m benchmarks.compression runs/mnist runs/cifar10

The generator of each run's student is rebuilt in tf_keras, its kernels are
clustered or pruned, and it learns to imitate the student as in
quantisation-aware training. Then it is converted as the recipe int8 does.
Appends one JSON line for each to benchmarks/results/compression.jsonl.
"""

import argparse
import functools
import gzip
import json
from pathlib import Path

import tensorflow as tf

from benchmarks.quantization import append, rows
from kdgan_tf import data
from kdgan_tf.deploy.conversion.recipes import calibration_of, to_tflite
from kdgan_tf.deploy.qat.imitation import Imitator, imitate
from kdgan_tf.deploy.qat.quantizers import tfmot
from kdgan_tf.deploy.qat.tf_keras_twin import assemble, layers, rebuild, stacks
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.runs.models import load_gan
from kdgan_tf.runtime.files import read_json
from kdgan_tf.runtime.scorer import Runner, load_interpreter
from kdgan_tf.runtime.sidecar import Sidecar
from kdgan_tf.training.config import PhaseConfig

RESULTS = Path(__file__).parent / "results" / "compression.jsonl"
PHASE = PhaseConfig(epochs=3, learning_rate=3e-4)
CLUSTERING, SPARSITY = tfmot.clustering.keras, tfmot.sparsity.keras


def clustered(count, layer):
    """A layer whose kernel has that many different values."""
    return CLUSTERING.cluster_weights(
        layer,
        number_of_clusters=count,
        cluster_centroids_init=CLUSTERING.CentroidInitialization.KMEANS_PLUS_PLUS,
    )


def pruned(share, layer):
    """A layer whose kernel is 0 in that share of places."""
    schedule = SPARSITY.ConstantSparsity(share, begin_step=0, frequency=50)
    return SPARSITY.prune_low_magnitude(layer, schedule)


METHODS = {
    "none": None,
    "clusters 16": functools.partial(clustered, 16),
    "clusters 32": functools.partial(clustered, 32),
    "sparsity 0.3": functools.partial(pruned, 0.3),
    "sparsity 0.5": functools.partial(pruned, 0.5),
}


def compressed(student, wrap, images, seed):
    """A rebuilt generator, compressed and fine-tuned."""
    if wrap is None:
        return rebuild(student)
    generator = assemble(
        student.config,
        [
            [
                wrap(layer)
                if isinstance(layer, layers.Conv2D | layers.Conv2DTranspose)
                else layer
                for layer in stack
            ]
            for stack in stacks(rebuild(student))
        ],
    )
    imitator = Imitator(
        generator,
        rebuild(student),
        DistillationConfig(),
        student.config.negatives,
    )
    callbacks = [SPARSITY.UpdatePruningStep()] if wrap.func is pruned else []
    imitate(imitator, images, PHASE, seed=seed, callbacks=callbacks)
    strip = (
        SPARSITY.strip_pruning
        if wrap.func is pruned
        else CLUSTERING.strip_clustering
    )
    return assemble(
        student.config,
        [
            strip(generator.get_layer(name)).layers
            for name in ("encoder", "decoder", "reconstruction_encoder")
        ],
    )


def generate(generator, image):
    """The generator as `export.save` wants it."""
    scaled = (image - 127.5) * (1 / 127.5)
    values, outputs = scaled, []
    for stack in stacks(generator):
        for layer in stack:
            values = layer(values)
        outputs.append(values)
    return scaled, GeneratorOutputs(*outputs)


def main():
    """Measure what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    keys = ("dataset", "normal_class", "seed", "method")
    done = {tuple(row[key] for key in keys) for row in rows(arguments.output)}
    for run in arguments.runs:
        result = read_json(run / "result.json")
        task = [result[key] for key in keys[:-1]]
        images = data.load(*task[:2], holdout=0.1, seed=task[2])
        student = load_gan(run / "student.keras")
        tensor = Sidecar.read(run / "student.json").input
        for method in arguments.methods:
            if (*task, method) in done:
                continue
            generator = compressed(
                student, METHODS[method], images.train, task[2]
            )
            file = to_tflite(
                student,
                "int8",
                calibration_of(student.config, images.train[:200]),
                functools.partial(generate, generator),
            )
            scores = Runner(load_interpreter(file, run), tensor)(images.test)
            row = {
                **dict(zip(keys, [*task, method], strict=True)),
                "auroc_keras": auroc(
                    student.score(images.test), images.anomalous
                ),
                "auroc": auroc(scores, images.anomalous),
                "bytes": len(file),
                "gzip_bytes": len(gzip.compress(file, 9, mtime=0)),
            }
            append(arguments.output, row)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
