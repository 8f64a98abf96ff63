"""Checks of `verify`: that sidecar, file and model agree, and how closely.

The difference of two scores is a share of the larger one, or of the threshold
where that is larger still: far below the threshold nobody asks for digits.
"""

import dataclasses
import hashlib
import math

import numpy as np

from kdgan_tf.deploy.micro.interpreter import MISSING, installed, micro_scores
from kdgan_tf.deploy.verification.check import Check
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.scorer import Runner, load_interpreter

FLOAT32_DIFFERENCE = 1e-4
AUROC_DIFFERENCE = 0.01
# Of inverted and turned images, which may be as good as normal: of 48 nuts, no
# less normal turned, an AUROC of 0.75 was 0.012 off, by chance.
MADE_AUROC_DIFFERENCE = 0.05
_CHANCE = 0.5
RANK_CORRELATION = 0.9
# Of fewer, one pair that changes places decides.
RANKED_IMAGES = 10
# XNNPACK against reference kernels. 20 trained students of digits were at 0.08,
# 0.998 and 0.02 at worst, an untrained one at a correlation of 0.989. A score
# of several kinds of evidence is a mean of logarithms, in which the smallest
# distances count as much as large ones: a student of castings was at 0.17, and
# one of nuts, of which normal images score nearly alike, at 0.967.
FAST_KERNELS_DIFFERENCE = 0.25
FAST_KERNELS_CORRELATION = 0.95
FAST_KERNELS_DECISIONS = 0.05


def with_sidecar(data, sidecar, described):
    """Whether the sidecar describes this file.

    Args:
        data: The file's bytes.
        sidecar: The `Sidecar`.
        described: The `ModelFile`.
    """
    ((name, tensor),) = described.inputs.items()
    digest = hashlib.sha256(data).hexdigest()
    promised = sidecar.input
    pairs = {
        "SHA-256": (digest[:12], sidecar.model_sha256[:12]),
        "bytes": (len(data), sidecar.model_bytes),
        "input name": (name, promised.name),
        "input shape": (tensor.shape, promised.shape),
        "input type": (tensor.dtype, promised.dtype),
        "input scale": (_first(tensor.scales), promised.scale),
        "input zero point": (_first(tensor.zero_points), promised.zero_point),
        "operators": (described.operator_names, sidecar.operators),
        "fast kernels": (described.fast_kernels, sidecar.fast_kernels),
    }
    if sidecar.fast_kernels is None:
        del pairs["fast kernels"]
    for name, (found, expected) in pairs.items():
        agree = found == expected
        if name == "operators":
            found, expected = len(found), f"the same {len(expected)}"
        yield Check(f"sidecar: {name}", str(found), str(expected), agree)


def anomaly_map(path, sidecar):
    """Whether the file for anomaly maps, where there is one, is the right one.

    Args:
        path: Where it lies.
        sidecar: The `Sidecar` of the file for scores.
    """
    if sidecar.anomaly_map is None:
        return
    wanted = sidecar.anomaly_map.model_sha256
    name = "anomaly map: SHA-256"
    if path.exists():
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        yield Check(name, found[:12], wanted[:12], found == wanted)
    else:
        yield Check(name, "no such file", wanted[:12], None)


def _first(values):
    return values[0] if values else 0


def require_own_sidecar(data, sidecar, path="the model"):
    """Raise InputError unless a sidecar is the one of a file.

    Nothing is run: SHA-256, size, input and operators are compared with what
    stands in the file.

    Args:
        data: Bytes of the `.tflite` file.
        sidecar: The `Sidecar`.
        path: Where the file is from, for errors.

    Returns:
        The `ModelFile`, what stands in the file.
    """
    sidecar.check_model(data, path)
    described = read_model_file(data, path)
    failed = [
        check
        for check in with_sidecar(data, sidecar, described)
        if check.passed is False
    ]
    if failed:
        raise InputError(
            f"Expected the sidecar of {path}, found "
            + "; ".join(
                f"{check.name} {check.limit} where the file has {check.value}"
                for check in failed
            )
            + ". Convert the student again."
        )
    return described


def golden_vectors(scores, sidecar, reference_kernels):
    """Scores of the sidecar's images against the scores it promises."""
    promised, allowed = sidecar.promised_scores(reference_kernels)
    share = float(np.max(np.abs(np.asarray(scores) - promised) / allowed))
    kernels = "reference" if reference_kernels else "XNNPACK"
    return _at_most(f"golden vectors, {kernels}", share, 1)


