"""Writes `report/index.html` and the model card `README.md` of a run."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import roc_curve

from kdgan_tf.deploy.page.templating import style, template
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs.facts import facts
from kdgan_tf.runtime.files import write_text

_FOLDER = Path(__file__).with_name("templates")
_EXAMPLES = 10
_EXTREMES = 10
_MOST_SCORES = 4000
_MOST_POINTS = 200


def write_pages(directory, result, scorer, images, shown, scores):
    """Write the page and the card.

    Args:
        directory: The `RunDirectory`; its pictures are written.
        result: The content of `result.json`.
        scorer: The `Scorer` of the file, or `None` where there is none.
        images: `data.OneClassImages`.
        shown: The `EvaluationSet` that the scores belong to.
        scores: Dict of scores (n,) by model; the last is shown.

    Raises:
        InputError: The disk is full.
    """
    sidecar = scorer.sidecar if scorer else None
    known = facts(result, sidecar, shown, scores)
    found = list(scores.values())[-1]
    threshold = sidecar.threshold.value if sidecar else None
    page = template(_FOLDER, "index.html").render(
        known,
        normal_examples=_tiles(_spread(images.train)),
        anomalous_examples=_tiles(_spread(shown.images[shown.anomalous])),
        points=_points(found, shown.anomalous, threshold),
        roc=_roc(scores, shown.anomalous, _file_name(sidecar)),
        maps=bool(sidecar and sidecar.anomaly_map),
        extremes=_extremes(shown, found, threshold, scorer),
        curves=_file(directory.report / "training_curves.png"),
        style=style(_FOLDER / "report.css"),
        script=(_FOLDER / "report.js").read_text(encoding="utf-8"),
    )
    write_text(directory.report / "index.html", page)
    write_text(directory.card, template(_FOLDER, "README.md").render(known))


def _points(scores, anomalous, threshold):
    """Scores for the histogram; of many, evenly chosen ones."""
    return {
        "threshold": threshold,
        "totals": [int((~anomalous).sum()), int(anomalous.sum())],
        **{
            name: [float(f"{score:.6g}") for score in _evenly(scores[mask])]
            for name, mask in (("normal", ~anomalous), ("anomalous", anomalous))
        },
    }


def _evenly(scores):
    places = np.linspace(0, len(scores) - 1, min(len(scores), _MOST_SCORES))
    return np.sort(scores)[places.round().astype(int)]


def _file_name(sidecar):
    return f"{sidecar.quantization} file" if sidecar else None


def _roc(scores, anomalous, file_name):
    """Each model's curve as points of a square of 100, or `None`."""
    if not anomalous.any() or anomalous.all():
        return None
    curves = []
    for name, values in scores.items():
        alarms, hits, _ = roc_curve(anomalous, values)
        chosen = np.linspace(
            0, len(alarms) - 1, min(len(alarms), _MOST_POINTS)
        ).astype(int)
        points = " ".join(
            f"{100 * alarm:.1f},{100 - 100 * hit:.1f}"
            for alarm, hit in zip(alarms[chosen], hits[chosen], strict=True)
        )
        area = f"{100 * auroc(values, anomalous):.1f}"
        name = file_name if name == "tflite" else name
        curves.append({"name": name, "points": points, "auroc": area})
    return curves


def _extremes(shown, scores, threshold, scorer):
    """Groups of images: what scores highest and lowest, what goes wrong."""
    order = np.argsort(scores, kind="stable")
    groups = [
        ("Most anomalous", order[::-1]),
        ("Least anomalous", order),
    ]
    if threshold is not None:
        above = scores > threshold
        wrong = {
            "False alarms: normal images above the threshold": order[::-1][
                (above & ~shown.anomalous)[order[::-1]]
            ],
            "Misses: anomalies not above the threshold": order[
                (~above & shown.anomalous)[order]
            ],
        }
        groups += wrong.items()
    return [
        {
            "name": name,
            "tiles": _tiles(
                shown.images[chosen[:_EXTREMES]],
                scorer,
                scores[chosen[:_EXTREMES]],
                shown.anomalous[chosen[:_EXTREMES]],
                threshold,
            ),
        }
        for name, chosen in groups
    ]


def _tiles(images, scorer=None, scores=None, anomalous=None, threshold=None):
    """Images for the page; with scores, also what they are and where."""
    tiles = [
        {"image": _png(image), "kind": "image", "map": None} for image in images
    ]
    if scores is None or not tiles:
        return tiles
    for i, tile in enumerate(tiles):
        bad = threshold is not None and scores[i] > threshold
        tile.update(
            kind="anomaly" if anomalous[i] else "normal",
            score=f"{scores[i]:.3g}",
            verdict="bad" if bad else "",
        )
    if scorer and scorer.sidecar.anomaly_map:
        # Full red is what hardly any normal image reaches anywhere.
        level = scorer.sidecar.anomaly_map.normal_level
        maps = scorer.anomaly_map(images, fitted=True)
        for tile, where in zip(tiles, maps, strict=True):
            tile["map"] = _png(_heat(where / (1.5 * level)))
    return tiles


def _spread(images):
    """A few images, evenly spread over all."""
    count = min(_EXAMPLES, len(images))
    return images[np.linspace(0, len(images) - 1, count).astype(int)]


def _heat(differences):
    """Differences (h, w) from black by way of red to yellow, at 1 or more."""
    share = np.clip(differences, 0, 1)[..., np.newaxis]
    colors = share * (380, 430, 160) - (0, 172, 128)
    return np.clip(colors, 0, 255).astype(np.uint8)


def _png(image):
    """An image (h, w, c), uint8, as a `data:` address."""
    image = np.asarray(image, np.uint8)
    if image.shape[-1] == 1:
        image = image[..., 0]
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", optimize=True)
    return _address(stream.getvalue())


def _file(path):
    return _address(path.read_bytes())


def _address(data):
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
