"""Schedule of one training phase, as an immutable value."""

import dataclasses

from kdgan_tf.runtime.errors import (
    in_python,
    require,
    require_integer,
    require_number,
)

_LEAST_STEPS = 100


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """Schedule of one training phase.

    Args:
        epochs: Passes over the training images; 0 leaves the phase out.
        learning_rate: Adam's first step size; it falls to 1 % along a cosine.
        batch_size: Images a step, over all replicas.
        steps_per_execution: Steps between two returns to Python, at most; an
            epoch has a whole number of them. Changes no weight.
        steps: Training steps instead of epochs, however few images there are;
            0 leaves the phase out.
    """

    epochs: int = 6
    learning_rate: float = 1e-3
    batch_size: int = 16
    steps_per_execution: int = 1
    steps: int | None = None

    def __post_init__(self):
        in_python(self)
        require_integer("epochs", self.epochs)
        require_number("learning_rate", self.learning_rate)
        if self.steps is not None:
            require_integer("steps", self.steps)
        require(self.learning_rate > 0, "learning_rate > 0", self.learning_rate)
        require_integer("batch_size", self.batch_size, 1)
        require_integer("steps_per_execution", self.steps_per_execution, 1)

    @property
    def left_out(self):
        """Whether there is nothing to do in this phase."""
        return not (self.epochs if self.steps is None else self.steps)

    def schedule(self, images):
        """(epochs, steps an epoch) with so many training images.

        Where steps are given, an epoch is at least a hundred of them: it ends
        with a checkpoint, and few images are soon passed.
        """
        once = images // min(self.batch_size, images)
        if self.steps is None:
            return self.epochs, once
        epochs = max(1, round(self.steps / max(once, _LEAST_STEPS)))
        return (epochs, -(-self.steps // epochs)) if self.steps else (0, once)

    def longer(self, other, images):
        """This schedule, longer by that of another phase, in its own unit.

        Args:
            other: Another `PhaseConfig`. Where that has steps and this one
                epochs, they become whole epochs, rounded up.
            images: Number of training images.
        """
        if self.steps is not None:
            steps = self.steps + other.total_steps(images)
            return dataclasses.replace(self, steps=steps)
        more = other.epochs
        if other.steps is not None:
            _, once = self.schedule(images)
            more = -(-other.steps // once)
        return dataclasses.replace(self, epochs=self.epochs + more)

    def total_steps(self, images):
        """Steps in all, with so many training images."""
        epochs, steps = self.schedule(images)
        return epochs * steps
