"""Run the paper's experiments, many runs side by side, and show the results.

    python tools/benchmark.py --datasets=mnist,cifar10 --variants=ours,plain
    python tools/benchmark.py --render

Killed and started again, it goes on where it stopped. `--render` runs nothing:
it makes tables and pictures from the lines in the results' folder. Nor does
`--check_zoo`: it scores the test images with the students in zoo/ and compares
the AUROC with that of their lines. `--fill_zoo` puts the students of finished
runs there.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kdgan_tf.commands import command_line

ROOT = Path(__file__).resolve().parents[1]


def _define(flag):
    flag.list(
        "datasets",
        ["mnist", "fashion_mnist", "cifar10"],
        "names with a flagfile",
    )
    flag.list("classes", [str(index) for index in range(10)], "normal classes")
    flag.list("seeds", ["0"], "seeds")
    flag.list("variants", ["ours"], "see benchmarks/paper/variants.py")
    flag.integer("jobs", 2, "processes at a time", lower_bound=1)
    flag.string("work_dir", "runs/benchmark", "where run directories go")
    flag.string(
        "results", "benchmarks/results/runs.jsonl", "a JSON line a finished run"
    )
    flag.bool("render", False, "make tables and pictures, run nothing")
    flag.bool("check_zoo", False, "compare zoo's files with their lines")
    flag.bool("fill_zoo", False, "copy the students of finished runs to zoo")
    flag.string("zoo", "zoo", "where the students' files are")
    flag.list(
        "documents",
        ["README.md", "docs/results.md", "docs/results_details.md"],
        "where the tables go",
    )
    flag.string("pictures", "docs/results", "where the pictures go")


def main(values):
    """Flags to library call."""
    command_line.load_tensorflow()
    if values.render:
        from benchmarks.paper.rendering import render

        render(
            Path(values.results).parent,
            ROOT / "benchmarks" / "published.json",
            values.documents,
            values.pictures,
        )
        print(f"rendered {', '.join(values.documents)} and {values.pictures}")
        return
    if values.check_zoo:
        _check_zoo(values)
        return
    if values.fill_zoo:
        from benchmarks.paper import zoo

        found = zoo.fill(values.zoo, _tasks(values), values.work_dir)
        print(f"{len(found)} files are in {values.zoo}")
        return
    _run(values)


def _check_zoo(values):
    from benchmarks.paper import zoo
    from benchmarks.paper.results import Lines
    from kdgan_tf.runtime.errors import InputError

    folder = Path(values.results).parent
    wrong = zoo.check(
        values.zoo,
        Lines.read(sorted(folder.glob("*.jsonl"))),
        progress=lambda line: print(line, flush=True),
    )
    if wrong:
        raise InputError(
            f"Expected the AUROC of the lines within {100 * zoo.TOLERANCE:g} "
            f"points, but not so: {', '.join(wrong)}."
        )


def _tasks(values):
    from benchmarks.paper import runner
    from kdgan_tf.runtime.errors import InputError

    try:
        classes = [int(value) for value in values.classes]
        seeds = [int(value) for value in values.seeds]
    except ValueError as error:
        raise InputError(
            f"Expected whole numbers as classes and seeds: {error}."
        ) from error
    return runner.tasks(values.datasets, classes, seeds, values.variants)


def _run(values):
    from benchmarks.paper import runner
    from kdgan_tf.runtime.errors import InputError

    failed = runner.run(
        _tasks(values),
        runner.Results(values.results),
        Path(values.work_dir).resolve(),
        ROOT,
        values.jobs,
        progress=lambda line: print(line, flush=True),
    )
    if failed:
        raise InputError(
            f"Expected every run to finish, but {len(failed)} failed. Run the "
            "command of one by itself to see why; see above for their names."
        )
    print(f"all runs are in {values.results}")
    sys.stdout.flush()


run = command_line.Command(__doc__, _define, main)

if __name__ == "__main__":
    sys.exit(run())
