"""Train a detector to compare ours with, on the same images.

    python tools/baseline.py --method=ocsvm --dataset=mnist \\
        --normal_class=8 --output_dir=runs/ocsvm

Leaves `result.json`; `tools/benchmark.py --variants=ocsvm` runs many.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kdgan_tf.commands import command_line, data_flags, train


def _define(flag):
    flag.enum(
        "method",
        None,
        ["ocsvm", "alone", "ours-alone", "autoencoder", "deep_svdd"],
        "which one; see benchmarks/paper/baselines.py",
        required=True,
    )
    flag.string("output_dir", None, "the run directory", required=True)
    flag.string(
        "recipe",
        None,
        "ours-alone: flagfile that gives network and schedule",
    )
    flag.integer("epochs", 7, "epochs of a network")
    flag.integer("batch_size", 16, "images a step")
    flag.float("learning_rate", 1e-3, "first rate; falls to 1 %")
    flag.integer("threads", 0, "threads to compute with, 0: all cores")
    flag.enum(
        "jit_compile", "auto", ["auto", "true", "false"], "compile with XLA"
    )
    data_flags.define(flag)


def main(values):
    """Flags to library call, result to the terminal."""
    tf = command_line.load_tensorflow()
    from threadpoolctl import threadpool_limits

    from benchmarks.paper import baseline_run
    from kdgan_tf.training.config import PhaseConfig

    tf.config.threading.set_intra_op_parallelism_threads(values.threads)
    tf.config.threading.set_inter_op_parallelism_threads(values.threads)
    images = data_flags.load_images(values)
    network = None
    phase = PhaseConfig(values.epochs, values.learning_rate, values.batch_size)
    if values.recipe:
        network, phase = baseline_run.student_of_recipe(
            train.config(_recipe(values), images), images
        )
    # numpy's and scikit-learn's.
    with threadpool_limits(values.threads or None):
        result = baseline_run.run(
            values.method,
            images,
            values.output_dir,
            network=network,
            phase=phase,
            seed=values.seed,
            jit_compile={"auto": "auto", "true": True, "false": False}[
                values.jit_compile
            ],
            verbose=1 if sys.stdout.isatty() else 2,
        )
    found = result["baseline"]
    print(
        f"AUROC {found['auroc']:.4f}, {found['parameters']:,} parameters, "
        f"{found['macs']:,} MACs"
    )
    print(f"written to {values.output_dir}")


def _recipe(values):
    """The flags of tools/train.py that a flagfile stands for."""
    return train.run.parse(
        [
            "tools/train.py",
            f"--flagfile={values.recipe}",
            f"--output_dir={values.output_dir}",
            f"--seed={values.seed}",
        ]
    )


run = command_line.Command(__doc__, _define, main)

if __name__ == "__main__":
    sys.exit(run())
