"""Where images come from: each source gives the same `OneClassImages`."""

import dataclasses
import functools
import hashlib
from typing import Literal

import numpy as np

from kdgan_tf.data.folder import read_folder
from kdgan_tf.data.near_twins import hold_out, near_twin_groups
from kdgan_tf.data.readers import read_digits
from kdgan_tf.data.tfds_reader import read_tfds
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import FITS, Preprocessing

_KNOWN_NOTE = (
    "too few images are held out to measure on: what has no test images is "
    "measured on those trained on, which flatters"
)


@dataclasses.dataclass(frozen=True)
class OneClassImages:
    """Images for one-class novelty detection, decoded and fitted.

    Args:
        name: Name of the data set.
        normal_class: Index of the normal class, `None` for folders.
        train: Normal training images (n, side, side, c), uint8.
        holdout: Normal training images kept out of training (m, ...), uint8.
        test: Test images (k, ...), uint8; there may be none, or normal ones
            only.
        anomalous: Whether the test image is an anomaly, (k,) bool.
        kinds: What the test image shows, such as a kind of defect, (k,) str.
        preprocessing: How images were fitted to the network.
        notes: Lines to say about the images before a run.
        outliers: Unrelated images (l, side, side, c), uint8, for a training
            that is not one-class, see `data.outliers`; mostly none.
    """

    name: str
    normal_class: int | None
    train: np.ndarray
    holdout: np.ndarray
    test: np.ndarray
    anomalous: np.ndarray
    kinds: np.ndarray
    preprocessing: Preprocessing
    notes: tuple[str, ...] = ()
    outliers: np.ndarray | None = None

    @property
    def reference(self):
        """Normal images to measure on: held out, where there are enough."""
        return self.holdout if len(self.holdout) > 1 else self.train

    @property
    def testable(self):
        """Whether the test has normal images and anomalies, for an AUROC."""
        return bool(self.anomalous.any() and not self.anomalous.all())

    @functools.cached_property
    def fingerprints(self):
        """SHA-256 of the normal images, the test's and outliers, a dict."""
        return {
            "normal_images_sha256": _sha256(self.train, self.holdout),
            "test_images_sha256": _sha256(self.test, self.anomalous),
            "outliers_sha256": None
            if self.outliers is None
            else _sha256(self.outliers),
        }

    def summary(self):
        """What identifies the task, as a dict for a run's settings."""
        return {
            "dataset": self.name,
            "normal_class": self.normal_class,
            "train_images": len(self.train),
            "test_images": len(self.test),
            "preprocessing": dataclasses.asdict(self.preprocessing),
            **self.fingerprints,
        }


