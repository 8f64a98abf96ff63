"""Tables of AUROC, from the lines of a benchmark: Markdown."""

import statistics

from benchmarks.paper.markdown import table
from benchmarks.paper.results import (
    CLASSES,
    Model,
    per_class,
    per_seed,
    percent,
)

DATASETS = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
}
CLASS_NAMES = {
    "mnist": [str(index) for index in CLASSES],
    "fashion_mnist": [
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "boot",
    ],
    "cifar10": [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ],
}
EARLIER = "ours-earlier"
# Recipes whose lines are kept, and their titles: no flagfile makes them now.
FORMER = {
    EARLIER: "ours, earlier",
    "ours-12-epochs": "ours, 12 epochs",
    "ours-mean-square": "ours, mean square",
    "ours-distance": "ours, distance alone",
}
MODELS = [
    *(
        Model(f"{title}: {name}", variant, stage)
        for variant, title in {
            "ours": "ours",
            **FORMER,
            "plain": "plain",
        }.items()
        for name, stage in (
            ("teacher", "teacher"),
            ("student", "student"),
            ("int8 file", "int8"),
        )
    ),
    Model("ours: student alone", "ours-alone", "baseline"),
    Model("plain: student alone", "alone", "baseline"),
    Model("baseline: OC-SVM on PCA", "ocsvm", "baseline"),
    Model("baseline: autoencoder", "autoencoder", "baseline"),
    Model("baseline: Deep SVDD", "deep_svdd", "baseline"),
]
STRUCTURES = [
    Model("teacher, before", "plain", "teacher"),
    Model("alone", "alone", "baseline"),
    Model("fixed", "plain-fixed-distilled", "student"),
    Model("fixed, own loss", "plain-fixed-own", "student"),
    Model("joint", "plain-joint-distilled", "student"),
    Model("joint, own loss", "plain-joint-own", "student"),
    Model("fixed then joint", "plain", "student"),
    Model("fixed then joint, own loss", "plain-progressive-own", "student"),
]
BATCH_SIZES = [
    Model(f"{stage}, batch {size}", variant, stage)
    for stage in ("teacher", "student")
    for size, variant in (
        (1, "plain-batch1"),
        (4, "plain-batch4"),
        (16, "plain"),
        (64, "plain-batch64"),
    )
]
LEFT_OUT = [
    Model("teacher", "ours", "teacher"),
    Model("student, all of it", "ours", "student"),
    Model("no latents imitated", "ours-no-latents", "student"),
    Model("no reconstruction imitated", "ours-no-images", "student"),
    Model("no score imitated", "ours-no-score", "student"),
    Model("no negatives imitated", "ours-no-negatives", "student"),
    Model("score without the head", "ours-no-surprise", "student"),
    Model("score without prototypes", "ours-no-density", "student"),
]
# Of these all classes are run, and more seeds.
_WHOLE = {"plain", "alone", "ours"}
# What a student of the same recipe is without its teacher.
_ALONE = {
    "plain": "alone",
    "ours": "ours-alone",
    **{variant: f"{variant}-alone" for variant in FORMER},
}
NOT_RUN = "Not run yet."
_MEANS = ["", "teacher", "student", "alone", "gain", "int8", "MACs"]


def _is_shown(lines, dataset, variant):
    """Former recipes have rows only where they were run."""
    return variant not in FORMER or bool(lines.of(dataset, variant))


def classes(lines, dataset, published):
    """AUROC of every model on every class, ours and published."""
    rows = [
        _class_row(lines, dataset, model, CLASSES)
        for model in MODELS
        if _is_shown(lines, dataset, model.variant)
    ]
    for entry in published:
        if dataset in entry["mean"]:
            cells = entry.get("classes", {}).get(dataset, ["-"] * len(CLASSES))
            name = f"published: {entry['name']}"
            rows.append([name, *cells, entry["mean"][dataset], "-"])
    header = ["", *CLASS_NAMES[dataset], "mean", "seeds"]
    return table(header, rows)


def ablation(lines, models):
    """AUROC of some models on the classes that were run with all variants.

    Some variants run on all classes; the others may not. Shown are the tasks
    of which any of these has a line.
    """
    parts = []
    for dataset, title in DATASETS.items():
        others = {model.variant for model in models} - _WHOLE
        tasks = {at for name in others for at in lines.of(dataset, name)}
        shown = sorted({index for index, _ in tasks})
        if shown:
            names = [CLASS_NAMES[dataset][index] for index in shown]
            rows = [
                _class_row(lines, dataset, model, shown, tasks)
                for model in models
                if lines.of(dataset, model.variant)
            ]
            parts.append(table([title, *names, "mean", "seeds"], rows))
    return "\n\n".join(parts) or NOT_RUN


