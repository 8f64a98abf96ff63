"""Learning-rate callbacks move every optimizer, not the first alone."""

import keras


class FollowLearningRate(keras.callbacks.Callback):
    """Changes the other optimizers' rates by the factor of the first's.

    Keras's `LearningRateScheduler` and `ReduceLROnPlateau` know of
    `model.optimizer` only. Where that one's rate changes within a `fit`, those
    of `model.all_optimizers()` keep their ratio to it. A rate that follows a
    schedule of its own is left to it.
    """

    def on_train_begin(self, logs=None):
        self._rate = _constant_rate(self.model.optimizer)

    def on_epoch_begin(self, epoch, logs=None):
        self._follow()

    def on_epoch_end(self, epoch, logs=None):
        self._follow()

    def _follow(self):
        before = self._rate
        self._rate = now = _constant_rate(self.model.optimizer)
        if not before or not now or now == before:
            return
        for optimizer in self.model.all_optimizers():
            rate = _constant_rate(optimizer)
            if rate is not None and optimizer is not self.model.optimizer:
                optimizer.learning_rate = rate * now / before

    @classmethod
    def after_each(cls, callbacks):
        """The callbacks, each followed by one that brings the others along.

        So a callback that saves sees all rates as they are to be.
        """
        follow = cls()
        return [part for one in callbacks for part in (one, follow)]


def _constant_rate(optimizer):
    """Its rate as a number, or `None` where it follows a schedule."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rate = inner.get_config()["learning_rate"]
    return rate if isinstance(rate, float) else None
