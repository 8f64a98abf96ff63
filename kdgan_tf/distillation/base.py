"""What both distillation phases are made of."""

import dataclasses
import functools

import keras
import numpy as np
from keras import ops

from kdgan_tf.data.transformations import joined, transformed
from kdgan_tf.distillation.config import DistillationConfig
from kdgan_tf.distillation.losses import (
    distillation_losses,
    evidence_loss,
    teacher_spread,
)
from kdgan_tf.gan import inputs
from kdgan_tf.gan.config import ALIKE
from kdgan_tf.gan.networks import GeneratorOutputs, network_input
from kdgan_tf.gan.objective import gan_losses
from kdgan_tf.gan.one_class_model import OneClassModel
from kdgan_tf.gan.optimization import (
    LossTrackers,
    check_optimizers,
    minimise,
    ready_optimizer,
    replica_mean,
)
from kdgan_tf.runtime.errors import InputError


def require_alike(teacher, student):
    """Raise InputError unless a student can be compared with a teacher."""
    for name in ALIKE:
        taught, learning = (
            getattr(model.config, name) for model in (teacher, student)
        )
        if taught != learning:
            raise InputError(
                f"Expected teacher and student with the same {name}. "
                f"Received: {taught} and {learning}. Change one config."
            )


class Distiller(OneClassModel):
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
        self.spread = self.add_weight(
            name="spread",
            shape=(3,),
            dtype="float32",
            initializer="ones",
            trainable=False,
        )
        self.build((None, *student.config.image_shape))

    def adapt(self, images):
        """Measure the teacher's spread on normal images, share its head.

        Call it once before the training. `fit` does so itself where nobody
        has and the config is standardised.

        Args:
            images: Normal training images (n, side, side, c), pixels.
        """
        taught, learning = (
            gan.generator.transformation for gan in (self.teacher, self.student)
        )
        if taught is not None and learning is not None:
            # The latents that it reads are those that the student imitates.
            learning.set_weights(taught.get_weights())
        if self.config.standardised:
            outputs = self.teacher.outputs_of(images)
            self.spread.assign(teacher_spread(outputs))

    def get_ready(self, x):
        """Measure what the losses of `fit` need, or say that it is missing.

        Args:
            x: What it trains on.

        Raises:
            InputError: The teacher's score, which the student imitates, was
                not adapted, or its spread cannot be measured on `x`.
        """
        if self._imitates_evidence and self.config.score_weight:
            self.teacher.anomaly_score.require_adapted()
        if self.config.standardised and np.all(
            ops.convert_to_numpy(self.spread) == 1
        ):
            if not inputs.is_array(x):
                raise InputError(
                    "Expected adapt(normal images) before the training by "
                    "standardised distances: of a data set, the teacher's "
                    "spread is not measured by itself. Call it once."
                )
            self.adapt(x)

    def call(self, images, training=False):
        """Pixels (n, side, side, c) to what the student makes of them."""
        return self.student(images, training=training)

    def scored(self):
        return self.student

    def compute_output_shape(self, input_shape):
        return self.student.compute_output_shape(input_shape)

    def trained_networks(self):
        """The networks that this phase trains, by name."""
        trained = {"student": self.student.generator}
        if self.config.student_gan_loss:
            trained["student_discriminator"] = self.student.discriminator
        if self.config.train_teacher:
            trained["teacher"] = self.teacher.generator
            trained["teacher_discriminator"] = self.teacher.discriminator
        return trained

    def compile(self, optimizer=None, optimizers=None, metrics=None, **kwargs):
        """Set the optimizers; each is Adam(1e-3, beta_1=0.5) by default.

        Args:
            optimizer: The student generator's.
            optimizers: Dict of the others by name, those that the phase has
                of "student_discriminator", "teacher", "teacher_discriminator".
            metrics: As for `EDEGAN`; the scores are the student's.
            **kwargs: `jit_compile`, `steps_per_execution` and so on, as for
                any Keras model. The losses are given by the configs.

        Raises:
            InputError: Losses, other metrics, an optimizer of a network that
                is not trained, or one for several networks.
        """
        others = optimizers or {}
        unknown = {*others} - {*self.trained_networks()} | {"student"} & {
            *others
        }
        if unknown:
            raise InputError(
                f"Expected optimizers for {sorted(self.trained_networks())}, "
                "the student's as optimizer. "
                f"Received one for {sorted(unknown)}."
            )
        check_optimizers({"student": optimizer, **others})
        self.set_optimizer(optimizer, metrics, **kwargs)
        given = {**others, "student": self.optimizer}
        self.optimizers = {
            name: ready_optimizer(given.get(name), network, self.dtype_policy)
            for name, network in self.trained_networks().items()
        }

    def all_optimizers(self):
        """The optimizers of all networks that are trained, in a list."""
        return list(self.optimizers.values())

    def further_optimizers(self):
        others = {k: v for k, v in self.optimizers.items() if k != "student"}
        return {"optimizers": others}

    @property
    def kinds(self):
        """Kinds of negatives that the student imitates the teacher on.

        They are those of the student's config: it imitates where its own
        negatives are, whatever the teacher was trained with.
        """
        return self.student.config.negatives if self.config.negatives else ()

    @property
    def _imitates_evidence(self):
        """Whether the student imitates more of a score than the distance."""
        of_several = self.teacher.config.score == "evidence"
        return of_several and self.config.score_evidence == "all"

    def negatives_of(self, images, step):
        """The student's negatives, as many as images, or `None`.

        What its own loss and imitation take, the same for both.
        """
        if self.kinds:
            return transformed(images, self.kinds, step)
        if self.config.student_gan_loss:
            return self.student.negatives_of(images, step)
        return None

    def augmented(self, images, step):
        """What the student's recipe makes of normal images at a step."""
        return self.student.augmented(images, step)

    def seen(self, images, negatives):
        """Images and negatives as the networks take them, in [-1, 1]."""
        return network_input(joined(images, negatives), self.student.config)

    def student_losses(self, images, negatives, taught, step, training):
        """Losses (n,) of the student's networks by name, and K's terms.

        Args:
            images: Normal images, pixels (n, side, side, c).
            negatives: As many negatives of the student, or `None`.
            taught: The teacher's `GeneratorOutputs` for the images, and then
                the negatives where the student imitates on them.
            step: Integer scalar, the training step.
            training: Whether this is a training step.
        """
        count = ops.shape(images)[0]
        if self.config.student_gan_loss:
            own = gan_losses(self.student, images, negatives, step, training)
            outputs = own.outputs
            totals = {
                "student": own.generator,
                "student_discriminator": own.discriminator,
            }
        else:
            outputs = self.student.generator(
                self.seen(images, negatives), training=training
            )
            totals = {"student": 0.0}
        if not self.kinds:
            outputs = GeneratorOutputs(*(output[:count] for output in outputs))
        versions = 2 if self.kinds else 1
        score_loss = None
        if self._imitates_evidence:
            imitated = negatives if self.kinds else None
            score_loss = functools.partial(
                evidence_loss, self.teacher, self.seen(images, imitated)
            )
        terms = {
            # One value an image: the mean over its normal and turned version.
            name: ops.mean(ops.reshape(term, (versions, count)), axis=0)
            for name, term in distillation_losses(
                taught, outputs, self.config, self.spread, score_loss
            ).items()
        }
        if training and self.config.score_warmup and "score" in terms:
            risen = ops.cast(step, "float32") / self.config.score_warmup
            terms["score"] *= ops.minimum(risen, 1.0)
        totals["student"] += sum(terms.values())
        return totals, terms

    def scaled(self, totals, count):
        """What each optimizer minimises; call it inside the tape.

        Args:
            totals: Losses (n,) by the name of the network.
            count: `images_of_all_replicas`.
        """
        return {
            name: self.optimizers[name].scale_loss(replica_mean(total, count))
            for name, total in totals.items()
        }

    def minimise(self, tape, scaled):
        """Update every network by its own optimizer."""
        for name, network in self.trained_networks().items():
            minimise(
                tape,
                scaled[name],
                self.optimizers[name],
                network.trainable_variables,
            )

    def track(self, totals, terms, counted=None):
        """Add a batch's losses to the means that `fit` shows; returns them."""
        self.trackers.update(
            {
                "loss": totals["student"],
                **terms,
                **{f"{name}_loss": value for name, value in totals.items()},
            },
            counted,
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
