"""Networks of the user's own in place of those that a config describes."""

import keras
import numpy as np

from kdgan_tf.runtime.errors import InputError

NETWORKS = ("encoder", "decoder", "reconstruction_encoder", "discriminator")


def checked(name, network, input_shape, output_shape):
    """The network, built, if it maps one shape to the other.

    Args:
        name: Its role, for the message.
        network: A `keras.Model` or layer.
        input_shape: Without the batch axis.
        output_shape: The same; entries may be `None`, for any size.

    Raises:
        InputError: It does not.
    """
    expected = (
        f"an own {name} from (n, {_words(input_shape)}) to "
        f"(n, {_words(output_shape)})"
    )
    if not isinstance(network, keras.layers.Layer):
        raise InputError(
            f"Expected {expected}, a keras.Model. Received: "
            f"{type(network).__name__}."
        )
    try:
        found = network(np.zeros((2, *input_shape), np.float32))
    except Exception as error:  # layers raise many kinds for a wrong shape
        raise InputError(
            f"Expected {expected}. It does not take that input: "
            f"{' '.join(str(error).split())[:160]}"
        ) from error
    shape = tuple(getattr(found, "shape", ()))[1:]
    if len(shape) != len(output_shape) or any(
        wanted not in (None, size)
        for size, wanted in zip(shape, output_shape, strict=True)
    ):
        raise InputError(
            f"Expected {expected}. Its output has the shape "
            f"(n, {_words(shape)})."
        )
    return network


def twin(encoder):
    """A second encoder like the first, with weights of its own."""
    try:
        return keras.models.clone_model(encoder)
    except ValueError as error:
        raise InputError(
            "Expected a reconstruction_encoder beside an encoder that is "
            "neither Sequential nor functional: Keras cannot copy it."
        ) from error


def with_features(discriminator, image_shape):
    """A discriminator with two outputs, features and logits (n, 1).

    Args:
        discriminator: Sequential or functional with one output, the logits:
            what enters its last layer are the features. Or any model with
            both outputs.
        image_shape: (side, side, channels) of the images.

    Raises:
        InputError: It has other outputs.
    """
    found = discriminator(np.zeros((2, *image_shape), np.float32))
    if isinstance(found, list | tuple) and len(found) == 2:
        shape = tuple(found[1].shape)
        model = discriminator
    else:
        shape = tuple(getattr(found, "shape", ()))
        model = _opened(discriminator)
    if shape != (2, 1):
        raise InputError(
            "Expected an own discriminator that gives logits (n, 1), or "
            f"features and logits. Its logits have the shape {shape}."
        )
    return model


def serialized(networks):
    """Own networks by name, as Keras saves them."""
    return {
        name: keras.saving.serialize_keras_object(network)
        for name, network in networks.items()
    }


def deserialized(config):
    """A config, with the networks that `serialized` wrote into it."""
    return {
        name: keras.saving.deserialize_keras_object(value)
        if name in NETWORKS
        else value
        for name, value in config.items()
    }


def frozen_in(model):
    """Places of the layers in a model that are frozen.

    A place is a list of indices among `layers`, from the top down: own
    networks may have the same name. Of a layer whose parts are frozen with it
    there is its own place alone.
    """
    found = []
    for index, layer in enumerate(getattr(model, "layers", ())):
        if layer.trainable:
            found += [[index, *place] for place in frozen_in(layer)]
        else:
            found.append([index])
    return found


def freeze(model, places):
    """Freeze the layers that `frozen_in` has found."""
    for place in places:
        layer = model
        for index in place:
            layer = layer.layers[index]
        layer.trainable = False


def _opened(discriminator):
    if not isinstance(discriminator, keras.Sequential | keras.Model) or not (
        getattr(discriminator, "inputs", None)
    ):
        raise InputError(
            "Expected an own discriminator that is Sequential or functional, "
            "or gives both features and logits, for the feature-matching loss. "
            f"Received: {type(discriminator).__name__}."
        )
    last = discriminator.layers[-1]
    activation = getattr(last, "activation", None)
    if activation not in (None, keras.activations.linear):
        raise InputError(
            "Expected an own discriminator that ends in logits. Its last layer "
            f"has the activation {activation.__name__}: leave it out."
        )
    return keras.Model(
        discriminator.inputs, [last.input, discriminator.outputs[0]]
    )


def _words(shape):
    return ", ".join("any" if size is None else str(size) for size in shape)
