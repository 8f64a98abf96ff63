"""What the lines of finished benchmark runs say, as numbers."""

import statistics
from typing import NamedTuple

from benchmarks.paper.runner import Results, Task
from kdgan_tf.runtime.errors import InputError

CLASSES = range(10)
# Where a result keeps the AUROC of a stage.
_STAGES = {
    "teacher": ("teacher", "auroc"),
    "step1": ("student", "auroc_step1"),
    "student": ("student", "auroc"),
    "alone": ("student", "auroc_alone"),
    "int8": ("tflite", "auroc"),
    "baseline": ("baseline", "auroc"),
}
# And the test AUROC after every epoch, phase by phase.
_CURVES = {
    "student": ("step1", "student"),
    "alone": ("alone",),
    "baseline": ("baseline",),
}


class Model(NamedTuple):
    """One of the models that a run leaves behind."""

    name: str
    """What tables call it."""
    variant: str
    """A name in `variants.VARIANTS`."""
    stage: str
    """"teacher", "step1", "student", "alone", "int8" or "baseline"."""


class Lines:
    """The results of finished tasks.

    Args:
        results: Dict of the content of `result.json` by `Task`.
    """

    def __init__(self, results):
        self.results = results

    @classmethod
    def read(cls, paths):
        """All tasks in these files.

        Half a line is left out, and so are lines of other programs.

        Raises:
            InputError: A task has two lines, or not what it should have.
        """
        found, origin = {}, {}
        for path in paths:
            for row in Results(path).rows():
                if "task" not in row:
                    continue
                try:
                    task, result = Task(**row["task"]), row["result"]
                except (KeyError, TypeError) as error:
                    raise InputError(
                        f"Expected a task and its result in each line of "
                        f"{path}, but: {error}. Delete that line and run "
                        "tools/benchmark.py again."
                    ) from error
                if task in found:
                    raise InputError(
                        f"Expected one line a task, but {task} has one in "
                        f"{origin[task]} and one in {path}. Delete one."
                    )
                found[task], origin[task] = result, path
        return cls(found)

    def of(self, dataset, variant):
        """Results by (normal class, seed)."""
        return {
            (task.normal_class, task.seed): result
            for task, result in self.results.items()
            if (task.dataset, task.variant) == (dataset, variant)
        }

    def aurocs(self, dataset, model):
        """AUROC in 0..1 after the last epoch, by (normal class, seed)."""
        part, key = _STAGES[model.stage]
        found = {
            at: result.get(part, {}).get(key)
            for at, result in self.of(dataset, model.variant).items()
        }
        return {at: value for at, value in found.items() if value is not None}

    def curves(self, dataset, model):
        """Test AUROC after each epoch, by (normal class, seed).

        Looked at, never chosen from. Both steps of a student in a row.
        """
        found = {}
        for at, result in self.of(dataset, model.variant).items():
            curves = result.get("diagnostics", {}).get(
                "test_auroc_after_epoch", {}
            )
            curve = [
                value
                for phase in _CURVES[model.stage]
                for value in curves.get(phase, [])
            ]
            if curve:
                found[at] = curve
        return found


def per_class(values, index):
    """Values of one class, one a seed, by rising seed."""
    return [value for (cls, _), value in sorted(values.items()) if cls == index]


def per_seed(values, classes=CLASSES):
    """Means over the classes, one for each seed that has all of them."""
    seeds = sorted({seed for _, seed in values})
    return [
        statistics.fmean(values[index, seed] for index in classes)
        for seed in seeds
        if all((index, seed) in values for index in classes)
    ]


def percent(values, digits=1):
    """A mean in percent, with the spread over seeds where there are several.

    The spread is the standard deviation of the sample. "-" without values.
    """
    if not values:
        return "-"
    text = f"{100 * statistics.fmean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {100 * statistics.stdev(values):.{digits}f}"
    return text
