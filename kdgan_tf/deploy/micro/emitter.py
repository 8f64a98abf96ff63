"""From a `.tflite` file and its sidecar to C++ sources for TFLite Micro."""

import contextlib
import math
from pathlib import Path

from kdgan_tf.deploy.micro import templates
from kdgan_tf.deploy.micro.interpreter import micro_scores, smallest_arena
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.runtime.scorer import read_model
from kdgan_tf.runtime.sidecar import Sidecar


def emit(model_path, output_dir, headroom=0.1):
    """Write the C++ sources that hold one int8 model.

    Into `output_dir` go `model_data.h` and `.cc` (the file as an array),
    `model_settings.h` (input, threshold, arena), `op_resolver.h` (exactly the
    operators used), `golden_vectors.h` and `.cc` (images and scores for a
    self-test on the device). They appear only when all are complete.

    Args:
        model_path: The `.tflite` file; its sidecar lies beside it as `.json`.
        output_dir: Folder for the sources; made where it is missing.
        headroom: Share to add to the smallest arena that TFLite Micro takes.

    Returns:
        List of the paths written.

    Raises:
        InputError: The file is missing, not int8, not the sidecar's, or not
            for TFLite Micro; tflite-micro is not installed.

    Example:

        kdgan_tf.deploy.emit("student.tflite", "generated")
    """
    if not 0 <= headroom < math.inf:
        raise InputError(f"Expected headroom >= 0. Received: {headroom}.")
    path = Path(model_path)
    data = read_model(path)
    sidecar = Sidecar.read(Sidecar.path_for(path))
    sidecar.check_model(data, path)
    if sidecar.input.dtype != "int8":
        raise InputError(
            f"Expected a model that takes int8 in {path}, found one that takes "
            f"{sidecar.input.dtype}. Convert the student with int8 "
            "quantization."
        )
    # What can be wrong first, what takes seconds last.
    resolver = templates.op_resolver(sidecar)
    images = _golden_images(path, sidecar)
    arena = smallest_arena(data)
    if arena is None:
        raise InputError(
            "Expected TFLite Micro to measure the arena with, but it is not "
            "installed. Run: pip install kdgan-tf[micro]"
        )
    scores = micro_scores(data, sidecar.input, images, arena)
    texts = {
        **resolver,
        **templates.golden_vectors(images, scores, sidecar),
        **templates.model_settings(sidecar, arena, headroom),
        **templates.model_data(data, sidecar),
    }
    return _write(texts, Path(output_dir))


def _golden_images(path, sidecar):
    shape = sidecar.input.preprocessing.image_shape
    try:
        return [vector.image(shape) for vector in sidecar.golden_vectors]
    except ValueError as error:
        raise InputError(
            f"Expected golden vectors of shape {shape} in "
            f"{Sidecar.path_for(path)}, but: {error}. Convert the student "
            "again."
        ) from error


def _write(texts, folder):
    # Renamed one after the other, when the last one has been written.
    with contextlib.ExitStack() as stack:
        for name, text in texts.items():
            temporary = stack.enter_context(atomic_path(folder / name))
            temporary.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
