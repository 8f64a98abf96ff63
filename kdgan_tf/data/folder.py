"""A folder data set: which files there are, what they hold, all fitted."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kdgan_tf.data import folder_notes
from kdgan_tf.data.near_twins import SIDE
from kdgan_tf.data.unfit_files import UnfitFiles
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.fitting import (
    SMALLEST_SIDE,
    shrink,
    to_8_bits,
    usable_side,
    with_channels,
)
from kdgan_tf.runtime.images import list_images, read_header, read_image
from kdgan_tf.runtime.preprocessing import Preprocessing

# Measured on real rectangles of many shapes, see docs/images.md.
DEFAULT_FIT = "stretch"
NORMAL_FOLDERS = ("normal", "good", "ok")
FEWEST_IMAGES = 8


class FolderImages(NamedTuple):
    """Images of a folder data set, fitted."""

    train: np.ndarray
    """Normal images (n, side, side, c), uint8."""
    test: np.ndarray
    """Test images (k, side, side, c), uint8; k may be 0."""
    anomalous: np.ndarray
    """Whether the test image is an anomaly, (k,) bool."""
    kinds: np.ndarray
    """The sub-folder of the test image, (k,) str."""
    preprocessing: Preprocessing
    thumbnails: np.ndarray
    """The normal images at 64x64, grey, to find near twins by."""
    notes: tuple
    """Lines to say about the images."""


class _Image(NamedTuple):
    grey: np.ndarray
    """Fitted, one channel."""
    color: np.ndarray | None
    """Fitted, three channels, where these are not all equal."""
    thumbnail: np.ndarray
    digest: int


def read_folder(
    train_dir, test_dir=None, *, image_size=None, fit=None, preprocessing=None
):
    """Read and fit the image files below two folders.

    All headers are read first, so that unfit files are named at once, all
    together.

    Args:
        train_dir: Normal images, at any depth.
        test_dir: `normal/` (or `good/`, `ok/`) and any other sub-folders, the
            anomalies; by default there are no test images.
        image_size: Side to shrink to; by default theirs, at most 32.
        fit: What becomes of rectangles, as in `Preprocessing`; by default
            they are stretched, and without any rectangle refused later.
        preprocessing: The `Preprocessing` to use instead of one that follows
            from the images.

    Returns:
        `FolderImages`.

    Raises:
        InputError: A folder is missing or empty, there are too few images, or
            some cannot be used.
    """
    if not train_dir:
        raise InputError(
            "Expected --train_dir with the folder data set. Received none."
        )
    if test_dir and (
        Path(test_dir).resolve().is_relative_to(Path(train_dir).resolve())
    ):
        raise InputError(
            f"Expected --test_dir outside --train_dir, whose images all count "
            f"as normal. Received: {test_dir} in {train_dir}. Name the folder "
            "of normal training images."
        )
    train_paths = list_images(train_dir)
    test_paths, anomalous, kinds = _test_paths(test_dir)
    if len(train_paths) < FEWEST_IMAGES:
        raise InputError(
            f"Expected at least {FEWEST_IMAGES} normal images in {train_dir}, "
            f"found {len(train_paths)}. Take more photographs: some hundreds "
            "are a good start."
        )
    paths = list(dict.fromkeys(train_paths + test_paths))
    unfit = UnfitFiles()
    headers = unfit.collect(read_header, paths)
    rule = preprocessing or _rule(
        [headers[path] for path in paths if path in headers],
        _bit_depth(train_paths, headers, unfit),
        image_size,
        fit,
    )
    found = unfit.collect(lambda path: _read(path, rule), paths)
    unfit.require_none(len(paths))
    train = [found[path] for path in train_paths]
    test = [found[path] for path in test_paths]
    if len({image.digest for image in train}) == 1:
        raise InputError(
            f"Expected normal images that differ, but all {len(train)} in "
            f"{train_dir} are the same picture. Take more photographs."
        )
    colored = [image.color is not None for image in train]
    if not preprocessing:
        channels = 3 if 2 * sum(colored) > len(train) else 1
        rule = dataclasses.replace(rule, channels=channels)
    notes = [
        folder_notes.size_note(rule, [headers[path].size for path in paths]),
        *folder_notes.parts_notes(train_dir, train_paths),
        *folder_notes.color_notes(rule.channels, found),
        *folder_notes.depth_note(rule, headers),
        *folder_notes.copies_notes(train_paths, test_paths, found),
        *folder_notes.few_notes(len(train), anomalous),
    ]
    return FolderImages(
        _stack(train, rule),
        _stack(test, rule),
        anomalous,
        kinds,
        rule,
        np.stack([image.thumbnail for image in train]),
        tuple(notes),
    )


def _test_paths(test_dir):
    """Paths of all test images, which are anomalies, and of which kind."""
    if not test_dir:
        return [], np.zeros(0, bool), np.zeros(0, str)
    test_dir = Path(test_dir)
    paths = list_images(test_dir)
    names = [name for name in NORMAL_FOLDERS if (test_dir / name).is_dir()]
    if not names:
        raise InputError(
            f"Expected the normal test images in {test_dir / 'normal'}, found "
            "no such folder. Put normal images there and anomalies in folders "
            "beside it, or leave out --test_dir."
        )
    # By what links lead to: of several names a folder is found by one.
    normal = {
        path.resolve()
        for name in names
        for path in list_images(test_dir / name)
    }
    return (
        paths,
        np.array([path.resolve() not in normal for path in paths]),
        # What lies in no sub-folder is a kind of its own.
        np.array(
            [
                [*path.relative_to(test_dir).parts[:-1], "anomaly"][0]
                for path in paths
            ]
        ),
    )


def _bit_depth(paths, headers, unfit):
    """Bits in use in the 16-bit images among these, 8 to 16."""
    deep = [path for path in paths if path in headers and headers[path].deep]
    largest = unfit.collect(lambda path: read_image(path).max(), deep)
    if not largest:
        return 16
    return max(8, int(max(largest.values())).bit_length())


def _rule(headers, bit_depth, image_size, fit):
    """The `Preprocessing` for images of these headers, in grey."""
    sizes = [header.size for header in headers]
    if not sizes:
        return Preprocessing(8, 8, 1)  # every file is unfit
    if fit is None:
        rectangles = any(height != width for height, width in sizes)
        fit = DEFAULT_FIT if rectangles else "square"
    sides = [usable_side(size, fit) for size in sizes]
    # A few small images are mistakes to name, and do not make all small.
    smallest = image_size or (32 if np.median(sides) >= 32 else SMALLEST_SIDE)
    usable = {
        size
        for size, side in zip(sizes, sides, strict=True)
        if side >= smallest and (fit != "square" or size[0] == size[1])
    }
    return Preprocessing.for_sizes(
        usable or set(sizes), 1, image_size, fit, bit_depth
    )


def _read(path, rule):
    """Read and fit one file, in grey and in its colours."""
    image = to_8_bits(read_image(path), rule.bit_depth)
    if np.array_equal(image[..., 0], image[..., -1]) and np.array_equal(
        image[..., 0], image[..., image.shape[-1] // 2]
    ):
        grey, color = image[..., :1], None
    else:
        grey = with_channels(image, 1)
        color = dataclasses.replace(rule, channels=3)(image, "an image")
    return _Image(
        dataclasses.replace(rule, channels=1)(grey, "an image"),
        color,
        shrink(grey, SIDE),
        hash((image.shape, image.tobytes())),
    )


def _stack(images, rule):
    """Fitted images as one array, (n, side, side, c)."""
    if rule.channels == 1:
        fitted = [image.grey for image in images]
    else:
        fitted = [
            with_channels(image.grey, 3) if image.color is None else image.color
            for image in images
        ]
    return np.array(fitted, np.uint8).reshape(-1, *rule.image_shape)
