"""Write all sets, as `tools/train.py` takes them.

    python -m benchmarks.rendered rendered
    python tools/train.py --flagfile=parts.flags \\
        --train_dir=rendered/gear/train --test_dir=rendered/gear/test
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.rendered import capsule, cloth, commutator, gear, nut, screw

_TEST_NORMAL, _TEST_EACH = 100, 30
# What draws an image, normal images to train on, seed.
_SETS = {
    "gear": (gear, 400, 5),
    "capsule": (capsule, 220, 5),
    "screw": (screw, 300, 11),
    "cloth": (cloth, 280, 7),
    "commutator": (commutator, 300, 9),
    "nut": (nut, 250, 21),
}


def write(folder, drawn, count, seed):
    """Write the images of a set below `folder`.

    Args:
        folder: Where `train` and `test` go.
        drawn: The module that draws one.
        count: How many normal images to train on.
        seed: Of everything random.
    """
    random = np.random.default_rng(seed)
    parts = [("train", "good", count), ("test/good", "good", _TEST_NORMAL)]
    parts += [(f"test/{kind}", kind, _TEST_EACH) for kind in drawn.KINDS]
    for place, kind, number in parts:
        target = folder / place
        target.mkdir(parents=True, exist_ok=True)
        for index in range(number):
            pixels = np.clip(drawn.draw(random, kind), 0, 255)
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(target / f"{index:03d}.png")


def main():
    """Write all sets below the folder that was named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    for name, drawn in _SETS.items():
        write(given.folder / name, *drawn)


if __name__ == "__main__":
    main()
