"""Unrelated images beside the normal ones, for outlier exposure."""

import dataclasses

import numpy as np

from kdgan_tf.data.unfit_files import UnfitFiles
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.images import list_images

FEWEST_OUTLIERS = 8


def read_outliers(folder, preprocessing):
    """Image files below a folder, fitted as normal images are.

    They come from anywhere: what is larger is shrunk and a rectangle is cut to
    a square, also where normal images are to have one size.

    Args:
        folder: Images at any depth, none of them normal.
        preprocessing: The normal images' `Preprocessing`.

    Returns:
        Array (m, side, side, c), uint8.

    Raises:
        InputError: The folder is missing, holds too few images or some that
            cannot be used: those are named together.
    """
    paths = list_images(folder)
    if len(paths) < FEWEST_OUTLIERS:
        raise InputError(
            f"Expected at least {FEWEST_OUTLIERS} unrelated images in "
            f"{folder}, found {len(paths)}. Take some hundreds, or leave out "
            "--outliers_dir."
        )
    fit = "crop" if preprocessing.fit == "square" else preprocessing.fit
    rule = dataclasses.replace(preprocessing, resize=True, fit=fit)
    unfit = UnfitFiles()
    found = unfit.collect(rule.read, paths)
    unfit.require_none(len(paths))
    return np.stack([found[path] for path in paths])


def with_outliers(images, folder):
    """The images of a task, and unrelated ones to learn from.

    Args:
        images: `OneClassImages`.
        folder: As for `read_outliers`.

    Raises:
        InputError: As by `read_outliers`.
    """
    outliers = read_outliers(folder, images.preprocessing)
    note = (
        f"training sees {len(outliers):,} unrelated images as anomalies "
        "(outlier exposure): do not compare it with one-class results"
    )
    return dataclasses.replace(
        images, outliers=outliers, notes=(*images.notes, note)
    )
