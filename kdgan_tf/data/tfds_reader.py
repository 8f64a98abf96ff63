"""Data sets of tensorflow-datasets: one class to train on, all for the test."""

import os
import socket
import urllib.request
from pathlib import Path

import numpy as np

from kdgan_tf.data.readers import Decoded, check_class
from kdgan_tf.runtime.errors import InputError


def read_tfds(name, normal_class, data_dir=None):
    """Any data set there of 8-bit images with class labels; `Decoded`.

    Args:
        name: Its name in tensorflow-datasets.
        normal_class: Index of the class to train on.
        data_dir: Where tensorflow-datasets keeps its data; by default the
            environment's TFDS_DATA_DIR, else ~/tensorflow_datasets.

    Raises:
        InputError: There is none of that name or class, it has no such images
            or splits, or it cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    builder = _builder(tfds, name, data_dir)
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
    check_class(normal_class, features["label"].num_classes, name)
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
        images = [image for image, _ in pairs]
        return images, np.array([label for _, label in pairs])

    train, _ = read("train", lambda label: label == normal_class)
    test, labels = read("test", lambda label: label >= 0)
    if not train or not test:
        raise InputError(
            f"Expected images of class {normal_class} in {name}, found "
            f"{len(train)} for training, {len(test)} for the test."
        )
    names = np.array(features["label"].names)
    return Decoded(train, test, labels != normal_class, names[labels])


def _builder(tfds, name, data_dir):
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
