"""Train a detector to compare ours with, on the same images.

    python tools/baseline.py --method=ocsvm --dataset=mnist \\
        --normal_class=8 --output_dir=runs/ocsvm

Leaves `result.json`; `tools/benchmark.py --variants=ocsvm` runs many.
"""

import sys

import _command_line
import _data_flags
from absl import flags

flags.DEFINE_enum(
    "method",
    None,
    ["ocsvm", "alone", "autoencoder", "deep_svdd"],
    "which one; see benchmarks/paper/baselines.py",
    required=True,
)
flags.DEFINE_string("output_dir", None, "the run directory", required=True)
flags.DEFINE_integer("epochs", 7, "epochs of a network")
flags.DEFINE_integer("batch_size", 16, "images a step")
flags.DEFINE_float("learning_rate", 1e-3, "first rate; falls to 1 %")
flags.DEFINE_integer("threads", 0, "threads to compute with, 0: all cores")
flags.DEFINE_enum(
    "jit_compile", "auto", ["auto", "true", "false"], "compile with XLA"
)
flags.adopt_module_key_flags(_data_flags)
FLAGS = flags.FLAGS


def main():
    """Flags to library call, result to the terminal."""
    import tensorflow as tf
    from threadpoolctl import threadpool_limits

    from benchmarks.paper import baseline_run
    from kdgan_tf.training.config import PhaseConfig

    tf.config.threading.set_intra_op_parallelism_threads(FLAGS.threads)
    tf.config.threading.set_inter_op_parallelism_threads(FLAGS.threads)
    phase = PhaseConfig(FLAGS.epochs, FLAGS.learning_rate, FLAGS.batch_size)
    with threadpool_limits(FLAGS.threads or None):  # numpy's and scikit-learn's
        result = baseline_run.run(
            FLAGS.method,
            _data_flags.load_images(),
            FLAGS.output_dir,
            phase=phase,
            seed=FLAGS.seed,
            jit_compile={"auto": "auto", "true": True, "false": False}[
                FLAGS.jit_compile
            ],
            verbose=1 if sys.stdout.isatty() else 2,
        )
    found = result["baseline"]
    print(
        f"AUROC {found['auroc']:.4f}, {found['parameters']:,} parameters, "
        f"{found['macs']:,} MACs"
    )
    print(f"written to {FLAGS.output_dir}")


if __name__ == "__main__":
    _command_line.run(main)
