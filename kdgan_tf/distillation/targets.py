"""What a frozen teacher makes of the training images, asked once.

Step 1 sees an image, and the few versions of it that are its negatives, epoch
after epoch, and a teacher that does not change gives the same answer each
time. Nine tenths of a step's work is that answer.
"""

import numpy as np
import tensorflow as tf
from keras import ops

from kdgan_tf.data.transformations import (
    count,
    drawn,
    joined,
    picked,
    versions,
)
from kdgan_tf.gan.networks import GeneratorOutputs, network_input

_BATCH = 64
_MOST_BYTES = 2 * 2**30


def targets_of(teacher, images, kinds):
    """The teacher's answers for images and all their negatives.

    Args:
        teacher: An `EDEGAN`, used in inference mode.
        images: Array (n, side, side, c), pixels in [0, 255].
        kinds: Kinds of negatives, names of `negatives.KINDS`; may be empty.

    Returns:
        `GeneratorOutputs` of arrays (n, v, ...), float32: for every image
        those of its v `negatives.versions`.
    """

    @tf.function(
        input_signature=[tf.TensorSpec((None, *images.shape[1:]), images.dtype)]
    )
    def answers(batch):
        count, seen = tf.shape(batch)[0], versions(batch, kinds)
        outputs = teacher.generator(
            network_input(
                ops.reshape(seen, (-1, *batch.shape[1:])), teacher.config
            ),
            training=False,
        )
        return [
            ops.reshape(output, (count, seen.shape[1], *output.shape[1:]))
            for output in outputs
        ]

    parts = [
        answers(images[start : start + _BATCH])
        for start in range(0, len(images), _BATCH)
    ]
    return GeneratorOutputs(
        *(np.concatenate(column) for column in zip(*parts, strict=True))
    )


def targets_at(targets, images, kinds, step):
    """The targets of one step, for its images and then their negatives.

    Args:
        targets: `targets_of` these images.
        images: Normal images (n, side, side, c).
        kinds: Kinds of negatives that the step imitates on, perhaps none.
        step: The training step.

    Returns:
        `GeneratorOutputs`, each (n, ...) or (2n, ...).
    """
    version = drawn(images, kinds, step) if kinds else None
    return GeneratorOutputs(
        *(
            joined(
                target[:, 0],
                picked(target, version) if kinds else None,
            )
            for target in targets
        )
    )


def targets_pay(images, latent, kinds, epochs):
    """Whether asking the teacher once is less work and the answers fit.

    Args:
        images: The training images (n, side, side, c).
        latent: Size of a latent.
        kinds: Kinds of negatives that the student imitates on.
        epochs: Passes over the images.
    """
    each = count(kinds)
    answers = images[0].size + 2 * latent
    asked = epochs * (2 if kinds else 1)
    fits = 4 * len(images) * each * answers <= _MOST_BYTES
    return fits and each < asked
