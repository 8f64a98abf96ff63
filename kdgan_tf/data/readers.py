"""The data sets that need no library for data sets: digits, and folders."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import list_images, read_image
from kdgan_tf.runtime.preprocessing import (
    check_square,
    to_8_bits,
    with_channels,
)


class Decoded(NamedTuple):
    """Square images of a one-class task as they were found, (side, side, c)."""

    train: list
    """Normal images for training, uint8, all with as many channels."""
    test: list
    """Images of all classes, the same."""
    anomalous: np.ndarray
    """Is the test image an anomaly? (k,) bool."""


def check_class(normal_class, classes, name):
    """Raise InputError unless a data set has the class."""
    if not isinstance(normal_class, int | np.integer) or not (
        0 <= normal_class < classes
    ):
        raise InputError(
            f"Expected a normal class from 0 to {classes - 1} for {name}. "
            f"Received: {normal_class}."
        )


def read_digits(normal_class):
    """scikit-learn's 8x8 digits, a third of them for the test; `Decoded`."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    check_class(normal_class, 10, "digits")
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)[..., None]
    train, test, train_labels, test_labels = train_test_split(
        images,
        digits.target,
        test_size=1 / 3,
        stratify=digits.target,
        random_state=0,
    )
    return Decoded(
        list(train[train_labels == normal_class]),
        list(test),
        test_labels != normal_class,
    )


def read_folder(train_dir, test_dir):
    """Image files below two folders; `Decoded`.

    Args:
        train_dir: Normal images, at any depth.
        test_dir: `normal/` and any other sub-folders, the anomalies.

    Raises:
        InputError: A folder is missing or empty, there are no anomalies, or an
            image cannot be used.
    """
    for path, role in ((train_dir, "train_dir"), (test_dir, "test_dir")):
        if not path:
            raise InputError(
                f"Expected --{role} with the folder data set. Received none."
            )
    train_paths = list_images(train_dir)
    normal_paths = set(list_images(Path(test_dir) / "normal"))
    test_paths = list_images(test_dir)
    anomalous = np.array([path not in normal_paths for path in test_paths])
    if not anomalous.any():
        raise InputError(
            f"Expected anomalies in sub-folders of {test_dir} beside normal/, "
            "found none. Add a folder of other images."
        )
    train, test = (
        [check_square(to_8_bits(read_image(path)), str(path)) for path in paths]
        for paths in (train_paths, test_paths)
    )
    channels = max(image.shape[-1] for image in train)
    train, test = (
        [with_channels(image, channels) for image in part]
        for part in (train, test)
    )
    return Decoded(train, test, anomalous)