def load(
    name: str,
    normal_class: int | None = None,
    *,
    data_dir: str | None = None,
    train_dir: str | None = None,
    test_dir: str | None = None,
    image_size: int | None = None,
    fit: Literal[FITS] | None = None,
    holdout: float = 0.0,
    seed: int = 0,
    preprocessing: Preprocessing | None = None,
):
    """Load the images of a one-class task into memory.

    Args:
        name: "digits", "folder", or a name in tensorflow-datasets.
        normal_class: Index of the class to train on; not for "folder".
        data_dir: Where tensorflow-datasets keeps its data; by default the
            environment's TFDS_DATA_DIR, else ~/tensorflow_datasets.
        train_dir: "folder": directory of normal images for training.
        test_dir: "folder": directory with `normal/` (or `good/`, `ok/`) and
            any other sub-folders, whose images are the anomalies; by default
            there is no test.
        image_size: Side to shrink images to; see `Preprocessing.for_sizes`.
        fit: What becomes of rectangles, as in `Preprocessing`; by default
            those in a folder are stretched, others refused.
        holdout: Share of the normal training images to keep out of training,
            in [0, 1); at least one image where it is not 0. Near twins in a
            folder are kept together, see `near_twin_groups`.
        seed: Chooses the images held out.
        preprocessing: The `Preprocessing` to use, such as that of a sidecar,
            instead of one that follows from the images.

    Returns:
        `OneClassImages`.

    Raises:
        InputError: The data cannot be used; the message says why.
    """
    if not 0 <= holdout < 1:
        raise InputError(f"Expected holdout in [0, 1). Received: {holdout}.")
    if name != "folder" and (train_dir or test_dir):
        raise InputError(
            "Expected the data set folder with train_dir and test_dir. "
            f"Received: {name}. Set --dataset=folder or leave them out."
        )
    if preprocessing and (image_size or fit):
        raise InputError(
            "Expected either a preprocessing or image_size and fit. Received "
            "both."
        )
    if name == "folder":
        found = read_folder(
            train_dir,
            test_dir,
            image_size=image_size,
            fit=fit,
            preprocessing=preprocessing,
        )
        return split(
            name,
            found.train,
            found.test,
            found.anomalous,
            found.kinds,
            found.preprocessing,
            holdout=holdout,
            seed=seed,
            groups=near_twin_groups(found.thumbnails),
            notes=found.notes,
        )
    decoded = (
        read_digits(normal_class)
        if name == "digits"
        else read_tfds(name, normal_class, data_dir)
    )
    normal_class = int(normal_class)  # NumPy's is no JSON
    preprocessing = preprocessing or Preprocessing.for_sizes(
        {image.shape[:2] for image in decoded.train + decoded.test},
        decoded.train[0].shape[-1],
        image_size,
        fit or "square",
    )
    normal, test = (
        np.stack(
            [
                preprocessing(image, f"image {index} of {name}")
                for index, image in enumerate(part)
            ]
        )
        for part in (decoded.train, decoded.test)
    )
    return split(
        name,
        normal,
        test,
        decoded.anomalous,
        decoded.kinds,
        preprocessing,
        normal_class=normal_class,
        holdout=holdout,
        seed=seed,
    )


def split(
    name,
    normal,
    test,
    anomalous,
    kinds,
    preprocessing,
    *,
    normal_class=None,
    holdout=0.0,
    seed=0,
    groups=None,
    notes=(),
):
    """Fitted images as `OneClassImages`, some normal ones held out.

    Args:
        name: Name of the data set.
        normal: Normal images (n, side, side, c), uint8.
        test: Test images (k, side, side, c), uint8.
        anomalous: Whether the test image is an anomaly, (k,) bool.
        kinds: What the test image shows, (k,) str.
        preprocessing: How the images were fitted.
        normal_class: Index of the normal class, where there is one.
        holdout: As for `load`.
        seed: As for `load`.
        groups: Numbers (n,) of the near twins to keep together.
        notes: Lines to say about the images.

    Raises:
        InputError: Too few images are left to train on.
    """
    train, held_out = hold_out(len(normal), holdout, seed, groups)
    if len(train) < 1:
        raise InputError(
            f"Expected more than {len(held_out)} normal training images, found "
            f"{len(normal)}. Add images or lower the holdout."
        )
    if len(train) > 1 and not np.any(normal[train[1:]] != normal[train[0]]):
        raise InputError(
            f"Expected normal images that differ, but all {len(train)} to "
            "train on are the same picture. Take more photographs."
        )
    return OneClassImages(
        name,
        normal_class,
        normal[train],
        normal[held_out],
        test,
        anomalous,
        kinds,
        preprocessing,
        (
            *notes,
            *_twin_notes(groups, train, held_out),
            *([_KNOWN_NOTE] if len(held_out) < 2 else []),
        ),
    )


def _twin_notes(groups, train, held_out):
    """What to say about near twins."""
    if groups is None:
        return
    sizes = np.bincount(groups)
    twins = int(sizes[sizes > 1].sum())
    if not twins:
        return
    parted = np.intersect1d(groups[train], groups[held_out]).size
    yield (
        f"{twins:,} of {len(groups):,} normal images are near twins of others, "
        f"in {int(np.sum(sizes > 1)):,} groups: "
        + (
            "nearly all are, so the images held out have twins in training and "
            "the threshold may be too low; photograph more parts"
            if parted
            else "kept together when images are held out"
        )
    )


def _sha256(*arrays):
    """SHA-256 of arrays, their shapes and types, hexadecimal."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
