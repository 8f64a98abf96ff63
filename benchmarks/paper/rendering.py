"""Documents and pictures of a benchmark, from its lines alone."""

import os
import statistics
from pathlib import Path

from benchmarks.paper import cost_tables, markdown, tables
from benchmarks.paper.results import CLASSES, Lines, Model
from benchmarks.paper.variants import ONE_STEP
from kdgan_tf.runs import plots
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import atomic_path, read_json, write_text

_CURVES = (
    *tables.STRUCTURES[1:],
    Model("ours", "ours", "student"),
    *(
        Model(title, variant, "student")
        for variant, title in tables.FORMER.items()
    ),
)


def render(results, published, documents, pictures):
    """Make tables and pictures anew.

    Args:
        results: Folder of the JSON lines; `single/*/result.json` in it are
            runs that stand for themselves.
        published: JSON file of other people's figures.
        documents: Markdown files with marks, see `markdown.fill`.
        pictures: Folder for the pictures.

    Raises:
        InputError: A file is missing or does not hold what it should.
    """
    results, pictures = Path(results), Path(pictures)
    lines = Lines.read(sorted(results.glob("*.jsonl")))
    if not lines.results:
        raise InputError(
            f"Expected lines of finished runs in {results}/*.jsonl, found "
            "none. Run tools/benchmark.py first."
        )
    published = read_json(published)
    blocks = {
        "summary": tables.summary(lines, published),
        "former": tables.former(lines),
        "gains": tables.gains(lines),
        **{
            f"classes_{dataset}": tables.classes(lines, dataset, published)
            for dataset in tables.DATASETS
        },
        "structures": tables.ablation(lines, tables.STRUCTURES),
        "left_out": tables.ablation(lines, tables.LEFT_OUT),
        "batch_sizes": tables.ablation(lines, tables.BATCH_SIZES),
        "best_epoch": tables.best_epoch(lines),
        "upright": cost_tables.upright(lines),
        "cost": cost_tables.cost(lines),
        "sizes": cost_tables.sizes(lines),
        "sources": tables.sources(published),
        "single_runs": cost_tables.single_runs(
            read_json(path) for path in results.glob("single/*/result.json")
        ),
    }
    for dataset in tables.DATASETS:
        figure = _epoch_curves(lines, dataset)
        if figure:
            with atomic_path(pictures / f"curves_{dataset}.png") as path:
                figure.savefig(path, dpi=120)
    for document in map(Path, documents):
        text = markdown.fill(
            _text(document),
            {
                **blocks,
                "curves": _links(pictures, "curves", document),
                "reconstructions": _links(
                    pictures, "reconstructions", document
                ),
            },
            document,
        )
        write_text(document, text)


def _text(document):
    try:
        return document.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"Expected a document at {document}: {error.strerror}. Check the "
            "path."
        ) from error


def _links(pictures, kind, document):
    """The pictures of a kind that are there, as links in a document."""
    found = [
        f"![{title}]({os.path.relpath(path, document.parent)})"
        for dataset, title in tables.DATASETS.items()
        if (path := pictures / f"{kind}_{dataset}.png").exists()
    ]
    return "\n".join(found) or tables.NOT_RUN


def _epoch_curves(lines, dataset):
    """Means over the classes that all variants share, or `None`."""
    curves = {
        model.name: found
        for model in _CURVES
        if (found := lines.curves(dataset, model))
    }
    if len(curves) < 2:
        return None
    # Not each variant was run with the same seeds.
    shared = set.intersection(
        *({index for index, _ in found} for found in curves.values())
    )
    if not shared:
        return None
    means = {
        name: [
            statistics.fmean(values)
            for values in zip(
                *(found[at] for at in found if at[0] in shared), strict=True
            )
        ]
        for name, found in curves.items()
    }
    shown = sorted(shared)
    which = (
        "ten classes"
        if shown == list(CLASSES)
        else "normal class " + ", ".join(map(str, shown))
    )
    one_step = {model.name for model in _CURVES if model.variant in ONE_STEP}
    return plots.epoch_curves(
        means, f"{tables.DATASETS[dataset]}, mean of {which}", one_step
    )
