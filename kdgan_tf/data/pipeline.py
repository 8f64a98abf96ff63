"""tf.data pipelines over images in memory."""

import tensorflow as tf

from kdgan_tf.data.sources import load


def _options():
    options = tf.data.Options()
    # The tuner sleeps for exponentially longer spans, and an iterator that is
    # given up waits for it to wake: up to half of a short run.
    options.autotune.enabled = False
    return options


def one_class(name, normal_class=None, *, batch_size=16, seed=0, **source):
    """Training and test data sets of a one-class task.

    Args:
        name: "digits", "folder", or a name in tensorflow-datasets.
        normal_class: Index of the class to train on; not for "folder".
        batch_size: Images a batch.
        seed: Of the shuffling, anew each epoch.
        **source: Further arguments of `load`, such as `data_dir`.

    Returns:
        (train, test), both `tf.data.Dataset`. `train` gives batches of
        normal images (n, side, side, c), uint8, shuffled; the few that do not
        fill a batch are left out, others each epoch. `test` gives (images,
        labels), label 1 for anomalies, in batches of 256, in order.

    Raises:
        InputError: The data cannot be used; the message says why.

    Example:

        train, test = kdgan_tf.data.one_class("mnist", normal_class=8)
    """
    images = load(name, normal_class, **source)
    count = len(images.train)
    train = (
        tf.data.Dataset.range(count)
        .shuffle(count, seed=seed, reshuffle_each_iteration=True)
        .batch(min(batch_size, count), drop_remainder=True)
    )
    train = _gather(train, images.train)
    test = tf.data.Dataset.from_tensor_slices(
        (images.test, images.anomalous.astype("int32"))
    )
    return train, test.batch(256).with_options(_options())


def training_stream(images, batch_size, seed=0, first_step=0, part=(0, 1)):
    """Endless batches whose order depends on nothing but seed and step.

    A run that starts again at `first_step` sees the very batches that an
    undisturbed run sees from there on. Each image comes once before any comes
    again; batches are always full.

    Args:
        images: Array (n, side, side, c), or a tuple of things whose arrays
            all have n rows, such as images and targets.
        batch_size: Images a batch, at most n.
        seed: Of the shuffling.
        first_step: The step to begin with.
        part: (index, parts): of how many equal parts of every batch the
            stream gives which, for one of several workers.

    Returns:
        `tf.data.Dataset` of batches (batch_size / parts, side, side, c), or
        of tuples of such.
    """
    count = len(tf.nest.flatten(images)[0])
    index, parts = part
    rows = batch_size // parts

    def chosen(step):
        positions = step * batch_size + tf.range(
            index * rows, (index + 1) * rows, dtype=tf.int64
        )
        epochs = positions // count
        zeros = tf.zeros_like(epochs)
        # The public wrapper takes one seed only; here each epoch has its own.
        return tf.raw_ops.RandomIndexShuffle(
            index=positions % count,
            seed=tf.stack([zeros + seed, epochs, zeros], axis=1),
            max_index=tf.constant(count - 1, tf.int64),
        )

    return _gather(tf.data.Dataset.counter(first_step).map(chosen), images)


def _gather(indices, images):
    arrays = tf.nest.map_structure(tf.constant, images)

    def rows(chosen):
        return tf.nest.map_structure(
            lambda array: tf.gather(array, chosen), arrays
        )

    return indices.map(rows).prefetch(4).with_options(_options())
