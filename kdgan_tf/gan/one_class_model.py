"""What GANs and distillers have in common as Keras models."""

import types

import keras
import numpy as np
from keras import ops

from kdgan_tf.gan import inputs, shares
from kdgan_tf.gan.learning_rate import FollowLearningRate
from kdgan_tf.gan.metrics import AUROC, anomalous
from kdgan_tf.gan.optimization import default_optimizer
from kdgan_tf.runtime.errors import InputError, require


class OneClassModel(keras.Model):
    """A model that is fitted to normal images and evaluated with labels.

    What Keras would let in and ignore is refused: weights of samples or
    classes, losses, labels to train on, images of another shape or range.
    A sub-class has `scored`, `all_optimizers`, `further_optimizers` and
    `trackers`.
    """

    # In what Keras does not look into: it is `evaluate` that feeds AUROC.
    _named = types.SimpleNamespace(metrics=())

    def scored(self):
        """The `EDEGAN` whose scores `evaluate` is about.

        No property: Keras, as it saves, would take it for another part.
        """
        raise NotImplementedError

    def further_optimizers(self):
        """What `compile` was given beside `optimizer`, by argument."""
        raise NotImplementedError

    @property
    def metrics(self):
        return self.trackers.metrics

    @property
    def _replicas(self):
        return self.distribute_strategy.num_replicas_in_sync

    def build(self, input_shape):
        """Nothing is left to build; Keras notes the shape."""

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """As `keras.Model.export`: pixels to what `call` gives."""
        # Keras exports what was called once.
        self(np.zeros((1, *self.scored().config.image_shape), np.float32))
        super().export(filepath, format, **kwargs)

    def get_ready(self, x):
        """What there is to do before `fit` trains on `x`."""

    def set_optimizer(self, optimizer, metrics, **kwargs):
        """`keras.Model.compile`, for the optimizer of the first network."""
        for name in ("loss", "loss_weights", "weighted_metrics"):
            if kwargs.get(name) is not None:
                raise InputError(
                    f"Expected no {name} in compile: the losses are given by "
                    f"the config. Received: {kwargs[name]!r}."
                )
        self._named = types.SimpleNamespace(
            metrics=[_metric(one) for one in metrics or ()]
        )
        super().compile(optimizer=optimizer or default_optimizer(), **kwargs)
        self._can_be_trained = _identities(self.trainable_variables)
        self._traced_for = self._can_be_trained

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            **super().get_compile_config(),
            "metrics": [
                keras.saving.serialize_keras_object(metric)
                for metric in self._named.metrics
            ],
            **{
                name: keras.saving.serialize_keras_object(value)
                for name, value in self.further_optimizers().items()
            },
        }

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def require_targets(self, y):
        """Raise InputError unless this may be the `y` of `fit`."""
        if y is not None:
            raise InputError(
                "Expected normal images alone to train on. Received labels or "
                "targets (y) as well. Leave out anomalies, and y."
            )

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        *,
        validation_data=None,
        class_weight=None,
        sample_weight=None,
        **kwargs,
    ):
        """As `keras.Model.fit`, on normal images.

        Args:
            x: Normal images alone, pixels in [0, 255]: an array, a
                `tf.data.Dataset` of batches or what else Keras takes.
            y: Nothing; in step 1 also what `targets` gave.
            batch_size: As for any model.
            epochs: As for any model.
            verbose: As for any model.
            callbacks: As for any model. Those that change the learning rate
                change those of all optimizers, once an epoch.
            validation_data: As for `evaluate`: images, or (images, labels).
            class_weight: Refused, as is `sample_weight`: all count alike.
            sample_weight: See there.
            **kwargs: The rest of what `keras.Model.fit` takes.

        Raises:
            InputError: Something of that cannot be used.
        """
        _refuse_weights(x, class_weight, sample_weight)
        self._require_normal(x, y)
        if kwargs.get("validation_split") and self._named.metrics:
            raise InputError(
                "Expected validation_data with labels to compute an AUROC, 1 "
                "for anomalies. Received a validation_split, which has normal "
                "images alone."
            )
        if validation_data is not None:
            parts = keras.utils.unpack_x_y_sample_weight(validation_data)
            self._require_labelled(*parts)
            size = kwargs.get("validation_batch_size") or batch_size
            shares.checked(parts[0], size, self._replicas)
        self.get_ready(x)
        x = shares.checked(x, batch_size, self._replicas)
        self._heed_frozen()
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            given = keras.tree.flatten(callbacks)
            callbacks = FollowLearningRate.after_each(filter(None, given))
        with shares.said(self._replicas):
            return super().fit(
                x,
                y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_data=validation_data,
                **kwargs,
            )

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """As `keras.Model.evaluate`: losses, and the metrics of compile.

        Args:
            x: Images, as for `fit`, or a data set of (images, labels).
            y: Labels (n,), 1 for anomalies, which then count in no loss;
                without labels all images are normal.
            batch_size: As for any model.
            verbose: As for any model.
            sample_weight: Refused.
            steps: As for any model.
            callbacks: As for any model.
            return_dict: As for any model.
            **kwargs: Keras's own.

        Returns:
            Losses and metrics, a list in the order of their names in `fit`,
            or a dict.

        Raises:
            InputError: Something of that cannot be used.
        """
        if not kwargs:  # `fit` has looked at its validation data
            self._require_labelled(x, y, sample_weight)
        with shares.said(self._replicas):
            logs = super().evaluate(
                shares.checked(x, batch_size, self._replicas),
                y,
                batch_size=batch_size,
                verbose=verbose,
                steps=steps,
                callbacks=callbacks,
                return_dict=True,
                **kwargs,
            )
        logs = {name: logs[name] for name in self.metrics_names}
        for metric in self._named.metrics:
            metric.reset_state()
            size = batch_size or (32 if steps else 256)  # 32 is Keras's
            self.scored().update_metric(metric, x, y, size, steps)
            logs[metric.name] = metric.result()
        return logs if return_dict else list(logs.values())

    def predict(self, x, **kwargs):
        """As `keras.Model.predict`: what `call` gives, for many images.

        Args:
            x: Images, as for `fit`.
            **kwargs: The rest of what `keras.Model.predict` takes.

        Raises:
            InputError: They are not of the config's shape or range.
        """
        inputs.require_source(x, self.scored().config.image_shape)
        return super().predict(x, **kwargs)

    def images_in(self, data):
        """Images, and `y`, of one batch in a step; their shape is checked."""
        images, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        require(weights is None, "no sample weights", "some")
        inputs.require_batch(images, self.scored().config.image_shape)
        return images, y

    def normal_in(self, labels):
        """Which images of a batch are normal, (n,) bool; `None` for all."""
        if labels is None:
            return None
        return ops.equal(ops.reshape(labels, (-1,)), 0)

    def _require_normal(self, x, y):
        if y is None and inputs.given_in(x, 1):
            y = inputs.part_of(x.element_spec, 1)
        self.require_targets(y)
        inputs.require_source(x, self.scored().config.image_shape)

    def _require_labelled(self, x, y=None, sample_weight=None):
        _refuse_weights(x, None, sample_weight)
        inputs.require_source(x, self.scored().config.image_shape)
        labelled = y is not None or inputs.given_in(x, 1)
        if self._named.metrics and not labelled:
            raise InputError(
                "Expected labels beside the images, 1 for anomalies, to "
                "compute an AUROC. Received images alone."
            )
        if inputs.is_array(y):
            labels = anomalous(y)
            require(
                len(labels) == len(x) and not labels.all(),
                f"{len(x)} labels, with normal images among them",
                f"{len(labels)}, {labels.sum()} of them anomalies",
            )

    def _heed_frozen(self):
        """Let `trainable`, changed since compile, have its effect."""
        if not self.compiled:
            return  # Keras says so
        trained = _identities(self.trainable_variables)
        if not trained <= self._can_be_trained:
            raise InputError(
                "Expected networks that were trainable when the model was "
                "compiled. Some were frozen then: compile it again."
            )
        if trained != self._traced_for:
            self.make_train_function(force=True)
            self._traced_for = trained


def _metric(given):
    if given == "auroc":
        return AUROC()
    if isinstance(given, AUROC):
        return given
    if isinstance(given, dict):  # of a saved model
        return keras.saving.deserialize_keras_object(given)
    raise InputError(
        'Expected metrics among "auroc" and kdgan_tf.AUROC(). '
        f"Received: {given!r}."
    )


def _refuse_weights(x, class_weight, sample_weight):
    if (
        class_weight is not None
        or sample_weight is not None
        or inputs.given_in(x, 2)
    ):
        raise InputError(
            "Expected no class_weight and no sample_weight: all normal images "
            "count alike. Received some. Leave them out."
        )


def _identities(variables):
    return frozenset(id(variable) for variable in variables)
