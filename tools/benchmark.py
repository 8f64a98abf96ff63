"""Run the paper's experiments, many runs side by side, and show the results.

    python tools/benchmark.py --datasets=mnist,cifar10 --variants=ours,plain
    python tools/benchmark.py --render

Killed and started again, it goes on where it stopped. `--render` runs nothing:
it makes tables and pictures from the lines in the results' folder.
"""

import sys
from pathlib import Path

import _command_line
from absl import flags

flags.DEFINE_list(
    "datasets", ["mnist", "fashion_mnist", "cifar10"], "names with a flagfile"
)
flags.DEFINE_list(
    "classes", [str(index) for index in range(10)], "normal classes"
)
flags.DEFINE_list("seeds", ["0"], "seeds")
flags.DEFINE_list("variants", ["ours"], "see benchmarks/paper/variants.py")
flags.DEFINE_integer("jobs", 2, "processes at a time", lower_bound=1)
flags.DEFINE_string("work_dir", "runs/benchmark", "where run directories go")
flags.DEFINE_string(
    "results", "benchmarks/results/runs.jsonl", "a JSON line a finished run"
)
flags.DEFINE_bool("render", False, "make tables and pictures, run nothing")
flags.DEFINE_list(
    "documents", ["README.md", "docs/results.md"], "where the tables go"
)
flags.DEFINE_string("pictures", "docs/results", "where the pictures go")
FLAGS = flags.FLAGS
ROOT = Path(__file__).resolve().parents[1]


def main():
    """Flags to library call."""
    if FLAGS.render:
        from benchmarks.paper.rendering import render

        render(
            Path(FLAGS.results).parent,
            ROOT / "benchmarks" / "published.json",
            FLAGS.documents,
            FLAGS.pictures,
        )
        print(f"rendered {', '.join(FLAGS.documents)} and {FLAGS.pictures}")
        return
    _run()


def _run():
    from benchmarks.paper import runner
    from kdgan_tf.runtime.errors import InputError

    try:
        classes = [int(value) for value in FLAGS.classes]
        seeds = [int(value) for value in FLAGS.seeds]
    except ValueError as error:
        raise InputError(
            f"Expected whole numbers as classes and seeds: {error}."
        ) from error
    failed = runner.run(
        runner.tasks(FLAGS.datasets, classes, seeds, FLAGS.variants),
        runner.Results(FLAGS.results),
        Path(FLAGS.work_dir).resolve(),
        ROOT,
        FLAGS.jobs,
        progress=lambda line: print(line, flush=True),
    )
    if failed:
        raise InputError(
            f"Expected every run to finish, but {len(failed)} failed. Run the "
            "command of one by itself to see why; see above for their names."
        )
    print(f"all runs are in {FLAGS.results}")
    sys.stdout.flush()


if __name__ == "__main__":
    _command_line.run(main)
