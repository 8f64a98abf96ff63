"""The tables of docs/performance.md, from the lines of the results."""

import json
import statistics

from benchmarks.paper import markdown
from benchmarks.speed_cases import (
    ANOMALIB,
    ASKED_ONCE,
    OURS,
    PHASES,
    PYTORCH,
    ROOT,
    WAYS,
    ours_of,
)


def render(results):
    """Fill docs/performance.md from the files in the folder `results`."""
    page = ROOT / "docs/performance.md"
    rows = read_lines(results / "speed.jsonl")
    rows.sort(
        key=lambda row: (
            PHASES.index(row["phase"]),
            -row["batch_size"],
            row["threads"],
        )
    )
    blocks = {}
    for name, theirs in (("speed", PYTORCH), ("anomalib", ANOMALIB)):
        chosen = [r for r in rows if theirs[0] in r["images_per_second"]]
        blocks[name] = table(chosen)
    for name, rendered in (
        ("step_profile", profile_table),
        ("input_pipeline", pipeline_table),
        ("ways", ways_table),
    ):
        blocks[name] = rendered(read_lines(results / f"{name}.jsonl"))
    page.write_text(markdown.fill(page.read_text(), blocks, page))


def read_lines(path):
    """The JSON lines of a file, where there is one."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(rows):
    """Markdown: medians, and ratios to the others' without compiling."""
    found = {name for row in rows for name in row["images_per_second"]}
    everyone = (*OURS, ASKED_ONCE, *PYTORCH, *ANOMALIB)
    names = [name for name in everyone if name in found]
    theirs = PYTORCH[0] if PYTORCH[0] in found else ANOMALIB[0]
    lines = [
        f"| phase | batch | threads | {' | '.join(names)} "
        f"| ours : {theirs} | best : best |",
        "|---|---|---|" + "---|" * (len(names) + 2),
    ]
    for row in rows:
        median = {
            name: statistics.median(speeds)
            for name, speeds in row["images_per_second"].items()
        }
        ours = {name: median.pop(name) for name in ours_of(row["phase"])}
        best = max(ours.values()) / max(median.values())
        ratio = ours["ours"] / median[theirs]
        median |= ours
        cells = [
            f"{median[name]:,.0f}" if name in median else "-" for name in names
        ]
        lines.append(
            f"| {row['phase']} | {row['batch_size']} | {row['threads']} | "
            + " | ".join(cells)
            + f" | {ratio:.2f} | {best:.2f} |"
        )
    return "\n".join(lines)


def profile_table(rows):
    """Markdown: a line a network."""
    parts = list(rows[0]["share"])
    lines = [
        f"| network | batch | {' | '.join(parts)} | step | of the peak |",
        "|---|---|" + "---|" * (len(parts) + 2),
    ]
    for row in rows:
        shares = " | ".join(f"{share:.0%}" for share in row["share"].values())
        lines.append(
            f"| {row['network']} | {row['batch_size']} | {shares} "
            f"| {row['step_ms']:.1f} ms | {row['of_peak']:.0%} |"
        )
    return "\n".join(lines)


def pipeline_table(rows):
    """Markdown: a line a network."""
    lines = ["| network | batch | fetching | step | share |", "|" + "---|" * 5]
    lines += [
        f"| {row['network']} | {row['batch_size']} | {row['wait_ms']:.2f} ms "
        f"| {row['step_ms']:.1f} ms | {row['share']:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)


def ways_table(rows):
    """Markdown: a line a case."""
    lines = []
    for row in rows:
        speeds = {
            way: statistics.median(values)
            for way, values in row["images_per_second"].items()
        }
        lines.append(
            (
                f"{row['phase']}, batch {row['batch_size']}",
                *(f"{speed:,.0f}" for speed in speeds.values()),
            )
        )
    return markdown.table(("", *WAYS), lines)