def _class_row(lines, dataset, model, shown, tasks=None):
    values = lines.aurocs(dataset, model)
    if tasks is not None:
        values = {at: values[at] for at in {*values} & tasks}
    means = per_seed(values, shown)
    return [
        model.name,
        *(percent(per_class(values, index)) for index in shown),
        percent(means, digits=2),
        str(len(means)) if means else "-",
    ]


def summary(lines, published):
    """Means over ten classes beside the paper's."""
    paper = {entry["role"]: entry for entry in published if "role" in entry}
    rows = []
    for dataset in DATASETS:
        rows.append(_paper_row(paper, dataset))
        rows += [_mean_row(lines, dataset, name) for name in ("plain", "ours")]
    return table(_MEANS, rows)


def former(lines):
    """The same of recipes that no flagfile has now, above that of today."""
    rows = [
        _mean_row(lines, dataset, name)
        for dataset in DATASETS
        for name in (*FORMER, "ours")
        if _is_shown(lines, dataset, name)
    ]
    return table(_MEANS, rows)


def _paper_row(paper, dataset):
    teacher, student, alone = (
        paper[role]["mean"].get(dataset, "-")
        for role in ("teacher", "student", "alone")
    )
    gain = f"{float(student) - float(alone):+.2f}"
    ratio = f"{paper['student']['compute_ratio'][dataset]}:1"
    name = f"{DATASETS[dataset]}, paper"
    return [name, teacher, student, alone, gain, "-", ratio]


def _mean_row(lines, dataset, variant):
    teacher, student, int8, alone = (
        lines.aurocs(dataset, Model("", of, stage))
        for stage, of in (
            ("teacher", variant),
            ("student", variant),
            ("int8", variant),
            ("baseline", _ALONE[variant]),
        )
    )
    ratios = [
        result["compression"]["macs"]
        for result in lines.of(dataset, variant).values()
    ]
    # Seeds that both were run with: a gain is never taken across seeds.
    both = {*student} & {*alone}
    gain = _difference(
        *(per_seed({at: of[at] for at in both}) for of in (student, alone))
    )
    return [
        f"{DATASETS[dataset]}, {variant}",
        *(percent(per_seed(of), 2) for of in (teacher, student, alone)),
        gain,
        percent(per_seed(int8), 2),
        f"{statistics.fmean(ratios):.2f}:1" if ratios else "-",
    ]


def gains(lines):
    """What a teacher adds to a student of ours, over tasks run both ways."""
    rows = []
    for dataset, title in DATASETS.items():
        taught = lines.aurocs(dataset, Model("", "ours", "student"))
        alone = lines.aurocs(dataset, Model("", _ALONE["ours"], "baseline"))
        found = [100 * (taught[at] - alone[at]) for at in {*taught} & {*alone}]
        if len(found) > 1:
            figures = (statistics.fmean(found), min(found), max(found))
            rows.append(
                [
                    title,
                    str(len(found)),
                    *(f"{figure:+.2f}" for figure in figures),
                    f"{statistics.stdev(found):.2f}",
                ]
            )
    header = ["", "tasks", "mean", "least", "most", "standard deviation"]
    return table(header, rows)


def _difference(left, right):
    """Of two means, in points of percent."""
    if not left or not right:
        return "-"
    return f"{100 * (statistics.fmean(left) - statistics.fmean(right)):+.2f}"


def best_epoch(lines):
    """What picking the epoch on the test set would have added."""
    rows = []
    for dataset, title in DATASETS.items():
        for model in MODELS:
            if model.stage not in ("student", "alone", "baseline"):
                continue
            curves = lines.curves(dataset, model)
            last = per_seed({at: curve[-1] for at, curve in curves.items()})
            best = per_seed({at: max(curve) for at, curve in curves.items()})
            if curves:
                rows.append(
                    [
                        f"{title}, {model.name}",
                        percent(last, 2),
                        percent(best, 2),
                        _difference(best, last),
                    ]
                )
    header = ["", "last epoch", "best on test (diagnostic)", "inflation"]
    return table(header, rows) if rows else NOT_RUN


def sources(published):
    """Where the published figures stand, and what an image costs there."""
    rows = [
        [
            entry["name"],
            entry["source"],
            entry["network"],
            str(entry["passes"]),
        ]
        for entry in published
    ]
    return table(["", "source", "network", "passes an image"], rows)
