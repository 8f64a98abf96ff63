"""Score images with a `.tflite` file; needs numpy, pillow and LiteRT only."""

import math
from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.quiet import quiet_stderr
from kdgan_tf.runtime.sidecar import Sidecar

# XNNPACK takes models of which the `steepest` layer is below this.
STEEPEST = 256
# Those that multiply with a kernel.
_LAYERS = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"}


class Scorer:
    """Scores and judges images with a converted student and its sidecar.

    Args:
        path: The `.tflite` file; its sidecar lies beside it as `.json`.
        sidecar: A `Sidecar` to use instead of the file beside the model.
        num_threads: Threads that LiteRT may use.
        reference_kernels: Use the plain kernels that microcontrollers use
            instead of the fast ones.

    Raises:
        InputError: The file is missing or no model, the sidecar is missing,
            damaged or of another model.

    Example:

        scorer = kdgan_tf.deploy.Scorer("student.tflite")
        scores = scorer.score(images)    # uint8 (n, side, side, c) -> (n,)
        anomalous = scorer.decide(scores)
        scorer.score_files(["a.png", "b.png"])
    """

    def __init__(
        self, path, sidecar=None, num_threads=1, reference_kernels=False
    ):
        path = Path(path)
        data = read_model(path)
        self.sidecar = sidecar or Sidecar.read(Sidecar.path_for(path))
        self.sidecar.check_model(data, path)
        interpreter = load_interpreter(
            data, path, num_threads, reference_kernels
        )
        self._runner = Runner(interpreter, self.sidecar.input)

    @property
    def image_shape(self):
        """Shape (side, side, channels) of the model's input."""
        return self.sidecar.input.preprocessing.image_shape

    @property
    def threshold(self):
        """Scores above it mean "anomalous"."""
        return self.sidecar.threshold.value

    def score(self, images):
        """Anomaly score of each image.

        Args:
            images: (n, side, side, c), pixels 0 to 255, either fitted to the
                model's input already or of a size that the sidecar's
                preprocessing fits to it.

        Returns:
            Array (n,), float32, higher is more anomalous.

        Raises:
            InputError: The images have another shape.
        """
        images = np.asarray(images)
        if images.ndim != 4:
            raise InputError(
                f"Expected images of shape (n, side, side, channels). "
                f"Received shape {images.shape}."
            )
        return self._runner(
            self._fit(image, f"image {index}")
            for index, image in enumerate(images)
        )

    def score_files(self, paths):
        """Anomaly score of each image file, (n,) float32.

        Raises:
            InputError: A file is no readable image or of a wrong size.
        """
        fit = self.sidecar.input.preprocessing
        return self._runner(fit.read(path) for path in paths)

    def decide(self, scores):
        """True where a score means "anomalous", (n,) bool."""
        return np.asarray(scores) > self.threshold

    def _fit(self, image, name):
        if image.shape == self.image_shape:
            return image
        fitted = np.clip(np.round(image), 0, 255).astype(np.uint8)
        return self.sidecar.input.preprocessing(fitted, name)


class Runner:
    """Runs an interpreter over images, one at a time.

    Args:
        interpreter: A LiteRT interpreter with the signature `score`.
        tensor: The `ModelInput` of its model.
    """

    def __init__(self, interpreter, tensor):
        self._run = interpreter.get_signature_runner("score")
        self._tensor = tensor

    def __call__(self, images):
        """Scores (n,), float32, of images (n, side, side, c) in [0, 255]."""
        scores = []
        for image in images:
            values = self._tensor.quantize(image)[np.newaxis]
            outputs = self._run(**{self._tensor.name: values})
            scores.append(outputs["score"].item())
        return np.array(scores, np.float32)


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
    data, path, num_threads=1, reference_kernels=False, delegate=True
):
    """A LiteRT interpreter for the bytes of a model.

    Args:
        data: The bytes.
        path: Where they come from, for errors.
        num_threads: Threads to use.
        reference_kernels: Use the plain kernels of microcontrollers.
        delegate: Use XNNPACK where it takes the model.

    Raises:
        InputError: LiteRT is not installed, or the bytes are no model with a
            signature named `score`.
    """
    try:
        from ai_edge_litert import interpreter as litert
    except ModuleNotFoundError as error:
        raise InputError(
            "Expected LiteRT to run a .tflite file, but it is not installed. "
            "Run: pip install ai-edge-litert"
        ) from error
    kernels = litert.OpResolverType

    def loaded(resolver):
        with quiet_stderr():
            interpreter = litert.Interpreter(
                model_content=data,
                num_threads=num_threads,
                experimental_op_resolver_type=resolver,
            )
            interpreter.allocate_tensors()
        return interpreter

    try:
        if reference_kernels:
            interpreter = loaded(kernels.BUILTIN_REF)
        else:
            interpreter = loaded(kernels.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
            # It may end the process where it refuses a model.
            if delegate and steepest(interpreter) < STEEPEST:
                interpreter = loaded(kernels.AUTO)
        if "score" not in interpreter.get_signature_list():
            raise ValueError("it has no signature named score")
    except (ValueError, RuntimeError) as error:
        raise InputError(
            f"Expected a TFLite anomaly model in {path}, but: "
            f"{' '.join(str(error).split())[:160]}. Convert the student again."
        ) from error
    return interpreter


def steepest(interpreter):
    """The largest factor from a layer's integer products to its output.

    It is the scale of its input times that of its kernel by that of its
    output, 0 where no layer is int8.
    """
    scales = {
        tensor["index"]: tensor["quantization_parameters"]["scales"]
        for tensor in interpreter.get_tensor_details()
        if tensor["dtype"] == np.int8
    }
    factors = [0.0]
    for operator in interpreter._get_ops_details():
        output = operator["outputs"][0]
        if operator["op_name"] in _LAYERS and output in scales:
            entering = [scales[i] for i in operator["inputs"] if i in scales]
            product = math.prod(float(np.max(scale)) for scale in entering)
            factors.append(product / float(scales[output][0]))
    return max(factors)
