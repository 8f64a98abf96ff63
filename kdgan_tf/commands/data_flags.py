"""Flags that say where images come from."""


def define(flag):
    """Define these flags, see `command_line.Command`."""
    flag.string(
        "dataset",
        "digits",
        "digits (embedded), folder, or a name in tensorflow-datasets",
    )
    for name, words in (
        ("data_dir", "where tensorflow-datasets keeps data"),
        ("train_dir", "folder: normal images for training"),
        (
            "test_dir",
            "folder: normal/ and other sub-folders, the anomalies",
        ),
    ):
        flag.string(name, None, words)
    flag.integer("normal_class", None, "index of the normal class")
    flag.integer(
        "image_size",
        None,
        "side to shrink images to; by default theirs, at most 32",
        lower_bound=8,
    )
    flag.float(
        "holdout",
        0.1,
        "share of normal training images kept for the threshold",
    )
    flag.integer(
        "seed",
        0,
        "of weights, order and held-out images",
        lower_bound=0,
    )


def load_images(values):
    """The `OneClassImages` that the flags name."""
    from kdgan_tf.data.sources import load

    return load(
        values.dataset,
        values.normal_class,
        data_dir=values.data_dir,
        train_dir=values.train_dir,
        test_dir=values.test_dir,
        image_size=values.image_size,
        holdout=values.holdout,
        seed=values.seed,
    )
