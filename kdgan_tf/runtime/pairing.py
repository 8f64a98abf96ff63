"""That a sidecar and the files that it describes belong together."""

import dataclasses
import hashlib

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.interpreter import Runner, load_interpreter, read_model
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.sidecar import MAP_SIGNATURE, Sidecar


def require_described(described, sidecar, path):
    """Raise InputError unless a file has the input that its sidecar says.

    Args:
        described: The `ModelFile`.
        sidecar: The `Sidecar`.
        path: Where the file is from.
    """
    tensor = sidecar.input
    found = described.inputs.get(tensor.name)
    if found is None:
        name, received = "name", next(iter(described.inputs), None)
    else:
        pairs = {
            "shape": found.shape,
            "dtype": found.dtype,
            "scale": found.scales[0] if found.scales else 0.0,
            "zero_point": found.zero_points[0] if found.zero_points else 0,
        }
        differing = [
            part for part in pairs if pairs[part] != getattr(tensor, part)
        ]
        if not differing:
            return
        name, received = differing[0], pairs[differing[0]]
    raise InputError(
        f"Expected a model whose input has {name} {getattr(tensor, name)} as "
        f"its sidecar says, found {received!r} in {path}. Put the pair "
        "together again or convert the model anew."
    )


def load_map(model_path, sidecar, num_threads=1):
    """A `Runner` of the file for anomaly maps beside a model.

    Args:
        model_path: The `.tflite` file for scores.
        sidecar: Its `Sidecar`.
        num_threads: Threads that LiteRT may use.

    Raises:
        InputError: There is no such file, or it is another.
    """
    described = sidecar.anomaly_map
    if described is None:
        raise InputError(
            f"Expected a model with anomaly maps in {model_path}, but its "
            "sidecar names none. Convert the student again."
        )
    path = Sidecar.map_path_for(model_path)
    data = read_model(path)
    if hashlib.sha256(data).hexdigest() != described.model_sha256:
        raise InputError(
            f"Expected the file for anomaly maps that the sidecar of "
            f"{model_path} describes, but {path} is another or damaged. "
            "Put the files together again or convert the student anew."
        )
    tensor = dataclasses.replace(sidecar.input, dtype="float32")
    found = read_model_file(data, path, MAP_SIGNATURE)
    shapes = [
        part and part.shape
        for part in (
            found.inputs.get(tensor.name),
            found.outputs.get(MAP_SIGNATURE),
        )
    ]
    wanted = [tensor.shape, tensor.shape[:3]]
    if shapes != wanted:
        raise InputError(
            f"Expected a map of shape {wanted[1]} from {path}, found other "
            "shapes. Convert the student again."
        )
    interpreter = load_interpreter(
        data, path, num_threads, signature=MAP_SIGNATURE
    )
    return Runner(interpreter, tensor, MAP_SIGNATURE)
