"""What readers of labelled data sets give, and the digits of scikit-learn."""

from typing import NamedTuple

import numpy as np

from kdgan_tf.runtime.errors import InputError


class Decoded(NamedTuple):
    """Images of a one-class task as they were found, (height, width, c)."""

    train: list
    """Normal images for training, uint8, all with as many channels."""
    test: list
    """Images of all classes, the same."""
    anomalous: np.ndarray
    """Whether the test image is an anomaly, (k,) bool."""
    kinds: np.ndarray
    """What the test image shows, (k,) str."""


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
        test_labels.astype(str),
    )
