"""LiteRT, the runtime of `.tflite` files: load one, run it over images."""

import threading
from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.quiet import quiet_stderr


class Runner:
    """Runs an interpreter over images, one at a time.

    Several threads may call it: one image waits for the other.

    Args:
        interpreter: A LiteRT interpreter.
        tensor: The `ModelInput` of its model.
        signature: Which signature to run; its output has the same name.
    """

    def __init__(self, interpreter, tensor, signature="score"):
        self._run = interpreter.get_signature_runner(signature)
        self._output = signature
        self._tensor = tensor
        self._lock = threading.Lock()

    def __call__(self, images):
        """Scores (n,), float32, of images (n, side, side, c) in [0, 255]."""
        scores = [self.output(image).item() for image in images]
        return np.array(scores, np.float32)

    def output(self, image):
        """What the model gives for an image (side, side, c), an array.

        Raises:
            InputError: LiteRT cannot run the model.
        """
        values = {self._tensor.name: self._tensor.quantize(image)[np.newaxis]}
        try:
            # An interpreter has one input, which the next thread would fill.
            with self._lock:
                return self._run(**values)[self._output]
        except (ValueError, RuntimeError, KeyError) as error:
            raise InputError(
                "Expected a model that LiteRT can run, but: "
                f"{' '.join(str(error).split())[:160]}. Convert the student "
                "again."
            ) from error


def read_model(path):
    """Bytes of a model file.

    Raises:
        InputError: There is no such file.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"Expected a .tflite file at {path}, but: {error.strerror}. Check "
            "the path."
        ) from error


def load_interpreter(
    data,
    path,
    num_threads=1,
    reference_kernels=False,
    delegate=None,
    signature="score",
):
    """A LiteRT interpreter for the bytes of a model.

    Args:
        data: The bytes.
        path: Where they come from, for errors.
        num_threads: Threads to use.
        reference_kernels: Use the plain kernels of microcontrollers.
        delegate: Whether to use XNNPACK; by default where it takes the model.
        signature: Name of the signature that the model must have.

    Raises:
        InputError: LiteRT is not installed, or the bytes are no model with
            that signature.
    """
    try:
        from ai_edge_litert import interpreter as litert
    except ModuleNotFoundError as error:
        raise InputError(
            "Expected LiteRT to run a .tflite file, but it is not installed. "
            "Run: pip install ai-edge-litert"
        ) from error
    if delegate is None and not reference_kernels:
        # It may end the process where it refuses a model.
        delegate = read_model_file(data, path, signature).fast_kernels
    kernels = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    if reference_kernels:
        kernels = litert.OpResolverType.BUILTIN_REF
    elif delegate:
        kernels = litert.OpResolverType.AUTO
    try:
        with quiet_stderr():
            interpreter = litert.Interpreter(
                model_content=data,
                num_threads=num_threads,
                experimental_op_resolver_type=kernels,
            )
            interpreter.allocate_tensors()
        if signature not in interpreter.get_signature_list():
            raise ValueError(f"it has no signature named {signature}")
    except (ValueError, RuntimeError) as error:
        raise InputError(
            f"Expected a TFLite anomaly model in {path}, but: "
            f"{' '.join(str(error).split())[:160]}. Convert the student again."
        ) from error
    return interpreter
