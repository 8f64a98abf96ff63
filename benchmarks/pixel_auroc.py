"""Pixel AUROC of anomaly maps on images with masks of their defects.

    python -m benchmarks.pixel_auroc --model=student.tflite \\
        --images=magnetic_tile/test --masks=magnetic_tile/masks \\
        --heatmaps=maps

Needs the file for maps, `student.map.tflite`, beside the model. Below
`--images` are folders of images, below `--masks` the same folders with a mask
of the same name for each defective image; an image without one is normal. All
pixels of all images count alike, at the resolution of the network.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.heatmaps import overlay, write_png
from kdgan_tf.runtime.images import list_images
from kdgan_tf.runtime.scorer import Scorer

# A pixel is defective where at least this share of it is, of 255: cracks are
# thinner than the pixels of a small network.
_DEFECTIVE = 64


def pixel_auroc(maps, masks):
    """AUROC of all pixels of all images.

    Args:
        maps: Anomaly maps (n, side, side).
        masks: (n, side, side), true for defects.
    """
    return auroc(np.ravel(maps), np.ravel(masks))


def masks_of(paths, images, masks, fit):
    """The masks (n, side, side), bool, of images; all false without one.

    Args:
        paths: Paths of the images, below the folder `images`.
        images: That folder.
        masks: The folder with masks at the same places, PNG files.
        fit: The `Preprocessing` of the images.
    """
    found = []
    for path in paths:
        mask = masks / path.relative_to(images).with_suffix(".png")
        fitted = np.zeros(fit.image_shape, np.uint8)
        if mask.exists():
            fitted = fit.read(mask)
        found.append(fitted[..., 0] >= _DEFECTIVE)
    return np.array(found)


def main():
    """Score, compare, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="the .tflite file")
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--masks", required=True, type=Path)
    parser.add_argument("--heatmaps", type=Path, help="folder for overlays")
    given = parser.parse_args()
    scorer = Scorer(given.model)
    fit = scorer.sidecar.input.preprocessing
    paths = list_images(given.images)
    images = np.stack([scorer.read(path) for path in paths])
    maps = scorer.anomaly_map(images, fitted=True)
    masks = masks_of(paths, given.images, given.masks, fit)
    kinds = np.array([path.parent.name for path in paths])
    normal = ~masks.any(axis=(1, 2))
    by_kind = {
        str(kind): pixel_auroc(
            maps[normal | (kinds == kind)], masks[normal | (kinds == kind)]
        )
        for kind in np.unique(kinds[~normal])
    }
    row = {
        "side": fit.side,
        "images": len(paths),
        "with_mask": int(np.sum(~normal)),
        "pixel_auroc": pixel_auroc(maps, masks),
        # Kinds whose defects are large do not outweigh the others here.
        "mean_of_kinds": float(np.mean(list(by_kind.values()))),
        "by_kind": by_kind,
    }
    print(json.dumps(row))
    if given.heatmaps:
        level = scorer.sidecar.anomaly_map.normal_level
        for path, image, values in zip(paths, images, maps, strict=True):
            target = given.heatmaps / path.parent.name / f"{path.stem}.png"
            write_png(target, overlay(image, values, level))


if __name__ == "__main__":
    main()
