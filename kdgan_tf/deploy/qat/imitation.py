"""A tf_keras generator learns to imitate another one."""

import tensorflow as tf
import tf_keras

from kdgan_tf.data import training_stream
from kdgan_tf.data.transformations import joined, transformed
from kdgan_tf.distillation.losses import distillation_losses, teacher_spread
from kdgan_tf.gan.networks import GeneratorOutputs, unit_range
from kdgan_tf.gan.optimization import replica_mean

_FINAL_RATE = 0.01


class Imitator(tf_keras.Model):
    """Trains a generator with the distillation loss, on normal images.

    Args:
        generator: What is trained; as `rebuild.assemble` makes them.
        target: What it imitates; likewise, and never changed.
        config: A `DistillationConfig`, for its weights.
        kinds: Kinds of negatives to imitate on as well, or none.
    """

    def __init__(self, generator, target, config, kinds=(), **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.target = target
        self.weighting = config
        self.kinds = kinds
        self.spread = (1.0, 1.0, 1.0)
        self.mean_loss = tf_keras.metrics.Mean(name="loss")

    def adapt(self, images):
        """Measure the target's spread, where the config is standardised.

        Args:
            images: Normal images (n, side, side, c), pixels.
        """
        if self.weighting.standardised:
            outputs = self.target(unit_range(images), training=False)
            self.spread = tuple(teacher_spread(outputs).numpy().tolist())

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, images):
        """One step on normal images, pixels (n, side, side, c)."""
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            per_image = self._compare(images, self.optimizer.iterations, True)
            loss = replica_mean(per_image)
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return self._track(per_image)

    def test_step(self, images):
        """The loss on normal images, nothing updated."""
        return self._track(self._compare(images, 0, False))

    def _compare(self, images, step, training):
        negatives = None
        if self.kinds:
            negatives = transformed(images, self.kinds, step)
        batch = unit_range(joined(images, negatives))
        terms = distillation_losses(
            GeneratorOutputs(*self.target(batch, training=False)),
            GeneratorOutputs(*self.generator(batch, training=training)),
            self.weighting,
            self.spread,
        )
        return sum(terms.values())

    def _track(self, per_image):
        self.mean_loss.update_state(per_image)
        return {"loss": self.mean_loss.result()}


def imitate(imitator, images, phase, *, seed=0, callbacks=(), verbose=0):
    """Train an `Imitator` with Adam, whose rate falls along a cosine.

    Args:
        imitator: The `Imitator`; call this in the scope it was made in.
        images: Normal training images (n, side, side, c), pixels.
        phase: A `PhaseConfig`.
        seed: Of the order of images.
        callbacks: As for `fit`.
        verbose: As for `fit`.
    """
    batch = min(phase.batch_size, len(images))
    epochs, steps = phase.schedule(len(images))
    rate = tf_keras.optimizers.schedules.CosineDecay(
        phase.learning_rate, max(1, steps * epochs), alpha=_FINAL_RATE
    )
    imitator.compile(tf_keras.optimizers.Adam(rate, beta_1=0.5))
    imitator.optimizer.build(imitator.generator.trainable_variables)
    imitator.fit(
        training_stream(images, batch, seed),
        epochs=epochs,
        steps_per_epoch=steps,
        callbacks=list(callbacks),
        verbose=verbose,
    )
