"""What report page and model card say of a run, in words and figures."""

from kdgan_tf.deploy.page.writer import subject
from kdgan_tf.gan.evaluation import auroc_interval
from kdgan_tf.runs.baselines import LABELS
from kdgan_tf.runs.drift import WORDS
from kdgan_tf.runs.evaluation_set import NORMAL
from kdgan_tf.runs.file_facts import costs, percent, promise
from kdgan_tf.runs.knowledge import lagging
from kdgan_tf.runs.snippets import SNIPPETS

# What augmentations make of an image.
AUGMENTED = {
    "shift": "shifted a little",
    "pose": "shifted, turned and zoomed a little",
    "exposure": "a little brighter or darker, with more or less contrast",
    "noise": "noisier",
    "mirror": "mirrored left to right",
    "flip": "mirrored top to bottom",
    "half_turn": "upside down",
    "quarter_turn": "turned by quarters",
}


def facts(result, sidecar, shown, scores):
    """Dict of what both templates need.

    Args:
        result: The content of `result.json`; what it lacks is left out.
        sidecar: The `Sidecar` of the file, or `None` where there is none.
        shown: The `EvaluationSet` that the scores belong to.
        scores: Dict of scores (n,) by model; the last is the best known.
    """
    measured = shown.source != NORMAL
    counts = (int((~shown.anomalous).sum()), int(shown.anomalous.sum()))
    return {
        "title": f"Anomaly detector: {_subject(result)}",
        "dataset": result.get("dataset"),
        "source": shown.source,
        "measured": measured,
        "summary": _summary(shown, list(scores.values())[-1], sidecar),
        "warnings": result.get("warnings", []),
        "trained_on": _trained_on(result, sidecar),
        "training": _training(result),
        "models": [*_models(result, counts if measured else None)],
        "figure": _figure(result.get("tflite", {})) if measured else None,
        "kinds": [*_kinds(result.get("kinds") or {})],
        "evidence": [*_evidence(result.get("evidence") or {})],
        "promise": promise(sidecar),
        "drift": _drift(result),
        "costs": [*costs(result)],
        "snippets": SNIPPETS,
        "demo": sidecar is not None,
        "footer": _footer(result, sidecar),
    }


def _subject(result):
    return subject(result.get("dataset"), result.get("normal_class"))


def _summary(shown, scores, sidecar):
    if sidecar is None:
        return (
            "There is no file for a device: no recipe gave the student's "
            "scores. Its figures are those of the Keras model."
        )
    above = scores > sidecar.threshold.value
    alarms = float(above[~shown.anomalous].mean())
    rejects = (
        f"rejects {percent(alarms)} of {int((~shown.anomalous).sum()):,} "
        f"normal images"
    )
    if not shown.anomalous.any():
        return f"At its threshold it {rejects}; anomalies were not at hand."
    found = float(above[shown.anomalous].mean())
    return (
        f"At its threshold it finds {percent(found)} of "
        f"{int(shown.anomalous.sum()):,} anomalies and {rejects} "
        f"({shown.source})."
    )


def _trained_on(result, sidecar):
    images = result.get("images", {})
    words = []
    if images:
        words.append(
            f"It was trained on {images['train']:,} normal images of "
            f"{_subject(result)}; "
            + (
                f"{images['held_out']:,} more were kept out to set the "
                "threshold."
                if images["held_out"]
                else "they have set the threshold too."
            )
        )
        if not images.get("outliers"):
            words.append("No anomaly was seen in training.")
        words += [
            f"{note[:1].upper()}{note[1:]}." for note in images.get("notes", [])
        ]
    words += _augmentations(result.get("recipe", {}))
    if sidecar:
        rule = sidecar.input.preprocessing
        color = "grey" if rule.channels == 1 else "RGB"
        words.append(
            f"The network sees {rule.side}x{rule.side} pixels, {color}."
        )
    return " ".join(words)


def _augmentations(recipe):
    """What was taken for normal besides, and what was found not to be."""
    normal = recipe.get("augmentations") or ()
    if normal:
        yield f"It takes for normal too: {_joined(normal)}."
    told = [
        kind
        for kind in recipe.get("symmetry_accuracies") or {}
        if kind not in normal
    ]
    if told:
        yield (
            f"Not so: {_joined(told)}; a classifier tells them from the "
            "images as they came."
        )


