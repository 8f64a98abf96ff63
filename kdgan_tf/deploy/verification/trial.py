"""Run a file in a process of its own first: it may end that process."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from kdgan_tf.deploy.micro.interpreter import installed
from kdgan_tf.deploy.verification.check import Check

_SECONDS = 120
# Words of the command line: model, then the kernels to try.
_TRIAL = """
import sys
import numpy as np

model, *kernels = sys.argv[1:]
for name in kernels:
    if name == "MICRO":
        from tflite_micro import runtime

        interpreter = runtime.Interpreter.from_file(model, arena_size=2**26)
        details = interpreter.get_input_details(0)
        interpreter.set_input(np.zeros(details["shape"], details["dtype"]), 0)
        interpreter.invoke()
    else:
        from ai_edge_litert import interpreter as litert

        interpreter = litert.Interpreter(
            model, experimental_op_resolver_type=litert.OpResolverType[name]
        )
        interpreter.allocate_tensors()
        (details,) = interpreter.get_input_details()
        values = np.zeros(details["shape"], details["dtype"])
        interpreter.set_tensor(details["index"], values)
        interpreter.invoke()
"""


def trial(data, *, fast, micro):
    """Whether LiteRT and TFLite Micro can load a file and score with it.

    Args:
        data: Bytes of the `.tflite` file, which nobody vouches for.
        fast: Try XNNPACK too.
        micro: Try TFLite Micro too, where it is installed.

    Returns:
        A `Check`.
    """
    kernels = ["BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"]
    kernels += ["AUTO"] if fast else []
    kernels += ["MICRO"] if micro and installed() else []
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.tflite"
        model.write_bytes(data)
        try:
            finished = subprocess.run(
                [sys.executable, "-c", _TRIAL, str(model), *kernels],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
            found = _how(finished)
        except subprocess.TimeoutExpired:
            found = f"no end after {_SECONDS} seconds"
    return Check("runs in a process of its own", found, "yes", found == "yes")


def _how(finished):
    if finished.returncode == 0:
        return "yes"
    if finished.returncode < 0:
        return f"ended by {signal.Signals(-finished.returncode).name}"
    last = (finished.stderr.strip().splitlines() or ["no message"])[-1]
    return ascii(last[:100])[1:-1]
