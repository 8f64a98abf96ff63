"""The two distillation phases: teacher frozen, then teacher and student."""

import dataclasses

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf import losses
from kdgan_tf.config import DistillationConfig
from kdgan_tf.errors import InputError
from kdgan_tf.gan import joined, unit_range
from kdgan_tf.negatives import transformed
from kdgan_tf.networks import GeneratorOutputs
from kdgan_tf.targets import targets_at, targets_of, targets_pay
from kdgan_tf.training import (
    LossTrackers,
    default_optimizer,
    minimise,
    ready_optimizer,
    replica_mean,
)


def require_alike(teacher, student):
    """Raise InputError unless a student can be compared with a teacher."""
    for name in ("image_shape", "latent"):
        taught, learning = (
            getattr(model.config, name) for model in (teacher, student)
        )
        if taught != learning:
            raise InputError(
                f"Expected teacher and student with the same {name}. "
                f"Received: {taught} and {learning}. Change one config."
            )


class Distiller(keras.Model):
    """What both phases share; see the two sub-classes.

    Its call is the student's. Teacher and student keep their identity: train
    the distiller, then use the student. It computes in the precision that
    they have.

    Args:
        teacher: A trained `EDEGAN`.
        student: An `EDEGAN` with the same image shape and latent size.
        config: A `DistillationConfig`; its `train_teacher` is set by the
            class.
    """

    trains_teacher = False

    def __init__(self, teacher, student, config=None, **kwargs):
        # The student's policy: Keras scales the loss of `optimizer` by it.
        kwargs = {"dtype": student.dtype_policy, **kwargs, "autocast": False}
        super().__init__(**kwargs)
        require_alike(teacher, student)
        self.teacher = teacher
        self.student = student
        self.config = dataclasses.replace(
            config or DistillationConfig(), train_teacher=self.trains_teacher
        )
        self.trackers = LossTrackers(
            "loss",
            *("latent", "reconstruction", "reconstruction_latent"),
            *(["score"] if self.config.score_weight else []),
            *(
                f"{name}_loss"
                for name in self.trained_networks()
                if name != "student"
            ),
        )
        self.built = True

    def call(self, images, training=False):
        """Pixels (n, side, side, c) to what the student makes of them."""
        return self.student(images, training=training)

    @property
    def metrics(self):
        return self.trackers.metrics

    def trained_networks(self):
        """The networks that this phase trains, by name."""
        trained = {"student": self.student.generator}
        if self.config.student_gan_loss:
            trained["student_discriminator"] = self.student.discriminator
        if self.config.train_teacher:
            trained["teacher"] = self.teacher.generator
            trained["teacher_discriminator"] = self.teacher.discriminator
        return trained

    def compile(self, optimizer=None, optimizers=None, **kwargs):
        """Set the optimizers; each is Adam(1e-3, beta_1=0.5) by default.

        Args:
            optimizer: The student generator's.
            optimizers: Dict of the others by name, those that the phase has
                of "student_discriminator", "teacher", "teacher_discriminator".
            **kwargs: `jit_compile`, `steps_per_execution` and so on, as for
                any Keras model. The losses are given by the configs.
        """
        super().compile(optimizer=optimizer or default_optimizer(), **kwargs)
        given = {"student": self.optimizer, **(optimizers or {})}
        unknown = set(given) - set(self.trained_networks())
        if unknown:
            raise InputError(
                f"Expected optimizers for {sorted(self.trained_networks())}. "
                f"Received one for {sorted(unknown)}."
            )
        self.optimizers = {
            name: ready_optimizer(given.get(name), network, self.dtype_policy)
            for name, network in self.trained_networks().items()
        }

    def all_optimizers(self):
        """The optimizers of all networks that are trained, in a list."""
        return list(self.optimizers.values())

    def get_compile_config(self):
        if not self.compiled:
            return None
        others = {k: v for k, v in self.optimizers.items() if k != "student"}
        return {
            **super().get_compile_config(),
            "optimizers": keras.saving.serialize_keras_object(others),
        }

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    @property
    def kinds(self):
        """Kinds of negatives that the student imitates the teacher on."""
        return self.student.config.negatives if self.config.negatives else ()

    def _negatives(self, images, step):
        """As many negatives as images, or `None`."""
        kinds = self.kinds
        return transformed(images, kinds, step) if kinds else None

    def _student_losses(self, images, negatives, taught, training):
        """Losses (n,) of the student's networks by name, and K's terms.

        Args:
            images: Normal images, pixels (n, side, side, c).
            negatives: As many others that the student imitates on, or None.
            taught: The teacher's `GeneratorOutputs` for all of them.
            training: Is this a training step?
        """
        if self.config.student_gan_loss:
            own = self.student.losses_of(images, negatives, training)
            outputs = own.outputs
            totals = {
                "student": own.generator,
                "student_discriminator": own.discriminator,
            }
        else:
            outputs = self.student.generator(
                unit_range(joined(images, negatives)), training=training
            )
            totals = {"student": 0.0}
        terms = {
            # One value an image: the mean over its normal and turned version.
            name: ops.mean(
                ops.reshape(term, (-1, ops.shape(images)[0])), axis=0
            )
            for name, term in losses.distillation(
                taught, outputs, self.config
            ).items()
        }
        totals["student"] += sum(terms.values())
        return totals, terms

    def _scaled(self, totals):
        """What each optimizer minimises; call it inside the tape."""
        return {
            name: self.optimizers[name].scale_loss(replica_mean(total))
            for name, total in totals.items()
        }

    def _minimise(self, tape, scaled):
        for name, network in self.trained_networks().items():
            minimise(
                tape,
                scaled[name],
                self.optimizers[name],
                network.trainable_variables,
            )

    def _track(self, totals, terms):
        self.trackers.update(
            {
                "loss": totals["student"],
                **terms,
                **{f"{name}_loss": value for name, value in totals.items()},
            }
        )
        return self.trackers.results()

    def get_config(self):
        config = super().get_config()
        for name in ("teacher", "student"):
            config[name] = keras.saving.serialize_keras_object(
                getattr(self, name)
            )
        return {**config, "config": dataclasses.asdict(self.config)}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("teacher", "student"):
            config[name] = keras.saving.deserialize_keras_object(config[name])
        config["config"] = DistillationConfig(**config["config"])
        return cls(**config)


