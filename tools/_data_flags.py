"""Flags that say where images come from."""

from absl import flags

flags.DEFINE_string(
    "dataset",
    "digits",
    "digits (embedded), folder, or a name in tensorflow-datasets",
)
flags.DEFINE_string("data_dir", None, "where tensorflow-datasets keeps data")
flags.DEFINE_integer("normal_class", None, "index of the normal class")
flags.DEFINE_string("train_dir", None, "folder: normal images for training")
flags.DEFINE_string(
    "test_dir", None, "folder: normal/ and other sub-folders, the anomalies"
)
flags.DEFINE_integer(
    "image_size",
    None,
    "side to shrink images to; by default theirs, at most 32",
    lower_bound=8,
)
flags.DEFINE_float(
    "holdout", 0.1, "share of normal training images kept for the threshold"
)
flags.DEFINE_integer(
    "seed", 0, "of weights, order and held-out images", lower_bound=0
)
FLAGS = flags.FLAGS


def load_images():
    """The `OneClassImages` that the flags name."""
    from kdgan_tf import data

    return data.load(
        FLAGS.dataset,
        FLAGS.normal_class,
        data_dir=FLAGS.data_dir,
        train_dir=FLAGS.train_dir,
        test_dir=FLAGS.test_dir,
        image_size=FLAGS.image_size,
        holdout=FLAGS.holdout,
        seed=FLAGS.seed,
    )