def threshold(threshold, scores, anomalous):
    """Whether the threshold lets normal images pass and is within reach.

    Other normal images are rejected more often than those it was set with;
    three times as often, and as much as chance allows, is taken for right. Of
    cloth, images that are turned and inverted are as normal as any: where no
    image scores as high, one of those it was set with must.
    """
    normal = scores[~anomalous]
    rejected = float(np.mean(normal > threshold.value)) if len(normal) else 0
    chance = 3 / np.sqrt(max(len(normal), 1))
    limit = min(1.0, 3 * threshold.false_positive_rate + chance)
    highest = float(np.max([*scores, *(threshold.normal_scores or ())]))
    return Check(
        "threshold",
        f"{threshold.value:.4g}, rejects {rejected:.1%} of normal images",
        f"{highest:.4g}, {limit:.1%}",
        bool(rejected <= limit and threshold.value <= highest),
    )


def model_scores(model, images):
    """The model's scores by the kind of processor that files are run on.

    A GPU rounds convolutions otherwise, which small scores show: two runs in
    forty had no file by it.
    """
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return model.score(images)
    with tf.device("CPU"):
        return model.detached().score(images)


def float_file(model, tensor, images, expected):
    """A float32 file of the model gives the model's scores."""
    # Needs TensorFlow, which the other checks do not.
    from kdgan_tf.deploy.conversion.float32_file import float32_file

    data = float32_file(model, images)
    pixels = dataclasses.replace(tensor, dtype="float32")
    found = Runner(load_interpreter(data, "the float32 file"), pixels)(images)
    # Scores that are sums of logarithms may be anywhere near zero.
    difference = _difference(found, expected, np.median(np.abs(expected)))
    return _at_most("float32 file = Keras", difference, FLOAT32_DIFFERENCE)


def ranking(expected, scores, strange, most=AUROC_DIFFERENCE):
    """The file orders images as the model does, as far as that matters.

    Normal images by their rank correlation; anomalies by how well they are
    told from them. In which order those lie that score many times the
    threshold is nobody's question, and 8 bits do not keep it.

    Args:
        expected: Scores by the model.
        scores: Those of the same images by the file.
        strange: Which of them are anomalies, or stand for such.
        most: By how much the two AUROC may differ.
    """
    from kdgan_tf.gan.evaluation import auroc

    normal = ~np.asarray(strange, bool)
    names = "AUROC = Keras", "rank correlation with Keras"
    count = int(normal.sum())
    if count < RANKED_IMAGES:
        few = f"{count} normal images", f">= {RANKED_IMAGES}", None
        yield from (Check(name, *few) for name in names)
        return
    if not normal.all():
        wanted = auroc(expected, ~normal)
        finite = np.all(np.isfinite(scores))
        found = auroc(scores, ~normal) if finite else math.nan
        # Below chance there is nothing to keep: a network hardly trained.
        lost = abs(max(found, _CHANCE) - max(wanted, _CHANCE))
        yield Check(
            names[0],
            f"{found:.4f}",
            f"{wanted:.4f} +- {most}",
            # NaN is not at most anything.
            bool(lost <= most),
        )
    found = _correlation(np.asarray(expected)[normal], scores[normal])
    yield Check(
        names[1],
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


def fast_kernels(fast, scores, sidecar):
    """XNNPACK rounds otherwise, and must stay near the reference.

    Args:
        fast: Scores by XNNPACK.
        scores: Those of the same images by reference kernels.
        sidecar: The `Sidecar`; its thresholds are for the one and the other.
    """
    limits = [sidecar.threshold_of(kernels).value for kernels in (False, True)]
    shares = _shares(fast, scores, limits[1])
    yield _at_most(
        "XNNPACK = reference, 95 of 100",
        float(np.quantile(shares, 0.95)),
        FAST_KERNELS_DIFFERENCE,
    )
    found = _correlation(fast, scores)
    yield Check(
        "rank correlation of XNNPACK",
        f"{found:.4f}",
        f">= {FAST_KERNELS_CORRELATION}",
        found >= FAST_KERNELS_CORRELATION,
    )
    otherwise = int(np.sum((fast > limits[0]) != (scores > limits[1])))
    most = max(1, int(FAST_KERNELS_DECISIONS * len(scores)))
    yield Check(
        "judged otherwise by XNNPACK",
        f"{otherwise} of {len(scores)}",
        f"{most}",
        otherwise <= most,
    )


def _difference(found, expected, least):
    return float(np.max(_shares(found, expected, least)))


def _correlation(one, other):
    ranks = [_ranks(one), _ranks(other)]
    if min(np.std(rank) for rank in ranks) == 0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _shares(found, expected, least):
    found, expected = np.asarray(found), np.asarray(expected)
    larger = np.maximum(np.abs(found), np.abs(expected))
    scale = np.maximum(
        np.maximum(larger, abs(least)), np.finfo(np.float32).tiny
    )
    return np.abs(found - expected) / scale


def _at_most(name, value, limit):
    # NaN is not at most anything.
    return Check(name, f"{value:.2g}", f"{limit:g}", bool(value <= limit))
