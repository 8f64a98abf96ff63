"""Size and cost of a generator: parameters and multiply-accumulates."""

import math

import keras


def parameters(gan):
    """Parameters of the generator: what inference needs."""
    return gan.generator.count_params()


def multiply_accumulates(gan):
    """Multiply-accumulates of one image through E1, D and E2.

    Counted over convolutions, transposed convolutions and dense layers, as is
    usual; normalisation, activations and the score are a small remainder.
    """
    generator = gan.generator
    return sum(
        network_macs(network)
        for network in (
            generator.encoder,
            generator.decoder,
            generator.reconstruction_encoder,
        )
    )


def network_macs(network):
    """Multiply-accumulates of one pass through a stack of layers."""
    return sum(
        network_macs(layer) if hasattr(layer, "layers") else _layer_macs(layer)
        for layer in getattr(network, "layers", [network])
    )


def _layer_macs(layer):
    # Conv2DTranspose is a sub-class of a different base than Conv2D.
    if isinstance(layer, keras.layers.Conv2DTranspose):
        positions = layer.input.shape[1:3]
    elif isinstance(layer, keras.layers.Conv2D):
        positions = layer.output.shape[1:3]
    elif isinstance(layer, keras.layers.Dense):
        positions = ()
    else:
        return 0
    return math.prod(positions) * math.prod(layer.kernel.shape)


def compression(teacher, student):
    """How many times larger the teacher is, by "macs" and "parameters"."""
    return {
        "macs": multiply_accumulates(teacher) / multiply_accumulates(student),
        "parameters": parameters(teacher) / parameters(student),
    }
