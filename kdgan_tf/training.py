"""What the training steps of all phases share."""

import keras
import tensorflow as tf
from keras import ops

_FINAL_RATE = 0.01


def default_optimizer(learning_rate=1e-3):
    """Adam as DCGAN uses it: beta1 = 0.5."""
    return keras.optimizers.Adam(learning_rate, beta_1=0.5)


def scheduled_optimizer(phase, steps):
    """The default optimizer, its rate falling to 1 % along a cosine.

    Args:
        phase: A `PhaseConfig`; gives the first rate and the epochs.
        steps: Training steps of one epoch.
    """
    return default_optimizer(
        keras.optimizers.schedules.CosineDecay(
            phase.learning_rate,
            max(1, steps * phase.epochs),
            alpha=_FINAL_RATE,
        )
    )


def replica_mean(per_image):
    """Mean over the global batch of per-image losses (n,), as this replica's
    share: gradients are summed over replicas.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return ops.mean(per_image) / replicas


def minimise(tape, loss, optimizer, variables):
    """One optimizer step on `variables` only; `loss` is already scaled."""
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


class LossTrackers:
    """Running means of named losses, in the order of their names.

    Args:
        names: One name a loss, as it shows in `History` and the logs.
    """

    def __init__(self, *names):
        self.metrics = [keras.metrics.Mean(name=name) for name in names]

    def update(self, losses):
        """Take in a dict of per-image losses (n,) by name."""
        for metric in self.metrics:
            metric.update_state(losses[metric.name])

    def results(self):
        return {metric.name: metric.result() for metric in self.metrics}
