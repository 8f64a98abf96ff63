"""Teacher against student on LiteRT, one thread, side by side in one run.

    python -m benchmarks.latency runs/mnist runs/cifar10 \
        --output=benchmarks/results/latency.json
    python -m benchmarks.latency --render

Takes finished run directories. Every image goes through all files in turn, so
that what disturbs the machine disturbs all alike; medians. `--render` writes
the tables of docs/deployment.md.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.paper import markdown

ROOT = Path(__file__).resolve().parents[1]
_IMAGES, _WARM_UP = 300, 20
_FILES = (
    ("teacher", "float32"),
    ("teacher", "int8"),
    ("student", "float32"),
    ("student", "int8"),
)


def measure(run):
    """The row of one run directory."""
    import keras

    from kdgan_tf import data
    from kdgan_tf.deploy import Scorer, convert
    from kdgan_tf.deploy.micro.interpreter import smallest_arena
    from kdgan_tf.gan import complexity, edegan
    from kdgan_tf.gan.evaluation import auroc
    from kdgan_tf.runtime.model_file import read_model_file

    result = json.loads((run / "result.json").read_text())
    images = data.load(result["dataset"], result["normal_class"], holdout=0.1)
    models, rows = {}, {}
    for name in ("teacher", "student"):
        # Keras knows the classes that were imported.
        models[name] = keras.saving.load_model(
            run / f"{name}.keras", {"EDEGAN": edegan.EDEGAN}
        )
    with tempfile.TemporaryDirectory() as folder:
        scorers = {}
        for name, recipe in _FILES:
            path = Path(folder) / f"{name}_{recipe}.tflite"
            convert(
                models[name],
                path,
                images.train,
                quantization=recipe,
                holdout=images.holdout,
            )
            file = path.read_bytes()
            scorers[name, recipe] = Scorer(path)
            described = read_model_file(file, path)
            rows[name, recipe] = {
                "file": f"{name}, {recipe}",
                "auroc": auroc(
                    scorers[name, recipe].score(images.test, fitted=True),
                    images.anomalous,
                ),
                "macs": complexity.multiply_accumulates(models[name]),
                "bytes": len(file),
                "arena_bytes": smallest_arena(file),
                "operators": len(described.operators),
                "operator_kinds": len(described.operator_names),
            }
        times = {key: [] for key in scorers}
        for image in images.test[: _WARM_UP + _IMAGES]:
            for key, scorer in scorers.items():
                started = time.perf_counter()
                scorer.score(image[None])
                times[key].append(time.perf_counter() - started)
    for key, row in rows.items():
        row["milliseconds"] = 1e3 * statistics.median(times[key][_WARM_UP:])
    return {
        "dataset": result["dataset"],
        "normal_class": result["normal_class"],
        "versions": result["versions"],
        "files": list(rows.values()),
    }


def table(rows):
    """Markdown: a block of lines a run."""
    lines = [
        "| run | file | AUROC | latency | file size | arena | operators | "
        "MACs | million MACs a second |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for file in row["files"]:
            speed = file["macs"] / file["milliseconds"] / 1e3
            lines.append(
                f"| {row['dataset']} {row['normal_class']} | {file['file']} "
                f"| {100 * file['auroc']:.2f} "
                f"| {file['milliseconds']:.3f} ms "
                f"| {file['bytes'] / 1024:,.0f} KB "
                f"| {file['arena_bytes'] / 1024:,.1f} KB "
                f"| {file['operators']} | {file['macs']:,} | {speed:,.0f} |"
            )
    return "\n".join(lines)


def ratios(rows):
    """Markdown: how many times the student is less than the teacher."""
    lines = [
        "| run | MACs | latency, float32 : float32 | latency, int8 : int8 | "
        "latency, teacher float32 : student int8 | file size, the same | "
        "arena, the same |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        files = {file["file"]: file for file in row["files"]}
        large, small = files["teacher, float32"], files["student, int8"]

        def ratio(name, one, other):
            return f"{one[name] / other[name]:.1f}"

        pairs = [
            ("macs", large, small),
            ("milliseconds", large, files["student, float32"]),
            ("milliseconds", files["teacher, int8"], small),
            ("milliseconds", large, small),
            ("bytes", large, small),
            ("arena_bytes", large, small),
        ]
        lines.append(
            f"| {row['dataset']} {row['normal_class']} | "
            + " | ".join(ratio(*pair) for pair in pairs)
            + " |"
        )
    return "\n".join(lines)


def main():
    """Measure or render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "benchmarks/results/latency.json"
    )
    parser.add_argument("--render", action="store_true")
    options = parser.parse_args()
    if options.render:
        rows = json.loads(options.output.read_text())
        page = ROOT / "docs/deployment.md"
        blocks = {"latency": table(rows), "ratios": ratios(rows)}
        page.write_text(markdown.fill(page.read_text(), blocks, page))
        return
    rows = [measure(run) for run in options.runs]
    options.output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
