"""Step 1: the teacher's weights are fixed."""

import keras
import tensorflow as tf

from kdgan_tf.distillation.base import Distiller
from kdgan_tf.distillation.targets import targets_at, targets_of, targets_pay
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.optimization import images_of_all_replicas
from kdgan_tf.runtime.errors import InputError


@keras.saving.register_keras_serializable(package="kdgan_tf")
class FrozenTeacherDistiller(Distiller):
    """Step 1: the student learns from a teacher that does not change.

    `fit` asks the teacher at every step, or, several times faster, takes what
    `targets` has asked it before; the weights that come out are the same.
    Images that augmentations change at each step have no such targets.

    Example:

        step1 = kdgan_tf.FrozenTeacherDistiller(teacher, student)
        step1.compile()
        step1.fit(images, step1.targets(images), batch_size=16, epochs=12)
    """

    def targets(self, images):
        """What the teacher makes of images and their negatives.

        Args:
            images: Array (n, side, side, c), pixels in [0, 255].

        Returns:
            What `fit` takes as `y`, beside these images as `x`:
            `GeneratorOutputs` of arrays (n, v, ...), float32, where v - 1 is
            the number of different negatives of an image.

        Raises:
            InputError: The student's recipe changes images at every step.
        """
        self._require_no_augmentations()
        return targets_of(self.teacher, images, self.kinds)

    def targets_pay(self, images, epochs):
        """Whether `targets` are less work in so many epochs, and not too large.

        Of images that are changed anew each step there are none.
        """
        if self.student.config.augmentations:
            return False
        latent = self.teacher.config.latent
        return targets_pay(images, latent, self.kinds, epochs)

    def require_targets(self, y):
        if isinstance(y, GeneratorOutputs):
            self._require_no_augmentations()
        else:
            super().require_targets(y)

    def _require_no_augmentations(self):
        kinds = self.student.config.augmentations
        if kinds:
            raise InputError(
                "Expected no targets asked for before, for a student with "
                f"augmentations: they would be of other images. Received "
                f"augmentations {kinds}: call fit without y."
            )

    def train_step(self, data):
        """One step of the student on normal images."""
        images, targets = self.images_in(data)
        self.require_targets(targets)
        count = images_of_all_replicas(images)
        step = self.optimizer.iterations
        batch = self._batch(images, targets, step)
        with tf.GradientTape(persistent=True) as tape:
            totals, terms = self.student_losses(*batch, step, training=True)
            scaled = self.scaled(totals, count)
        self.minimise(tape, scaled)
        return self.track(totals, terms)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        images, y = self.images_in(data)
        targets = y if isinstance(y, GeneratorOutputs) else None
        labels = y if targets is None else None
        batch = self._batch(images, targets, 0)
        return self.track(
            *self.student_losses(*batch, 0, training=False),
            self.normal_in(labels),
        )

    def _batch(self, images, targets, step):
        """Images, the student's negatives, what the teacher makes of them."""
        images = self.augmented(images, step)
        negatives = self.negatives_of(images, step)
        if targets is not None:
            taught = targets_at(targets, images, self.kinds, step)
        else:
            seen = self.seen(images, negatives if self.kinds else None)
            # In inference mode: batch statistics would move in training mode.
            taught = self.teacher.generator(seen, training=False)
        return images, negatives, taught
