"""What a person should know about a finished run, a line each."""

from kdgan_tf.runs.baselines import LABELS
from kdgan_tf.runs.drift import WORDS
from kdgan_tf.runs.evaluation_set import SYNTHETIC, TEST, share_found
from kdgan_tf.runs.knowledge import LAG, lagging
from kdgan_tf.runtime.threshold import images_needed
from kdgan_tf.training.health import FEWEST_STEPS

_DRIFT_LIMIT = 0.15
_FEW_FOUND = 0.25
# Share of the anomalies for which another threshold is worth a thought.
_MORE_FOUND = 0.1
# AUROC that a figure of one decimal shows.
_DIFFERENT = 0.001


def remarks(result, steps):
    """Lines about what is wrong with a run and what to do.

    Args:
        result: The content of `result.json`, without these.
        steps: Training steps by phase.

    Returns:
        List of strings.
    """
    return [
        *_about_lag(result),
        *_about_baselines(result),
        *_about_false_alarms(result),
        *_about_misses(result),
        *_about_drift(result),
        *_about_steps(steps),
        *_about_conversion(result["tflite"]),
    ]


def _about_lag(result):
    evidence = result.get("evidence", {})
    behind = lagging(evidence)
    if behind:
        listed = ", ".join(
            f"{kind} {100 * evidence[kind]['student_auroc']:.1f} of "
            f"{100 * evidence[kind]['teacher_auroc']:.1f}"
            for kind in behind
        )
        yield (
            f"the student lags behind its teacher in {listed} (AUROC on "
            "synthetic defects). Distil longer or take a larger student."
        )
        return
    teacher, student = _figures(result, "auroc")
    if teacher is not None and teacher - student > LAG:
        yield (
            f"the student has {100 * student:.1f} of its teacher's "
            f"{100 * teacher:.1f} (AUROC on {TEST}). Distil longer or take a "
            "larger student."
        )


def _figures(result, name):
    """The teacher's figure, and that of the file or, without one, its model."""
    student = result["tflite"][name]
    if student is None:
        student = result["student"][name]
    return result["teacher"][name], student


def _about_baselines(result):
    baselines = result["baselines"]
    if not baselines["measured_on"]:
        return
    teacher, student = _figures(
        result,
        "auroc" if baselines["measured_on"] == TEST else "synthetic_auroc",
    )
    for name, label in LABELS.items():
        baseline = baselines[name]
        if baseline is None or baseline - student < _DIFFERENT:
            continue
        cure = (
            "The teacher is better: distil longer or take a larger student."
            if teacher > baseline
            else "It is better than the teacher too: "
            + (
                "train longer, or with more images."
                if result.get("recipe", {}).get("score") == "evidence"
                else "train longer, or use --flagfile=parts.flags."
            )
        )
        yield (
            f"{label} has {100 * baseline:.1f}, the student "
            f"{100 * student:.1f} (AUROC on {baselines['measured_on']}). {cure}"
        )


def _about_false_alarms(result):
    found, asked = (
        result["false_alarms"][name] for name in ("test_normal", "asked")
    )
    held_out = result.get("images", {}).get("held_out", 0)
    if held_out and (1 + held_out) * asked < 1:
        needed = images_needed(asked) if asked else "no number"
        yield (
            f"{held_out} held-out images cannot promise {100 * asked:.1f} % "
            f"false alarms: {needed} would do. Train with more images, hold "
            "out more of them (--holdout), or set the threshold from new "
            "normal ones (tools/calibrate.py)."
        )
    if found is not None and found > 2 * asked:
        yield (
            f"{100 * found:.1f} % of the normal test images are rejected, "
            f"{100 * asked:.1f} % were asked for. The normal training images "
            "are not like those of the test: take them under all conditions "
            "that occur, or set a new threshold from new normal images."
        )


def _about_misses(result):
    """A threshold that lets pass what it need not."""
    alarms = result["false_alarms"]
    found = share_found(result.get("kinds", {}))
    if found is None or (alarms["test_normal"] or 0) > alarms["asked"]:
        return
    better = (result.get("as_they_come") or {}).get("anomalies")
    if found < _FEW_FOUND and (better is None or better > found + _MORE_FOUND):
        synthetic = result["baselines"]["measured_on"] == SYNTHETIC
        what = SYNTHETIC if synthetic else "anomalies"
        yield (
            f"{100 * found:.0f} % of the {what} are above the threshold: "
            "normal images that lie a little otherwise score as high. Where "
            "parts always lie alike, set it from images as they come "
            "(tools/calibrate.py)"
            + (f": it would find {100 * better:.0f} %." if better else ".")
        )


def _about_drift(result):
    if result["drift"] is None:
        return
    rates = result["drift"]["rates"]
    limit = max(_DRIFT_LIMIT, 3 * rates["unchanged"])
    bad = {name: rate for name, rate in rates.items() if rate > limit}
    if bad:
        listed = ", ".join(
            f"{WORDS[name]}: {100 * rate:.0f} %" for name, rate in bad.items()
        )
        yield (
            f"normal images are rejected when they are {listed}. Keep light "
            "and camera as they are, or train with images that vary as much."
        )


def _about_steps(steps):
    few = {name: count for name, count in steps.items() if count}
    few = {name: n for name, n in few.items() if n < FEWEST_STEPS}
    if few.keys() & {"teacher", "step1"}:
        listed = ", ".join(f"{name} {count:,}" for name, count in few.items())
        yield (
            f"few training steps ({listed}): with fewer than "
            f"{FEWEST_STEPS:,} networks have hardly learnt. Raise the epochs."
        )


def _about_conversion(tflite):
    for failure in tflite["failures"]:
        yield (
            f"the {failure['quantization']} file failed its verification "
            f"({failure['reason']})"
            + (
                f": {tflite['quantization']} was taken instead."
                if tflite["quantization"]
                else "; there is no .tflite file. Convert student.keras with "
                "tflite/convert.py by another recipe."
            )
        )
