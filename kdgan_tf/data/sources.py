"""Where images come from: each source gives the same `OneClassImages`."""

import dataclasses
import os
import socket
import urllib.request
from pathlib import Path

import numpy as np

from kdgan_tf.errors import InputError
from kdgan_tf.images import (
    Preprocessing,
    check_square,
    list_images,
    read_image,
)


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
        image_size: Side to shrink images to; see `Preprocessing.for_sides`.
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
        parts, preprocessing = _load_folder(train_dir, test_dir, image_size)
    elif name == "digits":
        parts, preprocessing = _load_digits(normal_class, image_size)
    else:
        parts, preprocessing = _load_tfds(
            name, normal_class, data_dir, image_size
        )
    normal, test, anomalous = parts
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
        anomalous,
        preprocessing,
    )


def _check_class(normal_class, classes, name):
    if not isinstance(normal_class, int | np.integer) or not (
        0 <= normal_class < classes
    ):
        raise InputError(
            f"Expected a normal class from 0 to {classes - 1} for {name}. "
            f"Received: {normal_class}."
        )


def _fit_all(images, preprocessing):
    if not len(images):
        return np.zeros((0, *preprocessing.image_shape), np.uint8)
    return np.stack([preprocessing(image) for image in images])


def _load_digits(normal_class, image_size):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    _check_class(normal_class, 10, "digits")
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)[..., None]
    train, test, train_labels, test_labels = train_test_split(
        images,
        digits.target,
        test_size=1 / 3,
        stratify=digits.target,
        random_state=0,
    )
    preprocessing = Preprocessing.for_sides({8}, 1, image_size)
    return (
        _fit_all(train[train_labels == normal_class], preprocessing),
        _fit_all(test, preprocessing),
        test_labels != normal_class,
    ), preprocessing


def _load_tfds(name, normal_class, data_dir, image_size):
    import tensorflow_datasets as tfds

    builder = _tfds_builder(tfds, name, data_dir)
    features = builder.info.features
    if not (
        {"image", "label"} <= set(features)
        and isinstance(features["label"], tfds.features.ClassLabel)
        and features["image"].np_dtype == np.uint8
        and {"train", "test"} <= set(builder.info.splits)
    ):
        raise InputError(
            f"Expected {name} to have 8-bit images with class labels and the "
            "splits train and test, and it has not. Choose another data set."
        )
    _check_class(normal_class, features["label"].num_classes, name)
    # Only what is used gets decoded: one class of the training split.
    skip = {"image": tfds.decode.SkipDecoding()}
    decode = features["image"].decode_example

    def read(split, keep):
        dataset = builder.as_dataset(
            split=split, decoders=skip, shuffle_files=False
        )
        dataset = dataset.filter(lambda example: keep(example["label"]))
        dataset = dataset.map(
            lambda example: (decode(example["image"]), example["label"]),
            num_parallel_calls=2,
            deterministic=True,
        )
        pairs = list(dataset.as_numpy_iterator())
        images = [
            check_square(image, f"{split} image {index} of {name}")
            for index, (image, _) in enumerate(pairs)
        ]
        return images, np.array([label for _, label in pairs])

    train, _ = read("train", lambda label: label == normal_class)
    test, labels = read("test", lambda label: label >= 0)
    if not train or not test:
        raise InputError(
            f"Expected images of class {normal_class} in {name}, found "
            f"{len(train)} for training, {len(test)} for the test."
        )
    preprocessing = Preprocessing.for_sides(
        {len(image) for image in train + test}, train[0].shape[-1], image_size
    )
    return (
        _fit_all(train, preprocessing),
        _fit_all(test, preprocessing),
        labels != normal_class,
    ), preprocessing


def _tfds_builder(tfds, name, data_dir):
    data_dir = data_dir or os.environ.get("TFDS_DATA_DIR") or None
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # the library raises many kinds
        known = isinstance(error, tfds.core.DatasetNotFoundError)
        reason = "is not one" if known else f"failed: {_one_line(error)}"
        raise InputError(
            "Expected digits, folder or a name in tensorflow-datasets (mnist, "
            f"fashion_mnist, cifar10, ...), but {name!r} {reason}."
        ) from error
    if not Path(builder.data_dir).exists():
        try:
            _require_network()
            builder.download_and_prepare()
        except Exception as error:
            raise InputError(
                f"Expected {name} in {data_dir or '~/tensorflow_datasets'}, "
                f"found none, and the download failed: {_one_line(error)[:150]}"
                ". Go online, or name its folder with --data_dir."
            ) from error
    return builder


def _require_network():
    """Raise OSError at once where offline; a download retries for minutes."""
    if not urllib.request.getproxies():
        socket.getaddrinfo("storage.googleapis.com", 443)


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


def _load_folder(train_dir, test_dir, image_size):
    for path, role in ((train_dir, "train_dir"), (test_dir, "test_dir")):
        if not path:
            raise InputError(
                f"Expected --{role} with the folder data set. Received none."
            )
    train_paths = list_images(train_dir)
    normal_paths = list_images(Path(test_dir) / "normal")
    test_paths = list_images(test_dir)
    anomalous = np.array([path not in set(normal_paths) for path in test_paths])
    if not anomalous.any():
        raise InputError(
            f"Expected anomalies in sub-folders of {test_dir} beside normal/, "
            "found none. Add a folder of other images."
        )
    train = [check_square(read_image(path), str(path)) for path in train_paths]
    channels = max(image.shape[-1] for image in train)
    train, test = (
        [check_square(read_image(path, channels), str(path)) for path in paths]
        for paths in (train_paths, test_paths)
    )
    preprocessing = Preprocessing.for_sides(
        {len(image) for image in train + test}, channels, image_size
    )
    return (
        _fit_all(train, preprocessing),
        _fit_all(test, preprocessing),
        anomalous,
    ), preprocessing
