"""What the training steps of GANs and distillers share."""

import keras
import tensorflow as tf
from keras import ops

from kdgan_tf.runtime.errors import InputError


def default_optimizer(learning_rate=1e-3):
    """Adam as DCGAN uses it: beta1 = 0.5."""
    return keras.optimizers.Adam(learning_rate, beta_1=0.5)


def ready_optimizer(optimizer, network, policy):
    """An optimizer for the weights of one network, built.

    Under the policy "mixed_float16" it scales its loss, as Keras arranges for
    the one optimizer that it knows of. Small gradients would become zero in 16
    bits; where they overflow instead, the step is left out.

    Args:
        optimizer: Anything that `keras.optimizers.get` takes, or `None` for
            the default.
        network: The `keras.Model` whose trainable weights it changes.
        policy: The `keras.DTypePolicy` of the training.
    """
    scaling = keras.optimizers.LossScaleOptimizer
    optimizer = keras.optimizers.get(optimizer or default_optimizer())
    if policy.name == "mixed_float16" and not isinstance(optimizer, scaling):
        optimizer = scaling(optimizer)
    optimizer.build(network.trainable_variables)
    return optimizer


def images_of_all_replicas(images):
    """How many images this step has on all replicas together, a scalar.

    `None` on a single replica, which has them all.
    """
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return None
    return tf.distribute.get_replica_context().all_reduce(
        tf.distribute.ReduceOp.SUM, ops.cast(ops.shape(images)[0], "float32")
    )


def check_optimizers(optimizers):
    """Raise InputError if one optimizer is given for several networks, or if
    one averages weights: at the end of `fit` Keras gives the averages of one
    network to all that can be trained.

    Args:
        optimizers: Dict of optimizers, or `None`, by the name of the network.
    """
    seen = {}
    for name, optimizer in optimizers.items():
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            continue
        if optimizer.use_ema:
            raise InputError(
                "Expected optimizers without use_ema, which Keras supports for "
                f"a single network. Received one for {name}: average its "
                "weights in a callback instead."
            )
        if id(optimizer) in seen:
            raise InputError(
                "Expected an optimizer for each network, since it keeps the "
                f"state of one. Received the same for {seen[id(optimizer)]} "
                f"and {name}: make two."
            )
        seen[id(optimizer)] = name


def replica_mean(per_image, count=None):
    """Mean over the global batch of per-image losses (n,), as this replica's
    share: gradients are summed over replicas, which may have unequal parts.

    Args:
        per_image: Losses (n,) of this replica's images.
        count: `images_of_all_replicas`; by default as many on each.
    """
    if count is None:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return ops.mean(per_image) / replicas
    return ops.sum(per_image) / count


def minimise(tape, loss, optimizer, variables):
    """One optimizer step on `variables` only; `loss` is already scaled."""
    if not variables:
        return  # frozen
    pairs = [
        (gradient, variable)
        for gradient, variable in zip(
            tape.gradient(loss, variables), variables, strict=True
        )
        # A head that no loss of this phase is about has none.
        if gradient is not None
    ]
    if not pairs:
        return
    gradients, variables = zip(*pairs, strict=True)
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        gradients = _finite_everywhere_or_nowhere(gradients)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


def _finite_everywhere_or_nowhere(gradients):
    """Let every replica see that one of them has an overflow.

    Keras looks at one replica's gradients when it decides whether to leave
    out a step (under several workers, each at its own).
    """
    finite = ops.stack([ops.all(ops.isfinite(part)) for part in gradients])
    zero_or_nan = ops.where(ops.all(finite), 0.0, float("nan"))
    zero_or_nan = tf.distribute.get_replica_context().all_reduce(
        tf.distribute.ReduceOp.SUM, zero_or_nan
    )
    return [part + zero_or_nan for part in gradients]


class LossTrackers:
    """Running means of named losses, in the order of their names.

    Args:
        names: One name a loss, as it shows in `History` and the logs.
    """

    def __init__(self, *names):
        self.metrics = [keras.metrics.Mean(name=name) for name in names]

    def update(self, losses, counted=None):
        """Take in a dict of per-image losses (n,) by name.

        Args:
            losses: The dict.
            counted: Which of the images count, (n,) bool; by default all.
        """
        for metric in self.metrics:
            metric.update_state(losses[metric.name], counted)

    def results(self):
        """Dict of means by name.

        Scalars, but of shape (1,) under several workers: there Keras takes
        the mean over a step's results along their first axis.
        """
        several_workers = isinstance(
            tf.distribute.get_strategy(),
            tf.distribute.MultiWorkerMirroredStrategy,
        )
        shape = (1,) if several_workers else ()
        return {
            metric.name: ops.reshape(metric.result(), shape)
            for metric in self.metrics
        }
