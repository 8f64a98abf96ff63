"""Pictures of a run; each function returns a matplotlib `Figure`."""

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.metrics import roc_curve

from kdgan_tf.gan.evaluation import auroc

_NO_LOSSES = {"epoch", "seconds", "test_auroc"}
_PHASES = {
    "teacher": "teacher",
    "step1": "step 1: fixed teacher",
    "student": "step 2: joint",
}
_NORMAL, _ANOMALY = "#2a78b5", "#d1495b"


def roc(scores, anomalous, source="test images"):
    """ROC curves.

    Args:
        scores: Dict of scores (n,) by the name of the model.
        anomalous: (n,) bool.
        source: What the images are.
    """
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    for name, values in scores.items():
        false_positives, true_positives, _ = roc_curve(anomalous, values)
        area = auroc(values, anomalous)
        axes.plot(
            false_positives, true_positives, label=f"{name}, AUROC {area:.4f}"
        )
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=1, zorder=0)
    axes.set(
        xlabel="normal images rejected",
        ylabel="anomalies found",
        title=f"ROC on {source}",
        aspect="equal",
    )
    axes.legend(loc="lower right")
    return figure


def score_histogram(scores, anomalous, threshold, title):
    """Histograms of normal and anomalous scores, and the threshold.

    Args:
        scores: (n,).
        anomalous: (n,) bool.
        threshold: Scores above it mean "anomalous"; `None` draws none.
        title: What is shown.
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    low, high = np.min(scores), np.quantile(scores, 0.995)
    positive = low > 0
    if positive:  # distances spread over orders of magnitude
        bins = np.geomspace(low, max(high, low * 1.01), 60)
        axes.set_xscale("log")
    else:
        bins = np.linspace(low, max(high, low + 1e-6), 60)
    for mask, color, name in (
        (~anomalous, _NORMAL, "normal"),
        (anomalous, _ANOMALY, "anomalous"),
    ):
        if not mask.any():
            continue
        chosen = scores[mask]
        # Shares, not densities: on a logarithmic axis a density misleads.
        share = np.full(len(chosen), 1 / len(chosen))
        axes.hist(
            np.clip(chosen, bins[0], bins[-1]),
            bins,
            weights=share,
            alpha=0.6,
            color=color,
            label=name,
        )
    if threshold is not None:
        axes.axvline(
            threshold, color="black", linestyle="--", label="threshold"
        )
    axes.set(xlabel="anomaly score", ylabel="share of images", title=title)
    axes.legend()
    return figure


def reconstructions(images, titles, outputs):
    """Images above what each model makes of them, with the scores.

    Args:
        images: (n, side, side, c), pixels 0 to 255.
        titles: n strings, such as "normal".
        outputs: Dict by the name of the model: what `EDEGAN.predict` gives
            for these images.
    """
    count, models = len(images), len(outputs)
    figure = Figure(
        figsize=(1.1 * count, 0.5 + 1.4 * (1 + models)), layout="constrained"
    )
    axes = figure.subplots(1 + models, count, squeeze=False)
    rows = [images / 255.0]
    rows += [(found["reconstruction"] + 1) / 2 for found in outputs.values()]
    labels = [titles]
    labels += [
        [f"{name}\n{score:.3g}" for score in found["score"]]
        for name, found in outputs.items()
    ]
    for row, pictures, texts in zip(axes, rows, labels, strict=True):
        for axis, picture, text in zip(row, pictures, texts, strict=True):
            axis.imshow(
                np.clip(picture.squeeze(), 0, 1), cmap="gray", vmin=0, vmax=1
            )
            axis.set_axis_off()
            axis.set_title(text, fontsize=8)
    figure.suptitle("images, and reconstructions with the score", fontsize=9)
    return figure


def training_curves(logs, steps):
    """Losses on one axis of steps over all phases.

    The loss that is minimised is drawn strong, its parts thin; each phase has
    its own, so a line ends where its phase does.

    Args:
        logs: Dict of logs by phase ("teacher", "step1", "student"); a log is a
            dict of values by loss, one an epoch.
        steps: Dict of training steps by phase ("teacher", "step1", "step2").
    """
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.add_subplot()
    names = sorted({name for log in logs.values() for name in log} - _NO_LOSSES)
    colors = dict(zip(names, colormaps["tab10"].colors * 3, strict=False))
    begun = 0
    for phase, log in logs.items():
        count = steps["step2" if phase == "student" else phase]
        ends = begun + count * (np.arange(len(log["epoch"])) + 1) / len(
            log["epoch"]
        )
        for name in names:
            if name in log:
                strong = name == "loss"
                axes.plot(
                    ends,
                    log[name],
                    # A single epoch is a point.
                    marker="o" if len(ends) == 1 else None,
                    markersize=4,
                    color="black" if strong else colors[name],
                    linewidth=2 if strong else 1,
                    zorder=3 if strong else 2,
                )
        axes.axvline(begun + count, color="0.8", linewidth=1, zorder=0)
        axes.text(
            begun + count / 2,
            1.01,
            _PHASES.get(phase, phase),
            transform=axes.get_xaxis_transform(),
            ha="center",
            fontsize=9,
        )
        begun += count
    axes.set(xlabel="training steps", ylabel="loss", yscale="log")
    axes.set_xlim(0, begun)
    handles = [
        Line2D(
            [],
            [],
            color="black" if name == "loss" else colors[name],
            linewidth=2 if name == "loss" else 1,
            label="loss, what is minimised" if name == "loss" else name,
        )
        for name in sorted(names, key=lambda name: name != "loss")
    ]
    # Beside the axes, never over a line.
    figure.legend(
        handles=handles, loc="outside right upper", fontsize=8, frameon=False
    )
    return figure


def epoch_curves(curves, title, dashed=()):
    """Test AUROC after each epoch: a diagnostic.

    Args:
        curves: Dict of AUROC in 0..1, a list, by the name of the variant.
        title: What is shown.
        dashed: Names of the curves to set apart from the others.
    """
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, curve in curves.items():
        axes.plot(
            np.arange(1, len(curve) + 1),
            100 * np.asarray(curve),
            "--" if name in dashed else "-",
            marker=".",
            label=name,
        )
    axes.set(xlabel="epoch", ylabel="AUROC in percent", title=title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside right upper", fontsize=8)
    return figure
