"""The report of a run: pictures for the folder, a table for the terminal."""

import csv

import numpy as np

from kdgan_tf.runs import plots
from kdgan_tf.runs.baselines import LABELS
from kdgan_tf.runs.evaluation_set import TEST
from kdgan_tf.runs.file_facts import no_arena, verified_against
from kdgan_tf.runtime.files import atomic_path

_SHOWN = 5


def write(directory, shown, scores, models, sidecar, steps):
    """Write the pictures of a run to its `report/`.

    Args:
        directory: The `RunDirectory`.
        shown: The `EvaluationSet` that the scores belong to.
        scores: Dict of scores (n,) by "teacher", "student" and, where there is
            one, "tflite".
        models: Dict of models by name, for their reconstructions.
        sidecar: The `Sidecar` of the file, or `None`.
        steps: Training steps by phase: "teacher", "step1", "step2".
    """
    logs = {
        phase: _read_log(directory.log(phase))
        for phase in ("teacher", "step1", "student")
        if directory.log(phase).exists()
    }
    last = list(scores)[-1]
    recipe = f", {sidecar.quantization} .tflite" if sidecar else ""
    figures = {
        "score_histogram": plots.score_histogram(
            scores[last],
            shown.anomalous,
            sidecar.threshold.value if sidecar else None,
            f"Student{recipe}, {shown.source}",
        ),
        "reconstructions": reconstructions(shown, models),
        "training_curves": plots.training_curves(logs, steps),
    }
    if shown.anomalous.any():
        figures["roc"] = plots.roc(scores, shown.anomalous, shown.source)
    for name, figure in figures.items():
        with atomic_path(directory.report / f"{name}.png") as path:
            figure.savefig(path, dpi=120)


def reconstructions(shown, models):
    """Figure of some images and what models make of them.

    The first normal ones, and anomalies spread evenly over the set: not chosen
    by how they look.

    Args:
        shown: An `EvaluationSet`.
        models: Dict of `EDEGAN` by name.
    """
    chosen = _examples(shown.anomalous)
    return plots.reconstructions(
        shown.images[chosen],
        np.where(shown.anomalous[chosen], "anomaly", "normal"),
        {
            name: model.predict(shown.images[chosen], verbose=0)
            for name, model in models.items()
        },
    )


def _examples(anomalous):
    """A few normal images, then anomalies spread over the test set."""
    normal = np.flatnonzero(~anomalous)[:_SHOWN]
    others = np.flatnonzero(anomalous)
    count = min(_SHOWN, len(others))
    return np.concatenate(
        [normal, others[np.linspace(0, len(others) - 1, count).astype(int)]]
    )


def _read_log(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def table(result):
    """The closing table of a run as text.

    Args:
        result: The content of `result.json`, also of an older version.
    """
    student, tflite = result["student"], result["tflite"]
    ratio, arena = result["compression"], tflite["arena_bytes"]
    measured_on = result.get("baselines", {}).get("measured_on")
    sizes = _sizes(student)
    rows = [
        f"{'':<18}{'AUROC':>7} {'parameters':>11} {'MACs':>12} {'bytes':>8}",
        _row("teacher", result["teacher"], _sizes(result["teacher"])),
        _row("student, step 1", {"auroc": student["auroc_step1"]}, sizes),
        _row("student, step 2", student, sizes),
    ]
    if student["auroc_alone"] is not None:
        alone = {"auroc": student["auroc_alone"]}
        rows.insert(2, _row("student alone", alone, sizes))
    if tflite["bytes"] is not None:
        name = f"  as {tflite['quantization']} .tflite"
        rows.append(_row(name, tflite, f"{sizes} {tflite['bytes']:>8,}"))
    if measured_on:
        rows += [
            _row(label, {"auroc": result["baselines"][name]})
            for name, label in LABELS.items()
            if result["baselines"][name] is not None
        ]
    if measured_on and measured_on != TEST:
        rows.append(f"AUROC on {measured_on}: there are no real anomalies")
    rows.append(
        f"compression: {ratio['macs']:.2f}:1 multiply-accumulates, "
        f"{ratio['parameters']:.2f}:1 parameters"
    )
    if tflite["bytes"] is not None:
        rows += [
            "arena on a microcontroller: "
            + (f"{arena:,} B" if arena else no_arena(tflite)),
            f"threshold: {tflite['threshold']:.6g}",
            f"verified against {verified_against(tflite)}: "
            + ("yes" if tflite["verified"] else "NO, see tflite/verify.py"),
        ]
    return "\n".join(rows)


def _sizes(model):
    return f"{model['parameters']:>11,} {model['macs']:>12,}"


def _row(label, figures, sizes=""):
    value = figures["auroc"]
    if value is None:
        value = figures.get("synthetic_auroc")
    shown = "-" if value is None else f"{value:.4f}"
    return f"{label:<18}{shown:>7} {sizes}".rstrip()
