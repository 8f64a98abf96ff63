"""TFLite Micro: the runtime of microcontrollers, run here to measure."""

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from kdgan_tf.runtime.errors import InputError

MISSING = "tflite-micro is not installed"
_ALIGNMENT = 16
_SMALLEST_ARENA = 4096
_LARGEST_ARENA = 64 * 2**20
_ROOMY_ARENA = 4 * 2**20
_TRIALS = Path(__file__).with_name("arena_trials.py")


def installed():
    """Whether tflite-micro is installed."""
    return importlib.util.find_spec("tflite_micro") is not None


def micro_scores(data, tensor, images, arena_bytes=_ROOMY_ARENA):
    """What a microcontroller scores each image; needs tflite-micro.

    Args:
        data: Bytes of the `.tflite` file.
        tensor: The `ModelInput` of the model.
        images: Pixels (n, side, side, c) in [0, 255], fitted to it.
        arena_bytes: Size of the tensor arena.

    Returns:
        Array (n,), float32.

    Raises:
        InputError: TFLite Micro does not take the model.
    """
    from tflite_micro import runtime

    try:
        interpreter = runtime.Interpreter.from_bytes(
            data, arena_size=arena_bytes
        )
    except RuntimeError as error:
        raise InputError(
            "Expected a model that TFLite Micro takes, but: "
            f"{' '.join(str(error).split())[:160]}. Convert the student again."
        ) from error
    scores = []
    for image in images:
        interpreter.set_input(tensor.quantize(image)[np.newaxis], 0)
        interpreter.invoke()
        scores.append(interpreter.get_output(0).item())
    return np.array(scores, np.float32)


def smallest_arena(data):
    """Smallest tensor arena with which TFLite Micro takes a model, in bytes.

    Found by bisection on the runtime itself, to 16 bytes.

    Args:
        data: Bytes of the `.tflite` file.

    Returns:
        int, or `None` where tflite-micro is not installed.

    Raises:
        InputError: TFLite Micro does not take the model at any size.
    """
    if not installed():
        return None
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.tflite"
        model.write_bytes(data)
        complaints = Path(folder) / "complaints"
        with complaints.open("w") as stderr, _trials(model, stderr) as fits:
            too_small, enough = 0, _SMALLEST_ARENA
            while not fits(enough):
                too_small, enough = enough, 2 * enough
                if enough > _LARGEST_ARENA:
                    raise InputError(
                        "Expected a model that TFLite Micro takes, but it "
                        f"fails even with {too_small} bytes: "
                        f"{_first_line(complaints)}"
                    )
            while enough - too_small > _ALIGNMENT:
                middle = (too_small + enough) // 2 // _ALIGNMENT * _ALIGNMENT
                if fits(middle):
                    enough = middle
                else:
                    too_small = middle
            return enough


def _first_line(path):
    return (path.read_text().strip() or "no message").splitlines()[0]


@contextlib.contextmanager
def _trials(model, stderr):
    """Yield a function: whether the model fits in an arena of so many bytes."""
    with subprocess.Popen(
        [sys.executable, str(_TRIALS), str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:

        def fits(arena_bytes):
            # What it says of this size alone: the processes share the file.
            stderr.seek(0)
            stderr.truncate()
            process.stdin.write(f"{arena_bytes}\n")
            process.stdin.flush()
            return process.stdout.readline() == "fits\n"

        yield fits
