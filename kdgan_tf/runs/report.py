"""The report of a run: pictures for the folder, a table for the terminal."""

import csv

import numpy as np

from kdgan_tf.runs import plots
from kdgan_tf.runtime.files import atomic_path

_SHOWN = 5


def write(directory, images, scores, models, threshold):
    """Write the pictures of a run to its `report/`.

    Args:
        directory: The `RunDirectory`.
        images: `data.OneClassImages`.
        scores: Dict of test scores (n,) by model; the last is the `.tflite`'s.
        models: Dict of models by name, for their reconstructions.
        threshold: Scores above it mean "anomalous".
    """
    last = list(scores)[-1]
    logs = {
        phase: _read_log(directory.log(phase))
        for phase in ("teacher", "step1", "student", "alone")
        if directory.log(phase).exists()
    }
    figures = {
        "roc": plots.roc(scores, images.anomalous),
        "score_histogram": plots.score_histogram(
            scores[last],
            images.anomalous,
            threshold,
            f"Student, {last} .tflite",
        ),
        "reconstructions": reconstructions(images, models),
        "training_curves": plots.training_curves(logs),
    }
    for name, figure in figures.items():
        with atomic_path(directory.report / f"{name}.png") as path:
            figure.savefig(path, dpi=120)


def reconstructions(images, models):
    """Figure of some test images and what models make of them.

    The first normal ones, and anomalies spread evenly over the test set: not
    chosen by how they look.

    Args:
        images: `data.OneClassImages`.
        models: Dict of `EDEGAN` by name.
    """
    shown = _examples(images.anomalous)
    return plots.reconstructions(
        images.test[shown],
        np.where(images.anomalous[shown], "anomaly", "normal"),
        {
            name: model.predict(images.test[shown], verbose=0)
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
        result: The content of `result.json`.
    """
    teacher, student = result["teacher"], result["student"]
    tflite, ratio = result["tflite"], result["compression"]
    alone = student["auroc_alone"]
    sizes = f"{student['parameters']:>11,} {student['macs']:>12,}"
    arena = tflite["arena_bytes"]
    rows = [
        f"{'':<18}{'AUROC':>7} {'parameters':>11} {'MACs':>12} {'bytes':>8}",
        f"{'teacher':<18}{teacher['auroc']:>7.4f} "
        f"{teacher['parameters']:>11,} {teacher['macs']:>12,}",
        *(
            [f"{'student alone':<18}{alone:>7.4f} {sizes}"]
            if alone is not None
            else []
        ),
        f"{'student, step 1':<18}{student['auroc_step1']:>7.4f} {sizes}",
        f"{'student, step 2':<18}{student['auroc']:>7.4f} {sizes}",
        f"{'  as ' + tflite['quantization'] + ' .tflite':<18}"
        f"{tflite['auroc']:>7.4f} {sizes} {tflite['bytes']:>8,}",
        f"compression: {ratio['macs']:.2f}:1 multiply-accumulates, "
        f"{ratio['parameters']:.2f}:1 parameters",
        "arena on a microcontroller: "
        + ("not measured (tflite-micro)" if arena is None else f"{arena:,} B"),
        f"threshold: {tflite['threshold']:.6g}",
        "verified against Keras, reference kernels and microcontroller: "
        + ("yes" if tflite["verified"] else "NO, see tflite/verify.py"),
    ]
    return "\n".join(rows)
