"""Tables of cost, size and recipe, from the lines of a benchmark: Markdown."""

import statistics

from benchmarks.paper.markdown import table
from benchmarks.paper.results import CLASSES, per_class, percent
from benchmarks.paper.tables import (
    CLASS_NAMES,
    DATASETS,
    EARLIER,
    MODELS,
    NOT_RUN,
)
from benchmarks.paper.variants import TEACHER_OF, VARIANTS


def upright(lines):
    """How well rotation is told, and where it was left out of the recipe."""
    rows = []
    for dataset, title in DATASETS.items():
        recipes = {
            at: result["recipe"]
            for at, result in _asked(lines, dataset).items()
        }
        told = {
            at: recipe["rotation_accuracy"]
            for at, recipe in recipes.items()
            if recipe["rotation_accuracy"] is not None
        }
        if told:
            cells = []
            for index in CLASSES:
                left_out = any(
                    "rotation" not in recipe["negatives"]
                    for (cls, _), recipe in recipes.items()
                    if cls == index
                )
                text = percent(per_class(told, index))
                cells.append(f"*{text}*" if left_out else text)
            rows.append([title, *cells])
    header = ["", *map(str, CLASSES)]
    return table(header, rows) if rows else NOT_RUN


def _asked(lines, dataset):
    """Results of the recipe that asks whether there is an upright."""
    return lines.of(dataset, EARLIER) or lines.of(dataset, "ours")


def cost(lines):
    """Training time of every variant, by device; means over its runs."""
    rows = [
        _cost_row(f"{title}, {variant}", device, results, variant in TEACHER_OF)
        for dataset, title in DATASETS.items()
        for variant in VARIANTS
        for device, results in _by_device(lines.of(dataset, variant))
    ]
    header = ["", "runs", "teacher, minutes", "student, minutes", "hours"]
    return table(header, rows) if rows else NOT_RUN


def _cost_row(name, device, results, other_teacher):
    """A row; without the teacher where another run trained it."""
    teacher = [] if other_teacher else _seconds(results, "teacher")
    student = _seconds(results, "student") + _seconds(results, "baseline")
    return [
        name if device == "CPU" else f"{name}, {device}",
        str(len(results)),
        _minutes(teacher),
        _minutes(student),
        f"{(sum(teacher) + sum(student)) / 3600:.1f}",
    ]


def _by_device(results):
    """Pairs of a device and the results that it trained."""
    found = {}
    for result in results.values():
        found.setdefault(_device(result), []).append(result)
    return sorted(found.items())


def _device(result):
    """What trained it; a CPU where the line does not say."""
    return result.get("student", {}).get("device") or "CPU"


def _seconds(results, part):
    return [result[part]["seconds"] for result in results if part in result]


def _minutes(seconds):
    return f"{statistics.fmean(seconds) / 60:.1f}" if seconds else "-"


def sizes(lines):
    """Parameters, multiply-accumulates and bytes of every model."""
    rows = []
    for dataset, title in DATASETS.items():
        for model in MODELS:
            if model.stage in ("int8", "alone"):
                continue
            results = lines.of(dataset, model.variant).values()
            part = [result[model.stage] for result in results]
            files = [
                result["tflite"]
                for result in results
                if model.stage == "student"
            ]
            if part:
                rows.append(
                    [
                        f"{title}, {model.name}",
                        _span([found["parameters"] for found in part]),
                        _span([found["macs"] for found in part]),
                        _span([found["bytes"] for found in files]),
                        _span([found["arena_bytes"] for found in files]),
                    ]
                )
    header = ["", "parameters", "MACs", "int8 file, bytes", "arena, bytes"]
    return table(header, rows) if rows else NOT_RUN


def _span(values):
    values = [value for value in values if value is not None]
    if not values:
        return "-"
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def single_runs(results):
    """Runs that stand for themselves.

    Args:
        results: The contents of `result.json` files.
    """
    rows = []
    for result in sorted(
        results, key=lambda found: list(DATASETS).index(found["dataset"])
    ):
        teacher, student = result["teacher"], result["student"]
        tflite = result["tflite"]
        dataset = result["dataset"]
        name = CLASS_NAMES[dataset][result["normal_class"]]
        rows.append(
            [
                f"{DATASETS[dataset]}, {name}",
                *(
                    percent([value], 2)
                    for value in (
                        teacher["auroc"],
                        student["auroc_alone"],
                        student["auroc_step1"],
                        student["auroc"],
                        tflite["auroc"],
                    )
                ),
                f"{result['compression']['macs']:.0f}:1",
                f"{tflite['bytes'] / 1024:.0f} KB",
                f"{tflite['arena_bytes'] / 1024:.0f} KB",
                _minutes([teacher["seconds"] + student["seconds"]]),
            ]
        )
    header = ["normal class", "teacher", "student alone", "step 1", "student"]
    header += ["int8", "MACs", "file", "arena", "minutes"]
    return table(header, rows) if rows else NOT_RUN
