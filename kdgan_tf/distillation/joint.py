"""Step 2: teacher and student are trained together."""

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf.distillation.base import Distiller
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.objective import gan_losses


@keras.saving.register_keras_serializable(package="kdgan_tf")
class JointDistiller(Distiller):
    """Step 2: teacher and student are trained together.

    The teacher goes on with its own GAN loss and the student follows it. The
    distillation loss sends no gradient to the teacher: pulled towards the
    student it forgot what the student had yet to learn (0.6 points of AUROC
    on MNIST's 8, validation).

    Example:

        step2 = kdgan_tf.JointDistiller(teacher, student)
        step2.compile()
        step2.fit(train, epochs=2)
    """

    trains_teacher = True

    def train_step(self, data):
        """One step of teacher and student on normal images."""
        batch = self._batch(data, self.optimizer.iterations)
        with tf.GradientTape(persistent=True) as tape:
            totals, terms = self._joint_losses(*batch, training=True)
            scaled = self.scaled(totals)
        self.minimise(tape, scaled)
        return self.track(totals, terms)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        return self.track(
            *self._joint_losses(*self._batch(data, 0), training=False)
        )

    def _batch(self, data, step):
        """(normal images, negatives or None) of one batch of `fit`."""
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        images = self.augmented(images, step)
        return images, self.negatives_of(images, step)

    def _joint_losses(self, images, negatives, training):
        own = gan_losses(self.teacher, images, negatives, training)
        taught = GeneratorOutputs(
            *(ops.stop_gradient(output) for output in own.outputs)
        )
        totals, terms = self.student_losses(images, negatives, taught, training)
        totals["teacher"] = own.generator
        totals["teacher_discriminator"] = own.discriminator
        return totals, terms
