"""Ways to fit rectangles, and what moving images into place adds.

    python -m benchmarks.fits --parts=/path/to/magnetic_tile \\
        --parts=/path/to/casting > benchmarks/results/fits.jsonl

Each folder holds `train/` and `test/`. A nearest neighbour and a PCA (see
`kdgan_tf/runs/baselines.py`) are measured on images fitted in each way, as
they are and registered: shifted by at most a tenth of the side to where they
correlate most with the mean of the training images. One JSON line a setting.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from kdgan_tf.data import load
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runs.baselines import baseline_scores
from kdgan_tf.runtime.preprocessing import FITS


def _standardized(images):
    pixels = images[..., 0].astype(np.float32)
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    return pixels / np.maximum(pixels.std(axis=(1, 2), keepdims=True), 1)


def _registered(images, mean):
    """Images shifted to where they correlate most with the mean image."""
    side = len(mean)
    most = side // 10
    near = np.r_[0 : most + 1, side - most : side]
    spectra = np.fft.rfft2(_standardized(images))
    fits = np.fft.irfft2(spectra * np.conj(np.fft.rfft2(mean)), s=mean.shape)
    best = fits[:, near][:, :, near].reshape(len(images), -1).argmax(axis=1)
    shifts = [near[place] for place in np.unravel_index(best, 2 * near.shape)]
    grid = np.arange(side)
    moved = []
    for image, down, right in zip(images, *shifts, strict=True):
        rows, columns = (
            np.clip(grid + (way if way <= most else way - side), 0, side - 1)
            for way in (down, right)
        )
        moved.append(image[rows][:, columns])
    return np.stack(moved)


def _aurocs(train, test, anomalous):
    return {
        name: auroc(scores, anomalous)
        for name, scores in baseline_scores(train, test).items()
    }


def _measure(folder, fit, side):
    images = load(
        "folder",
        train_dir=folder / "train",
        test_dir=folder / "test",
        image_size=side,
        fit=fit,
    )
    mean = _standardized(images.train).mean(axis=0)
    parts = (images.train, images.test)
    moved = [_registered(part, mean) for part in parts]
    for registered, (train, test) in ((False, parts), (True, moved)):
        row = {
            "parts": folder.name,
            "fit": fit,
            "side": side,
            "registered": registered,
            **_aurocs(train, test, images.anomalous),
        }
        print(json.dumps(row), flush=True)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=Path, action="append", required=True)
    for folder in parser.parse_args().parts:
        images = load("folder", train_dir=folder / "train")
        square = images.preprocessing.fit == "square"
        for fit in ("square",) if square else FITS[1:]:
            for side in (32, 64):
                _measure(folder, fit, side)


if __name__ == "__main__":
    main()
