"""The tables of docs/cortex_m.md, from lines of `benchmarks/cortex_m.py`."""

from benchmarks.paper import markdown

_NAMES = {"m4": "Cortex-M4F", "m55": "Cortex-M55", "host": "this computer"}


def costs(rows):
    """Markdown: a line for each model, target and kind of kernels."""
    lines = []
    for row in rows:
        where = f"{_NAMES[row['target']]}, {row['kernels'].replace('_', '-')}"
        if row["target"] == "host":
            equal = f"{row['bit_equal']:,} of {row['images']:,} test images"
            rest = [""] * 5
        else:
            equal = f"{row['bit_equal']} of {row['vectors']} golden vectors"
            rest = [
                f"{row['instructions'] / 1e6:.2f} M",
                f"{row['flash'] / 1024:.0f} KB",
                f"{row['ram'] / 1024:.1f} KB",
                f"{row['stack']} B",
                f"{row['smallest_arena']:,} B, {row['arena']:,} B",
            ]
        lines.append([row["model"], where, equal, *rest])
    header = [
        *("student", "processor, kernels", "equal to the bit"),
        *("instructions an image", "flash", "RAM", "stack"),
        "arena: smallest, emitted",
    ]
    return markdown.table(header, lines)


def summary(rows):
    """Markdown: a line a student, million instructions an image."""
    lines = []
    kinds = [(t, k) for t in ("m4", "m55") for k in ("reference", "cmsis_nn")]
    for model in dict.fromkeys(row["model"] for row in rows):
        of = {
            (row["target"], row["kernels"]): row
            for row in rows
            if row["model"] == model and row["target"] != "host"
        }
        boards = [of[kind] for kind in kinds]
        agree = all(row["agree"] == row["vectors"] for row in boards)
        equal = min(row["bit_equal"] for row in boards)
        cells = [
            *(f"{row['instructions'] / 1e6:.2f}" for row in boards),
            f"{'pass' if agree else 'FAIL'}, "
            f"{equal} of {boards[0]['vectors']} to the bit",
            f"{max(row['smallest_arena'] for row in boards) / 1000:.1f} KB",
        ]
        lines.append([model, *cells])
    header = [
        *("student", "M4F, reference", "M4F, CMSIS-NN", "M55, reference"),
        *("M55, CMSIS-NN", "golden vectors", "arena on the processor"),
    ]
    return markdown.table(header, lines)


def profile(rows):
    """Markdown: thousands of instructions of each operator."""
    rows = [
        row
        for row in rows
        if row["kernels"] == "cmsis_nn" and row["target"] != "host"
    ]
    sums = []
    for row in rows:
        total = {}
        for name, instructions in row["profile"]:
            total[name] = total.get(name, 0) + instructions
        sums.append(total)
    names = sorted(
        set().union(*sums),
        key=lambda name: (
            -sum(one.get(name, 0) / sum(one.values()) for one in sums)
        ),
    )
    titles = [f"{row['model']}, {row['target'].upper()}" for row in rows]
    lines = [
        [
            name,
            *(
                f"{one[name] / 1000:,.0f} k" if name in one else ""
                for one in sums
            ),
        ]
        for name in names
    ]
    return markdown.table(["operator", *titles], lines)
