"""Where images come from: each source gives the same `OneClassImages`."""

import dataclasses

import numpy as np

from kdgan_tf.data.readers import read_digits, read_folder
from kdgan_tf.data.tfds_reader import read_tfds
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing


@dataclasses.dataclass(frozen=True)
class OneClassImages:
    """Images for one-class novelty detection, decoded and fitted.

    Args:
        name: Name of the data set.
        normal_class: Index of the normal class, `None` for folders.
        train: Normal training images (n, side, side, c), uint8.
        holdout: Normal training images kept out of training (m, ...), uint8.
        test: Test images of all classes (k, ...), uint8.
        anomalous: Is the test image an anomaly? (k,) bool.
        preprocessing: How images were fitted to the network.
    """

    name: str
    normal_class: int | None
    train: np.ndarray
    holdout: np.ndarray
    test: np.ndarray
    anomalous: np.ndarray
    preprocessing: Preprocessing

    @property
    def reference(self):
        """Normal images to measure on: held out, where there are enough."""
        return self.holdout if len(self.holdout) > 1 else self.train

    def summary(self):
        """What identifies the task, as a dict for a run's settings."""
        return {
            "dataset": self.name,
            "normal_class": self.normal_class,
            "train_images": len(self.train),
            "test_images": len(self.test),
            "preprocessing": dataclasses.asdict(self.preprocessing),
        }


def load(
    name,
    normal_class=None,
    *,
    data_dir=None,
    train_dir=None,
    test_dir=None,
    image_size=None,
    holdout=0.0,
    seed=0,
):
    """Load the images of a one-class task into memory.

    Args:
        name: "digits", "folder", or a name in tensorflow-datasets.
        normal_class: Index of the class to train on; not for "folder".
        data_dir: Where tensorflow-datasets keeps its data; by default the
            environment's TFDS_DATA_DIR, else ~/tensorflow_datasets.
        train_dir: "folder": directory of normal images for training.
        test_dir: "folder": directory with `normal/` and any other
            sub-folders, whose images are the anomalies.
        image_size: Side to shrink images to; see `Preprocessing.for_sizes`.
        holdout: Share of the normal training images to keep out of training,
            in [0, 1); at least one image where it is not 0.
        seed: Chooses the images held out.

    Returns:
        `OneClassImages`.

    Raises:
        InputError: The data cannot be used; the message says why.
    """
    if not 0 <= holdout < 1:
        raise InputError(f"Expected holdout in [0, 1). Received: {holdout}.")
    if name == "folder":
        normal_class = None
        decoded = read_folder(train_dir, test_dir)
    elif name == "digits":
        decoded = read_digits(normal_class)
    else:
        decoded = read_tfds(name, normal_class, data_dir)
    preprocessing = Preprocessing.for_sizes(
        {image.shape[:2] for image in decoded.train + decoded.test},
        decoded.train[0].shape[-1],
        image_size,
    )
    normal, test = (
        np.stack([preprocessing(image) for image in part])
        for part in (decoded.train, decoded.test)
    )
    order = np.random.default_rng(seed).permutation(len(normal))
    kept_out = int(np.ceil(holdout * len(normal)))
    if len(normal) - kept_out < 1:
        raise InputError(
            f"Expected more than {kept_out} normal training images, found "
            f"{len(normal)}. Add images or lower the holdout."
        )
    return OneClassImages(
        name,
        normal_class,
        normal[np.sort(order[kept_out:])],
        normal[np.sort(order[:kept_out])],
        test,
        decoded.anomalous,
        preprocessing,
    )