def _joined(kinds):
    return ", ".join(f"images {AUGMENTED[kind]}" for kind in kinds)


def _training(result):
    seconds = [result[role].get("seconds") for role in ("teacher", "student")]
    words = (
        "A large network (the teacher) learnt what is normal; a small one (the "
        "student) learnt it from the teacher, first from a fixed one (step 1), "
        "then together with it (step 2)."
    )
    if None in seconds:
        return words
    teacher, student = (f"{value / 60:.1f}" for value in seconds)
    device = result["student"].get("device")
    on = f" on {'a CPU' if device == 'CPU' else device}" if device else ""
    return f"{words} It took {teacher} and {student} minutes{on}."


def _models(result, counts):
    """Rows of the table of models."""
    teacher, student = result["teacher"], result["student"]
    tflite = result.get("tflite", {})
    size = {key: student[key] for key in ("parameters", "macs")}
    rows = [("teacher", teacher)]
    if student.get("auroc_alone") is not None:
        alone = {**size, "auroc": student["auroc_alone"]}
        rows.append(("student without a teacher", alone))
    if student.get("auroc_step1") is not None:
        step1 = {**size, "auroc": student["auroc_step1"]}
        rows.append(("student, step 1", step1))
    rows.append(("student, step 2", student))
    if tflite.get("bytes"):
        name = f"student, {tflite['quantization']} file"
        rows.append((name, {**size, **tflite}))
    shipped = rows[-1][0]
    baselines = result.get("baselines") or {}
    rows += [
        (f"{label}, without a network", {"auroc": baselines[name]})
        for name, label in LABELS.items()
        if baselines.get(name) is not None
    ]
    for name, row in rows:
        figure, interval = _figure(row), "-"
        # Where no image is in the wrong order, there is no spread to go by.
        if figure is not None and counts and 0 < figure < 1:
            ends = auroc_interval(figure, *counts)
            interval = " to ".join(f"{100 * end:.1f}" for end in ends)
        yield {
            "name": name,
            "auroc": "-" if figure is None else f"{100 * figure:.1f}",
            "interval": interval,
            "parameters": _count(row.get("parameters")),
            "macs": _count(row.get("macs")),
            "shipped": name == shipped,
        }


def _kinds(found):
    """Rows of the table of kinds of anomalies; none where all are of one."""
    if len(found) < 2:
        return
    for name, row in found.items():
        share = row["found"]
        yield {
            "name": name,
            "images": f"{row['images']:,}",
            "auroc": f"{100 * row['auroc']:.1f}",
            "found": "-" if share is None else percent(share),
        }


def _evidence(found):
    """Rows of the table of what `knowledge` found."""
    total = sum(row["weight"] or 0 for row in found.values())
    behind = lagging(found)
    for name, row in found.items():
        weight = row["weight"]
        yield {
            "name": "the score" if name == "score" else name,
            "share": "-" if weight is None else f"{100 * weight / total:.0f} %",
            "teacher": f"{100 * row['teacher_auroc']:.1f}",
            "student": f"{100 * row['student_auroc']:.1f}",
            "lags": name in behind,
            "agreement": f"{row['rank_correlation']:.2f}",
        }


def _figure(row):
    """AUROC on test images, else on synthetic defects, else `None`."""
    value = row.get("auroc")
    return row.get("synthetic_auroc") if value is None else value


def _drift(result):
    drift = result.get("drift")
    if not drift:
        return None
    rates = [
        (WORDS.get(name, name), rate) for name, rate in drift["rates"].items()
    ]
    return {"images": drift["images"], "rates": rates}


def _footer(result, sidecar):
    versions = ", ".join(
        f"{name} {version}"
        for name, version in result.get("versions", {}).items()
    )
    words = f"Seed {result.get('seed')}. {versions}."
    if sidecar:
        words = f"Model {sidecar.model_sha256[:12]}. {words}"
    return words


def _count(value):
    return "-" if value is None else f"{value:,}"
