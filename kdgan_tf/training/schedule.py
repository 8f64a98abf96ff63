"""The learning rate of a phase, and all that a phase changes."""

import keras

from kdgan_tf.gan.optimization import default_optimizer

_FINAL_RATE = 0.01


def scheduled_optimizer(phase, steps):
    """The default optimizer, its rate falling to 1 % along a cosine.

    Args:
        phase: A `PhaseConfig`; gives the first rate.
        steps: Training steps in all.
    """
    return default_optimizer(
        keras.optimizers.schedules.CosineDecay(
            phase.learning_rate,
            max(1, steps),
            alpha=_FINAL_RATE,
        )
    )


def state_of(model):
    """All that training changes: weights, and the optimizers' variables."""
    state = list(model.weights)
    for optimizer in model.all_optimizers():
        state += optimizer.variables
    return state
