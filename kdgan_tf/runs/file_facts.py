"""What is said of a run's file: its promise, its cost, who vouches for it."""


def promise(sidecar):
    """What its threshold promises, in words.

    Args:
        sidecar: The `Sidecar`, or `None` where there is no file.
    """
    if sidecar is None:
        return None
    threshold = sidecar.threshold
    where = "held-out" if threshold.held_out else "training"
    words = (
        f"The threshold was set for {percent(threshold.false_positive_rate)} "
        f"false alarms on {threshold.images:,} {where} normal images"
        + _versions(threshold.versions)
        + "."
    )
    expected, upper = threshold.expected_rate, threshold.upper_rate
    if expected is not None:
        words += f" Of new normal images expect {percent(expected)} at most"
        if upper is not None:
            words += f"; with 95 % confidence it is below {percent(upper)}"
        words += "."
    return words


def _versions(count):
    """How each image was scored, in words."""
    return (
        ""
        if count == 1
        else f", each as it came and changed in {count - 1} ways"
    )


def costs(result):
    """Pairs of what costs something, and how much, in words.

    Args:
        result: The content of `result.json`.
    """
    student, tflite = result["student"], result.get("tflite", {})
    if tflite.get("bytes"):
        yield "file", f"{tflite['bytes']:,} bytes"
        arena = tflite.get("arena_bytes")
        yield (
            "working memory on a microcontroller",
            f"{arena:,} bytes" if arena else no_arena(tflite),
        )
        yield (
            f"verified against {verified_against(tflite)}",
            "yes" if tflite.get("verified") else "NO",
        )
    yield "multiply-adds an image", f"{student['macs']:,}"
    ratio = result.get("compression")
    if ratio:
        yield (
            "smaller than the teacher",
            f"{ratio['macs']:.1f} times in multiply-adds, "
            f"{ratio['parameters']:.1f} times in parameters",
        )


def no_arena(tflite):
    """Why no arena is known of a file.

    Args:
        tflite: That part of `result.json`.
    """
    if "int8" in tflite["quantization"]:
        return "not measured (tflite-micro is not installed)"
    return f"none, {tflite['quantization']} is not for microcontrollers"


def verified_against(tflite):
    """What the scores of a file were compared with, in words.

    Args:
        tflite: That part of `result.json`.
    """
    if "int8" in tflite["quantization"] and tflite["arena_bytes"]:
        return "Keras, reference kernels and microcontroller"
    return "Keras and reference kernels"


def percent(share):
    """A share in 0..1 as text."""
    return f"{100 * share:.1f} %"
