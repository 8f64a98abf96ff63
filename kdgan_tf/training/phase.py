"""Training of one phase: compile, go on from a checkpoint, fit."""

import importlib.util

import keras

from kdgan_tf.distillation import FrozenTeacherDistiller
from kdgan_tf.gan.edegan import EDEGAN
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.health import HealthCheck
from kdgan_tf.training.progress import PhaseProgress
from kdgan_tf.training.schedule import scheduled_optimizer, state_of


def train_phase(
    model,
    images,
    phase,
    *,
    workers,
    checkpoint=None,
    seed=0,
    jit_compile="auto",
    verbose="auto",
    title="training",
    tensorboard=None,
):
    """Train a model from where it stopped to the last epoch.

    Every process of `workers` calls this; weights, optimizers and position in
    the data come from the chief.

    Args:
        model: An `EDEGAN` or a distiller, made in the strategy's scope.
        images: Normal training images (n, side, side, c), uint8.
        phase: A `PhaseConfig`.
        workers: `distribution.Workers`.
        checkpoint: The chief's `EpochCheckpoint`; `None` in other processes.
        seed: Of the order of images.
        jit_compile: As in `keras.Model.compile`.
        verbose: "auto" shows a line, see `PhaseProgress`; numbers are as in
            `keras.Model.fit`.
        title: What the line begins with.
        tensorboard: Folder for TensorBoard's event files; by default none.

    Raises:
        InputError: The training failed (see `HealthCheck`), the disk is full,
            or replicas cannot share a batch.
    """
    batch = min(phase.batch_size, len(images))
    epochs, steps = phase.schedule(len(images))
    with workers.strategy.scope():
        _compile(model, phase, (epochs, steps), jit_compile, workers)
    # Not in the scope: there Keras, reading weights, makes a variable, and
    # waits for the other workers to make it as well.
    first = checkpoint.restore(model) if checkpoint else 0
    with workers.strategy.scope():
        first = workers.from_chief(first)
        workers.copy_from_chief(state_of(model))
    callbacks = [HealthCheck(advice(checkpoint))]
    if checkpoint:
        callbacks.append(checkpoint)
        if verbose == "auto":
            callbacks.append(PhaseProgress(title))
        if tensorboard:
            callbacks.append(_tensorboard(tensorboard))
    if first < epochs:
        model.fit(
            workers.batches(
                _with_targets(model, images, epochs, workers),
                batch,
                seed,
                first * steps,
            ),
            initial_epoch=first,
            epochs=epochs,
            steps_per_epoch=steps,
            callbacks=callbacks,
            shuffle=False,
            verbose=verbose if checkpoint and verbose != "auto" else 0,
        )


def _with_targets(model, images, epochs, workers):
    """What a phase trains on: images, and perhaps the teacher's answers."""
    if (
        isinstance(model, FrozenTeacherDistiller)
        and model.targets_pay(images, epochs)
        # Keras cannot share batches of more than images among replicas.
        and workers.strategy.num_replicas_in_sync == 1
    ):
        return images, model.targets(images)
    return images


def require_tensorboard():
    """Raise InputError where the package is missing; TensorFlow lacks it."""
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            "Expected the package tensorboard, found none. Install it (pip "
            "install tensorboard) or leave out --tensorboard."
        )


def _tensorboard(folder):
    require_tensorboard()
    return keras.callbacks.TensorBoard(folder, write_graph=False)


def advice(checkpoint):
    """Where the last good state is, as a sentence for an error."""
    if checkpoint is None:
        return "The chief keeps the last good checkpoint."
    return f"The last good checkpoint, if any, is in {checkpoint.folder}."


def _compile(model, phase, schedule, jit_compile, workers):
    """One cosine schedule for every optimizer that the model has."""
    epochs, steps = schedule

    def optimizer():
        return scheduled_optimizer(phase, epochs * steps)

    if isinstance(model, EDEGAN):
        others = {"discriminator_optimizer": optimizer()}
    else:
        others = {
            "optimizers": {
                name: optimizer()
                for name in model.trained_networks()
                if name != "student"
            }
        }
    model.compile(
        optimizer(),
        jit_compile=jit_compile,
        steps_per_execution=_steps_at_once(phase, steps, workers),
        **others,
    )


def _steps_at_once(phase, steps, workers):
    """The most steps a call that an epoch has a whole number of calls of."""
    wanted = phase.steps_per_execution
    if wanted > 1 and workers.strategy.num_replicas_in_sync > 1:
        raise InputError(
            "Expected steps_per_execution 1 with several replicas, where Keras "
            f"cannot do several steps in one call. Received: {wanted}."
        )
    return max(
        size for size in range(1, min(wanted, steps) + 1) if steps % size == 0
    )
