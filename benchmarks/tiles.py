"""A teacher of overlapping tiles against one of the whole image.

    python -m benchmarks.tiles --parts=/path/to/magnetic_tile --grid=1
    python -m benchmarks.tiles --parts=/path/to/magnetic_tile --grid=2
    python -m benchmarks.tiles --parts=/path/to/magnetic_tile --grid=3

The folder holds `train/` and `test/`. One network sees tiles of 32x32 pixels,
of an image of 32, 64 and 64 pixels a side, GRID times GRID of them; the more
tiles, the narrower it is, so that an image costs the same multiply-accumulates,
and as many more tiles are trained on, so that training costs the same. Evidence
is standardised by position, or over all. Appends a line to
benchmarks/results/tiles.jsonl.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kdgan_tf.data import load
from kdgan_tf.gan import presets
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.versions import versions
from kdgan_tf.training.config import PhaseConfig
from kdgan_tf.training.distribution import Workers
from kdgan_tf.training.phase import train_phase

RESULTS = Path(__file__).parent / "results/tiles.jsonl"
_SIDE = 32
# By tiles a side: how far they are apart, and the widths that cost as much.
_GRIDS = {
    1: (0, (56, 112, 224)),
    2: (32, (28, 56, 112)),
    3: (16, (19, 37, 75)),
}
_STEPS, _BATCH = 1600, 16
_TINY = 1e-9


def tiles_of(images, grid, stride):
    """Tiles (n, grid * grid, 32, 32, c) of images (n, side, side, c)."""
    places = [stride * place for place in range(grid)]
    return np.stack(
        [
            images[:, down : down + _SIDE, right : right + _SIDE]
            for down in places
            for right in places
        ],
        axis=1,
    )


def trained(tiles, config, grid):
    """A teacher of tiles (m, 32, 32, c)."""
    steps, batch = _STEPS * grid, _BATCH * grid
    phase = PhaseConfig(steps=steps, batch_size=batch)
    keras.utils.set_random_seed(0)
    gan = EDEGAN(config)
    workers = Workers(tf.distribute.get_strategy())
    train_phase(gan, tiles, phase, workers=workers, jit_compile=False)
    return gan


def image_scores(evidence, normal, weights):
    """Scores of images by how their tiles' are put together.

    Args:
        evidence: Of the images' tiles, (n, tiles, kinds).
        normal: Of held-out normal images' tiles, (m, tiles, kinds).
        weights: Of the kinds, (kinds,).

    Returns:
        Dict of (n,).
    """
    evidence, normal = (np.log(part + _TINY) for part in (evidence, normal))
    found = {}
    for name, axes in (("by position", 0), ("over all", (0, 1))):
        standard = (evidence - normal.mean(axes)) / normal.std(axes)
        of_tiles = standard @ weights
        found[f"largest, {name}"] = of_tiles.max(axis=1)
        found[f"mean, {name}"] = of_tiles.mean(axis=1)
    return found


def measure(parts, grid, augmentations):
    """The line of one set of parts and one grid."""
    stride, channels = _GRIDS[grid]
    images = load(
        "folder",
        train_dir=parts / "train",
        test_dir=parts / "test",
        image_size=_SIDE + stride * (grid - 1),
        fit="stretch",
        holdout=0.1,
    )
    train, holdout, test = (
        tiles_of(part, grid, stride)
        for part in (images.train, images.holdout, images.test)
    )
    config = dataclasses.replace(
        presets.parts_teacher,
        image_shape=train.shape[2:],
        channels=channels,
        augmentations=augmentations,
    )
    seen = train.reshape(-1, *config.image_shape)
    gan = trained(seen, config, grid)
    known = np.random.default_rng(0).permutation(len(seen))[:3000]
    gan.adapt_score(holdout.reshape(-1, *config.image_shape), seen[known])

    def evidence(tiles):
        found = gan.evidence_of(tiles.reshape(-1, *config.image_shape))
        return found.reshape(*tiles.shape[:2], -1)

    scores = image_scores(
        evidence(test),
        evidence(holdout),
        np.array(list(gan.evidence_weights.values())),
    )
    return {
        "parts": parts.name,
        "grid": grid,
        "stride": stride,
        "channels": channels,
        "augmentations": augmentations,
        "steps": _STEPS * grid,
        "batch_size": _BATCH * grid,
        "versions": versions(),
        "auroc": {
            name: float(auroc(values, images.anomalous))
            for name, values in scores.items()
        },
    }


def main():
    """Measure and append."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--grid", type=int, choices=_GRIDS, required=True)
    parser.add_argument(
        "--augmentations",
        default="pose",
        help="what leaves an image normal, with commas; a run finds it out",
    )
    options = parser.parse_args()
    augmentations = tuple(options.augmentations.split(","))
    with RESULTS.open("a") as output:
        row = measure(options.parts, options.grid, augmentations)
        print(json.dumps(row), file=output)


if __name__ == "__main__":
    main()
