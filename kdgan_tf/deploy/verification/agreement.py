"""Checks of `verify`: do sidecar, file and model agree, and how closely?

The difference of two scores is a share of the larger one, or of the threshold
where that is larger still: far below the threshold nobody asks for digits.
"""

import dataclasses
import hashlib

import numpy as np

from kdgan_tf.deploy.micro.interpreter import MISSING, installed, micro_scores
from kdgan_tf.deploy.verification.structure import Check, operators
from kdgan_tf.runtime.scorer import Runner, load_interpreter

FLOAT32_DIFFERENCE = 1e-4
FAST_KERNELS_DIFFERENCE = 0.5
GOLDEN_DIFFERENCE = 0.1
AUROC_DIFFERENCE = 0.01
RANK_CORRELATION = 0.9


def with_sidecar(data, sidecar, tensor):
    """Does the sidecar describe this file? `tensor` is the file's input."""
    digest = hashlib.sha256(data).hexdigest()
    described = sidecar.input
    pairs = {
        "SHA-256": (digest[:12], sidecar.model_sha256[:12]),
        "bytes": (len(data), sidecar.model_bytes),
        "input shape": (tensor.shape, described.shape),
        "input type": (tensor.dtype, described.dtype),
        "input scale": (tensor.scale, described.scale),
        "input zero point": (tensor.zero_point, described.zero_point),
        "operators": (operators(data), sidecar.operators),
    }
    for name, (found, expected) in pairs.items():
        agree = found == expected
        if name == "operators":
            found, expected = len(found), f"the same {len(expected)}"
        yield Check(f"sidecar: {name}", str(found), str(expected), agree)


def golden_vectors(scores, sidecar):
    """Scores of the sidecar's images against the scores it promises."""
    promised = [vector.score for vector in sidecar.golden_vectors]
    found = _difference(scores, promised, sidecar.threshold.value)
    return _at_most("golden vectors", found, GOLDEN_DIFFERENCE)


def threshold(threshold, scores, anomalous):
    """Does the threshold let normal images pass, and is it within reach?

    Other normal images are rejected more often than those it was set with;
    three times as often, and as much as chance allows, is taken for right.
    """
    normal = scores[~anomalous]
    rejected = float(np.mean(normal > threshold.value)) if len(normal) else 0
    chance = 3 / np.sqrt(max(len(normal), 1))
    limit = min(1.0, 3 * threshold.false_positive_rate + chance)
    return Check(
        "threshold",
        f"{threshold.value:.4g}, rejects {rejected:.1%} of normal images",
        f"{float(np.max(scores)):.4g}, {limit:.1%}",
        bool(rejected <= limit and threshold.value <= np.max(scores)),
    )


def float_file(model, tensor, images, expected):
    """A float32 file of the model gives the model's scores."""
    # Needs TensorFlow, which the other checks do not.
    from kdgan_tf.deploy.conversion.recipes import to_tflite

    data = to_tflite(model, "float32", images)
    pixels = dataclasses.replace(tensor, dtype="float32")
    found = Runner(load_interpreter(data, "the float32 file"), pixels)(images)
    # Scores that are sums of logarithms may be anywhere near zero.
    difference = _difference(found, expected, np.median(np.abs(expected)))
    return _at_most("float32 file = Keras", difference, FLOAT32_DIFFERENCE)


def ranking(expected, scores, anomalous):
    """The file tells anomalies from normal images as well as the model."""
    labels = np.zeros(0) if anomalous is None else np.asarray(anomalous, bool)
    if labels.any() and not labels.all():
        from kdgan_tf.gan.evaluation import auroc

        found, wanted = auroc(scores, labels), auroc(expected, labels)
        lost = abs(found - wanted)
        return Check(
            "AUROC = Keras",
            f"{found:.4f}",
            f"{wanted:.4f} +- {AUROC_DIFFERENCE}",
            lost <= AUROC_DIFFERENCE,
        )
    found = float(np.corrcoef(_ranks(expected), _ranks(scores))[0, 1])
    return Check(
        "rank correlation with Keras",
        f"{found:.4f}",
        f">= {RANK_CORRELATION}",
        found >= RANK_CORRELATION,
    )


def _ranks(scores):
    """Ties share a rank: a score that is stuck must not look ordered."""
    return np.unique(scores, return_inverse=True)[1].astype(float)


def microcontroller(data, tensor, images, scores, sidecar):
    """TFLite Micro gives the reference kernels' scores, bit for bit."""
    name = "TFLite Micro = reference"
    limit = "0 scores differ"
    if not sidecar.integer:
        return Check(name, "not int8", limit, None)
    if not installed():
        return Check(name, MISSING, limit, None)
    found = micro_scores(data, tensor, images)
    unequal = int(np.sum(found != scores))
    return Check(
        name, f"{unequal} of {len(scores)} differ", limit, unequal == 0
    )


def fast_kernels(fast, scores, threshold):
    """XNNPACK rounds otherwise, and must stay near the reference."""
    return _at_most(
        "XNNPACK = reference",
        _difference(fast, scores, threshold),
        FAST_KERNELS_DIFFERENCE,
    )


def _difference(found, expected, least):
    found, expected = np.asarray(found), np.asarray(expected)
    larger = np.maximum(np.abs(found), np.abs(expected))
    scale = np.maximum(
        np.maximum(larger, abs(least)), np.finfo(np.float32).tiny
    )
    return float(np.max(np.abs(found - expected) / scale))


def _at_most(name, value, limit):
    # NaN is not at most anything.
    return Check(name, f"{value:.2g}", f"{limit:g}", bool(value <= limit))
