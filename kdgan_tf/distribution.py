"""Which devices a training runs on: a tf.distribute strategy from a name."""

import tensorflow as tf

from kdgan_tf.errors import InputError

STRATEGIES = ("default", "one_device", "mirrored")


def strategy(name="default"):
    """The strategy of that name, to create and compile models under.

    The batch size is always that of all replicas together, and a step's
    result does not depend on how many there are.

    Args:
        name: "default" leaves placement to TensorFlow; "one_device" uses the
            first GPU, else the CPU; "mirrored" keeps a replica on every GPU
            (or on every logical CPU where there is no GPU).

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        InputError: There is none of that name.
    """
    if name == "default":
        return tf.distribute.get_strategy()
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    if name == "one_device":
        return tf.distribute.OneDeviceStrategy(devices[0])
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(devices)
    raise InputError(
        f"Expected a strategy among {', '.join(STRATEGIES)}. Received: {name}."
    )
