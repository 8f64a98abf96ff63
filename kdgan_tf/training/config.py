"""Schedule of one training phase, as an immutable value."""

import dataclasses

from kdgan_tf.runtime.errors import require


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """Schedule of one training phase.

    Args:
        epochs: Passes over the training images; 0 leaves the phase out.
        learning_rate: Adam's first step size; it falls to 1 % along a cosine.
        batch_size: Images a step, over all replicas.
        steps_per_execution: Steps between two returns to Python, at most; an
            epoch has a whole number of them. Changes no weight.
    """

    epochs: int = 6
    learning_rate: float = 1e-3
    batch_size: int = 16
    steps_per_execution: int = 1

    def __post_init__(self):
        require(self.epochs >= 0, "epochs >= 0", self.epochs)
        require(self.learning_rate > 0, "learning_rate > 0", self.learning_rate)
        require(self.batch_size >= 1, "batch_size >= 1", self.batch_size)
        require(
            self.steps_per_execution >= 1,
            "steps_per_execution >= 1",
            self.steps_per_execution,
        )

    def steps(self, images):
        """Steps in all, with so many training images."""
        return self.epochs * (images // min(self.batch_size, images))
