"""Score and judge image files with a `.tflite` and its sidecar.

    python tools/predict.py --model=runs/mnist/student.tflite \\
        --images=photo.png,more_photos/

An image is anomalous when its score is above the sidecar's threshold.
"""

import json
from pathlib import Path

from kdgan_tf.commands import command_line


def _define(flag):
    flag.string("model", None, "the .tflite file", required=True)
    flag.list(
        "images",
        None,
        "image files and folders, comma-separated",
        required=True,
    )
    flag.bool("json", False, "print a JSON line for each image")


def main(values):
    """Load, score, print."""
    from kdgan_tf.deploy import Scorer
    from kdgan_tf.runtime.images import list_images

    scorer = Scorer(values.model)
    paths = []
    for name in values.images:
        paths += list_images(name) if Path(name).is_dir() else [Path(name)]
    # All images are scored before the first line is printed: an unreadable
    # one gives an error and no half a table.
    scores = scorer.score_files(paths)
    decisions = scorer.decide(scores)
    if not values.json:
        print(f"{'score':>12}  decision   image")
    for path, score, anomalous in zip(paths, scores, decisions, strict=True):
        if values.json:
            row = {
                "image": str(path),
                "score": float(score),
                "threshold": scorer.threshold,
                "anomalous": bool(anomalous),
            }
            print(json.dumps(row))
        else:
            decision = "ANOMALOUS" if anomalous else "normal"
            print(f"{score:12.6g}  {decision:<9}  {path}")


run = command_line.Command(__doc__, _define, main)
