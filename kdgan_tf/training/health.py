"""Checks that training is still of use: a GAN can fail without a crash."""

import math

import keras
import numpy as np

from kdgan_tf.runtime.errors import InputError

FEWEST_STEPS = 1000
_COLLAPSED = 1e-12
_CONSTANT = 1e-6
_LOOKED_AT = 64


class HealthCheck(keras.callbacks.Callback):
    """Ends a training that has failed, before the epoch is kept.

    It has failed where a loss is not finite, and where a discriminator has
    collapsed: its loss, the sum of two cross-entropies, is below 1e-12. Then
    it is certain of every image by 27 in the logit or more, and its gradient
    is lost in the rounding of its weights. Healthy runs of the presets stay
    above 1e-4.

    Put it before an `EpochCheckpoint` in the list of callbacks.

    Args:
        advice: Sentence for the error that says where the last good state is.
    """

    def __init__(self, advice):
        super().__init__()
        self.advice = advice

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        broken = [name for name in logs if not math.isfinite(logs[name])]
        if broken:
            self._fail(
                f"finite losses, but {', '.join(broken)} became NaN or "
                "infinite",
                epoch,
            )
        collapsed = [
            name
            for name in logs
            if name.endswith("discriminator_loss") and logs[name] < _COLLAPSED
        ]
        if collapsed:
            self._fail(
                "a discriminator that can still learn, but "
                f"{', '.join(collapsed)} fell to {logs[collapsed[0]]:.3g}: it "
                "has collapsed",
                epoch,
            )

    def _fail(self, what, epoch):
        raise InputError(
            f"Expected {what} in epoch {epoch + 1}. {self.advice} Lower the "
            "learning rate and use a new output folder."
        )


def few_steps(steps):
    """A sentence about a training of so few steps; none about enough."""
    if steps >= FEWEST_STEPS:
        return ""
    return (
        f"With {steps:,} steps it has hardly been trained: raise the epochs "
        f"first, {FEWEST_STEPS:,} steps are the least."
    )


def require_useful(model, images, epoch, advice):
    """Raise InputError if a trained GAN does not tell images apart.

    That is so where it draws one and the same picture (to 1e-6, pixels in
    [-1, 1]) whatever image it is given, or gives all images one score. Images
    that are equal themselves prove nothing.

    Args:
        model: A trained `EDEGAN`.
        images: Normal images (n, side, side, c), pixels in [0, 255].
        epoch: The last one of the training, from 1.
        advice: As for `HealthCheck`.
    """
    images = np.asarray(images[:_LOOKED_AT])
    if len(images) < 2 or not np.ptp(images, axis=0).any():
        return
    outputs = model.predict(images, verbose=0)
    drawn, scores = outputs["reconstruction"], outputs["score"]
    if np.ptp(drawn, axis=0).max() <= _CONSTANT:
        what = "the same picture"
    elif not np.ptp(scores):
        what = f"the same score, {scores[0]:.3g},"
    else:
        return
    raise InputError(
        "Expected a model that tells images apart, but after epoch "
        f"{epoch} it gives {what} for all of {len(images)} normal images: it "
        f"has collapsed. {advice} Change the learning rate or the networks and "
        "use a new output folder."
    )
