"""A sheet of overlays: where students see defects that they never saw before.

    python -m benchmarks.overlays docs/results/overlays.png \\
        runs/cloth/student.tflite rendered/cloth/test \\
        runs/nut/student.tflite rendered/nut/test

A row for each pair of a student and a folder of folders, with the fourth image
of each folder: none was picked.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from kdgan_tf.runtime.heatmaps import overlay_on
from kdgan_tf.runtime.images import list_images, read_image
from kdgan_tf.runtime.scorer import Scorer

_SIDE = 160
_WHICH = 3


def row(model, images):
    """Overlays side by side, (side, n * side, 3), uint8.

    Args:
        model: The `.tflite` file, its sidecar and map beside it.
        images: The folder of folders.
    """
    scorer = Scorer(model)
    rule = scorer.sidecar.input.preprocessing
    pictures = []
    for folder in sorted(path for path in images.iterdir() if path.is_dir()):
        photograph = read_image(list_images(folder)[_WHICH])
        coloured = overlay_on(photograph, rule.decoded(photograph), scorer)
        small = Image.fromarray(coloured).resize((_SIDE, _SIDE))
        pictures.append(np.asarray(small))
    return np.hstack(pictures)


def main():
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheet", type=Path)
    parser.add_argument("pairs", nargs="+", type=Path)
    given = parser.parse_args()
    pairs = zip(given.pairs[::2], given.pairs[1::2], strict=True)
    rows = [row(model, images) for model, images in pairs]
    widest = max(picture.shape[1] for picture in rows)
    sheet = [
        np.pad(
            picture,
            ((0, 0), (0, widest - picture.shape[1]), (0, 0)),
            constant_values=255,
        )
        for picture in rows
    ]
    # 256 colours are enough, and a third of the bytes.
    picture = Image.fromarray(np.vstack(sheet)).quantize()
    picture.save(given.sheet, optimize=True)


if __name__ == "__main__":
    main()