@keras.saving.register_keras_serializable(package="kdgan_tf")
class FrozenTeacherDistiller(Distiller):
    """Step 1: the student learns from a teacher that does not change.

    `fit` asks the teacher at every step, or, several times faster, takes what
    `targets` has asked it before; the weights that come out are the same.

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
        """
        return targets_of(self.teacher, images, self.kinds)

    def targets_pay(self, images, epochs):
        """Are `targets` less work, in so many epochs, and not too large?"""
        latent = self.teacher.config.latent
        return targets_pay(images, latent, self.kinds, epochs)

    def train_step(self, data):
        """One step of the student on normal images."""
        images, negatives, taught = self._batch(data, self.optimizer.iterations)
        with tf.GradientTape(persistent=True) as tape:
            totals, terms = self._student_losses(
                images, negatives, taught, training=True
            )
            scaled = self._scaled(totals)
        self._minimise(tape, scaled)
        return self._track(totals, terms)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        batch = self._batch(data, 0)
        return self._track(*self._student_losses(*batch, training=False))

    def _batch(self, data, step):
        """Images, negatives or `None`, what the teacher makes of them all."""
        images, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        negatives = self._negatives(images, step)
        # Class labels, say, are none.
        if isinstance(targets, GeneratorOutputs):
            taught = targets_at(targets, images, self.kinds, step)
        else:
            # In inference mode: batch statistics would move in training mode.
            taught = self.teacher.generator(
                unit_range(joined(images, negatives)), training=False
            )
        return images, negatives, taught


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
            scaled = self._scaled(totals)
        self._minimise(tape, scaled)
        return self._track(totals, terms)

    def test_step(self, data):
        """The losses on normal images, nothing updated."""
        return self._track(
            *self._joint_losses(*self._batch(data, 0), training=False)
        )

    def _batch(self, data, step):
        """(normal images, negatives or None) of one batch of `fit`."""
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return images, self._negatives(images, step)

    def _joint_losses(self, images, negatives, training):
        own = self.teacher.losses_of(images, negatives, training)
        taught = GeneratorOutputs(
            *(ops.stop_gradient(output) for output in own.outputs)
        )
        totals, terms = self._student_losses(
            images, negatives, taught, training
        )
        totals["teacher"] = own.generator
        totals["teacher_discriminator"] = own.discriminator
        return totals, terms


def distiller(teacher, student, config):
    """The distiller that a `DistillationConfig` asks for."""
    kind = JointDistiller if config.train_teacher else FrozenTeacherDistiller
    return kind(teacher, student, config)
