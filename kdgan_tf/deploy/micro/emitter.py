"""From a `.tflite` file and its sidecar to C++ sources for TFLite Micro."""

import contextlib
import math
import re
from pathlib import Path

from kdgan_tf.deploy.micro import cpp, templates
from kdgan_tf.deploy.micro.arena import Arena
from kdgan_tf.deploy.micro.interpreter import micro_scores, smallest_arena
from kdgan_tf.deploy.micro.vela import compiled
from kdgan_tf.deploy.verification import agreement
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import atomic_path
from kdgan_tf.runtime.interpreter import read_model
from kdgan_tf.runtime.preprocessing import LARGEST_SIDE
from kdgan_tf.runtime.scorer import Scorer
from kdgan_tf.runtime.sidecar import Sidecar

_NAMESPACE = re.compile(r"[A-Za-z]\w*(::[A-Za-z]\w*)*", re.ASCII)


def emit(
    model_path,
    output_dir,
    headroom=0.1,
    *,
    arena_bytes=None,
    namespace="kdgan_tf",
    vela=None,
):
    """Write the C++ sources that hold one int8 model.

    Into `output_dir` go `detector.h` (the class for applications),
    `model_data.h` and `.cc` (the file as an array), `model_settings.h` (input,
    threshold, arena), `op_resolver.h` (exactly the operators used),
    `golden_vectors.h` and `.cc` (images and scores for a self-test on the
    device). They appear only when all are complete.

    Args:
        model_path: The `.tflite` file; its sidecar lies beside it as `.json`.
        output_dir: Folder for the sources; made where it is missing.
        headroom: Share to add to the smallest arena that TFLite Micro takes.
        arena_bytes: Size of the arena instead, in bytes.
        namespace: C++ namespace of the model. Two models in one program need
            different ones.
        vela: Arm's Ethos-U to compile the model for with Vela, such as
            "ethos-u55-128". The file is the one that the sidecar vouches for,
            and its scores are those to be met. No computer runs the result,
            so `arena_bytes` must be given.

    Returns:
        List of the paths written.

    Raises:
        InputError: The file is missing, not int8, not as the sidecar says, for
            more than 256x256 pixels, or not for TFLite Micro; tflite-micro, or
            Vela where it is needed, is not installed; the namespace is none,
            the arena too small.

    Example:

        kdgan_tf.deploy.emit("student.tflite", "generated")
    """
    if not 0 <= headroom < math.inf:
        raise InputError(f"Expected headroom >= 0. Received: {headroom}.")
    if not _NAMESPACE.fullmatch(namespace) or (
        cpp.RESERVED & set(namespace.split("::"))
    ):
        raise InputError(
            "Expected a C++ namespace such as digits or factory::digits, "
            f"without C++'s own words. Received: {namespace}."
        )
    if vela and arena_bytes is None:
        raise InputError(
            "Expected arena_bytes with vela: the arena of a model for an "
            "Ethos-U cannot be measured here. Begin with what Vela reports as "
            "SRAM used plus 16 KB, and let the device tell."
        )
    path = Path(model_path)
    data = read_model(path)
    sidecar = Sidecar.read(Sidecar.path_for(path))
    # What it says goes into C++ constants: it must be true.
    described = agreement.require_own_sidecar(data, sidecar, path)
    side = sidecar.input.preprocessing.side
    if side > LARGEST_SIDE:  # kLargestModelSide in tflite/micro/camera.h
        raise InputError(
            f"Expected a model of at most {LARGEST_SIDE}x{LARGEST_SIDE} "
            f"pixels for a microcontroller, found one of {side}x{side} in "
            f"{path}. Train with a smaller image_size."
        )
    if sidecar.input.dtype != "int8":
        raise InputError(
            f"Expected a model that takes int8 in {path}, found one that takes "
            f"{sidecar.input.dtype}. Convert the student with int8 "
            "quantization."
        )
    # What can be wrong first, what takes seconds last.
    stored, operators = (
        compiled(data, vela) if vela else (data, described.operator_names)
    )
    resolver = templates.op_resolver(sidecar, operators, namespace)
    Scorer(path, sidecar, reference_kernels=True)  # runs the golden vectors
    images = sidecar.golden_images()
    smallest = smallest_arena(data)
    if smallest is None:
        raise InputError(
            "Expected TFLite Micro to measure the arena with, but it is not "
            "installed. Run: pip install kdgan-tf[micro]"
        )
    # The smallest for plain kernels says nothing about a model for an NPU.
    arena = Arena(None if vela else smallest, headroom, arena_bytes)
    scores = micro_scores(data, sidecar.input, images, smallest)
    texts = {
        **resolver,
        **templates.golden_vectors(images, scores, sidecar, namespace),
        **templates.model_settings(sidecar, arena, namespace),
        **templates.model_data(stored, sidecar, namespace),
        **templates.detector(sidecar, namespace),
    }
    return _write(texts, Path(output_dir))


def _write(texts, folder):
    # Renamed one after the other, when the last one has been written.
    with contextlib.ExitStack() as stack:
        for name, text in texts.items():
            temporary = stack.enter_context(atomic_path(folder / name))
            temporary.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
