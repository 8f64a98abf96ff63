"""Images that a program has as arrays already."""

import numpy as np

from kdgan_tf.data.near_twins import near_twin_groups
from kdgan_tf.data.sources import split
from kdgan_tf.runtime.errors import InputError, require
from kdgan_tf.runtime.pixels import whole_pixels
from kdgan_tf.runtime.preprocessing import Preprocessing


def from_arrays(
    train,
    test=None,
    labels=None,
    *,
    name="arrays",
    image_size=None,
    holdout=0.1,
    seed=0,
    near_twins=False,
):
    """Images of one's own, fitted to the networks, for a whole run.

    Args:
        train: Normal images (n, h, h) or (n, h, h, 1 or 3), pixels 0 to 255,
            uint8 or float. Sides that the networks cannot halve are padded,
            such as 28 to 32.
        test: Images to measure with, likewise; by default none.
        labels: (k,) for `test`, 1 for anomalies and 0 for normal images.
        name: Of the data set, for records.
        image_size: Side to shrink to; see `Preprocessing.for_sizes`.
        holdout: Share of the normal images to keep out of training, in
            [0, 1), to set the threshold with.
        seed: Chooses the images held out.
        near_twins: Whether to look for images that show nearly the same and
            keep them together when images are held out, see
            `near_twin_groups`.

    Returns:
        `OneClassImages`.

    Raises:
        InputError: The arrays cannot be used; the message says why.

    Example:

        images = kdgan_tf.data.from_arrays(train, test, labels)
        shape = images.preprocessing.image_shape
        config = kdgan_tf.RunConfig(
            teacher=kdgan_tf.presets.named("mnist_teacher", shape),
            student=kdgan_tf.presets.named("mnist_student", shape),
        )
        result = kdgan_tf.ProgressiveRun(config, images, "runs/own").run()
    """
    if (test is None) != (labels is None):
        raise InputError(
            "Expected test images together with their labels. Received one of "
            "both."
        )
    require(0 <= holdout < 1, "holdout in [0, 1)", holdout)
    normal = _pixels(train, "train")
    require(len(normal) > 0, "normal images in train", "none")
    other = normal[:0] if test is None else _pixels(test, "test")
    require(
        other.shape[1:] == normal.shape[1:],
        f"test images of the shape of train {normal.shape[1:]}",
        other.shape[1:],
    )
    anomalous = np.zeros(0) if labels is None else np.asarray(labels)
    require(
        anomalous.shape == other.shape[:1] and np.isin(anomalous, (0, 1)).all(),
        f"{len(other)} labels 0 (normal) or 1 (anomaly)",
        f"shape {anomalous.shape}, values {np.unique(anomalous)[:4].tolist()}",
    )
    preprocessing = Preprocessing.for_sizes(
        {normal.shape[1:3]}, normal.shape[-1], image_size
    )
    normal, other = (
        np.stack([preprocessing(image, f"image {i}") for i, image in rows])
        if rows
        else np.zeros((0, *preprocessing.image_shape), np.uint8)
        for rows in (list(enumerate(normal)), list(enumerate(other)))
    )
    return split(
        name,
        normal,
        other,
        anomalous.astype(bool),
        np.where(anomalous, "anomaly", "normal"),
        preprocessing,
        holdout=holdout,
        seed=seed,
        groups=near_twin_groups(normal) if near_twins else None,
    )


def _pixels(images, name):
    """As uint8, with a channel axis."""
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., np.newaxis]
    require(
        images.ndim == 4 and images.shape[-1] in (1, 3),
        f"{name} of shape (n, h, h) or (n, h, h, 1 or 3)",
        images.shape,
    )
    return whole_pixels(images)
