"""Score and judge image files with a `.tflite` and its sidecar.

    python tools/predict.py --model=runs/mnist/student.tflite \\
        --images=photo.png,more_photos/

An image is anomalous when its score is above the sidecar's threshold. The
p-value says how often a normal image scores as high. An image that cannot be
scored does not stop the others; the exit status says that there was one.
"""

import csv
import itertools
import json
import sys
from pathlib import Path

from kdgan_tf.commands import command_line
from kdgan_tf.commands.arrivals import arriving
from kdgan_tf.commands.image_paths import IMAGES_HELP, image_paths
from kdgan_tf.runtime.errors import InputError, printable

_FIELDS = (
    *("image", "score", "p_value", "threshold", "anomalous", "heatmap"),
    "error",
)


def _define(flag):
    flag.string("model", None, "the .tflite file", required=True)
    flag.string("images", None, IMAGES_HELP)
    flag.string(
        "watch",
        None,
        "folder: score what arrives there, until Ctrl-C",
    )
    flag.float(
        "rate",
        None,
        "share of normal images that may be judged anomalous; by default the "
        "sidecar's",
    )
    flag.bool("json", False, "print a JSON line for each image")
    flag.bool("csv", False, "print comma-separated values")
    flag.string(
        "heatmaps", None, "folder for pictures of where images are anomalous"
    )


def main(values):
    """Load, score, print."""
    from kdgan_tf.runtime.scorer import Scorer

    if values.images is None and values.watch is None:
        raise InputError("Expected --images or --watch. Received neither.")
    if values.json and values.csv:
        raise InputError("Expected --json or --csv. Received both.")
    given = [] if values.images is None else image_paths(values.images)
    watched = () if values.watch is None else _watched(Path(values.watch))
    maps = values.heatmaps and _folder_of_maps(values, given)
    judge = _Judge(Scorer(values.model), values.rate, maps)
    write = _writer(values)
    failed, count = [], 0
    try:
        for path in itertools.chain(given, watched):
            row = judge(path)
            write(row)
            count += 1
            failed += [row["error"]] if "error" in row else []
    except KeyboardInterrupt:
        if values.watch is None:
            raise
    for warning in judge.warnings():
        print(f"warning: {warning}", file=sys.stderr, flush=True)
    if failed:
        others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
        raise InputError(
            f"{failed[0]} {len(failed)} of {count} images could not be "
            f"scored{others}."
        )


def _watched(folder):
    if not folder.is_dir():
        raise InputError(
            f"Expected a folder to watch at {folder}, found none. Make it "
            "first."
        )
    return arriving(folder)


def _folder_of_maps(values, given):
    """Where pictures go: among the images they would replace them."""
    folder = Path(values.heatmaps)
    taken = {path.parent.resolve() for path in given}
    taken |= {path.resolve().parent for path in given}
    if values.watch is not None:
        taken.add(Path(values.watch).resolve())
    if folder.resolve() in taken:
        raise InputError(
            "Expected a folder of its own for --heatmaps, found images to "
            f"score in {folder}. Name another one."
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"Expected a folder for --heatmaps, found a file at {folder}. "
            "Name another one."
        )
    return folder


class _Judge:
    """From the path of an image to the row that is printed."""

    def __init__(self, scorer, rate, heatmaps):
        self._scorer = scorer
        self._rate = rate
        self._heatmaps = heatmaps
        self._taken = set()
        # Now, not after the first image: the rate or the map may be missing.
        scorer.decide([], rate)
        if heatmaps:
            scorer.load_map()

    def __call__(self, path):
        from kdgan_tf.runtime.images import read_image

        scorer, row = self._scorer, {"image": str(path)}
        rule = scorer.sidecar.input.preprocessing
        try:
            photograph = read_image(path)
            image = rule.decoded(photograph, str(path))
            scores = scorer.score(image[None], fitted=True)
            row["score"] = float(scores[0])
            if scorer.sidecar.threshold.normal_scores is not None:
                row["p_value"] = float(scorer.p_values(scores)[0])
            row["threshold"] = scorer.threshold_at(self._rate)
            row["anomalous"] = bool(scorer.decide(scores, self._rate)[0])
            if self._heatmaps:
                row["heatmap"] = str(self._draw(path, photograph, image))
        except InputError as error:
            row["error"] = " ".join(str(error).split())
        return row

    def warnings(self):
        """What is wrong with the rate that was asked for."""
        from kdgan_tf.runtime.threshold import expected_rate, images_needed

        threshold = self._scorer.sidecar.threshold
        images = threshold.images
        if self._rate and (1 + images) * self._rate < 1:
            expected = expected_rate(images, self._rate, threshold.versions)
            yield (
                f"{images} normal images cannot promise {self._rate:.1%} false "
                f"alarms: {images_needed(self._rate)} would do "
                f"(tools/calibrate.py), and {expected:.1%} are to be "
                "expected"
            )

    def _draw(self, path, photograph, image):
        from kdgan_tf.runtime.heatmaps import overlay_on, write_png

        name = path.stem
        for number in itertools.count(2):
            if name not in self._taken:
                break
            name = f"{path.stem}-{number}"
        self._taken.add(name)
        target = self._heatmaps / f"{name}.png"
        write_png(target, overlay_on(photograph, image, self._scorer))
        return target


def _writer(values):
    """Function that prints a row in the way that was asked for."""
    if values.json:
        return lambda row: print(json.dumps(row), flush=True)
    if values.csv:
        table = csv.DictWriter(sys.stdout, _FIELDS, lineterminator="\n")
        table.writeheader()

        def write(row):
            table.writerow({name: _plain(item) for name, item in row.items()})
            sys.stdout.flush()

        return write
    print(f"{'score':>12}  {'p-value':>7}  decision   image", flush=True)
    return _print_line


def _print_line(row):
    if "error" in row:
        line = f"{'-':>12}  {'-':>7}  {'-':<9}"
    else:
        p_value = row.get("p_value")
        decision = "ANOMALOUS" if row["anomalous"] else "normal"
        line = (
            f"{row['score']:12.6g}  "
            f"{'-' if p_value is None else format(p_value, '.3f'):>7}  "
            f"{decision:<9}"
        )
    print(f"{line}  {printable(row['image'])}", flush=True)


def _plain(item):
    """A spreadsheet runs what begins like a formula; true is not Python's."""
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, str) and item[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{item}"
    return item


run = command_line.Command(__doc__, _define, main)
