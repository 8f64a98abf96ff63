"""Step 2: teacher and student are trained together."""

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf.data.transformations import joined
from kdgan_tf.distillation.base import Distiller
from kdgan_tf.gan.networks import GeneratorOutputs
from kdgan_tf.gan.objective import gan_losses
from kdgan_tf.gan.optimization import images_of_all_replicas


@keras.saving.register_keras_serializable(package="kdgan_tf")
class JointDistiller(Distiller):
    """Step 2: teacher and student are trained together.

    The teacher goes on with its own GAN loss, on its own kinds of negatives,
    and the student follows it on the student's kinds. The
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
        images, y = self.images_in(data)
        self.require_targets(y)
        count = images_of_all_replicas(images)
        step = self.optimizer.iterations
        with tf.GradientTape(persistent=True) as tape:
            totals, terms = self._joint_losses(images, step, training=True)
            scaled = self.scaled(totals, count)
        self.minimise(tape, scaled)
        return self.track(totals, terms)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        images, labels = self.images_in(data)
        return self.track(
            *self._joint_losses(images, 0, training=False),
            self.normal_in(labels),
        )

    def _joint_losses(self, images, step, training):
        """Each network's own loss on its own kinds of negatives, and K."""
        images = self.augmented(images, step)
        count = ops.shape(images)[0]
        negatives = self.negatives_of(images, step)
        teachers = self.teacher.negatives_of(images, step)
        own = gan_losses(self.teacher, images, teachers, step, training)
        taught = own.outputs
        if teachers is None or self.kinds != self.teacher.config.negatives:
            taught = GeneratorOutputs(*(part[:count] for part in taught))
            if self.kinds:
                taught = self._followed_by(taught, negatives)
        taught = GeneratorOutputs(*map(ops.stop_gradient, taught))
        totals, terms = self.student_losses(
            images, negatives, taught, step, training
        )
        totals["teacher"] = own.generator
        totals["teacher_discriminator"] = own.discriminator
        return totals, terms

    def _followed_by(self, taught, negatives):
        """Add what the teacher makes of negatives that are none of its own."""
        # In inference mode: they are no part of its training.
        seen = self.seen(negatives, None)
        answers = self.teacher.generator(seen, training=False)
        return GeneratorOutputs(*map(joined, taught, answers))
