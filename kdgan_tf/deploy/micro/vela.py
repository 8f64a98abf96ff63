"""A model compiled for Arm's Ethos-U by Vela, which is an optional package."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.model_file import operator_name

# What Vela puts in place of the operators that the processor runs.
ETHOS_U = "ETHOS_U"
_CUSTOM_CODE = b"ethos-u"


def compiled(data, accelerator):
    """What Vela makes of a model; it stays a `.tflite` file.

    Nothing in that file says what it was made of: compile the very bytes that
    a sidecar vouches for.

    Args:
        data: Bytes of an int8 `.tflite` file.
        accelerator: Vela's name of a processor, such as "ethos-u55-128".

    Returns:
        (bytes, names of the operators in them, sorted, each once).

    Raises:
        InputError: Vela is not installed or refuses.
    """
    if importlib.util.find_spec("ethosu") is None:
        raise InputError(
            "Expected Vela to compile for an Ethos-U, but it is not installed. "
            "Run: pip install kdgan-tf[vela]"
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model.tflite"
        source.write_bytes(data)
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "ethosu.vela", source),
                f"--accelerator-config={accelerator}",
                f"--output-dir={folder}",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found = Path(folder) / "model_vela.tflite"
        if finished.returncode or not found.exists():
            lines = (finished.stderr or finished.stdout).split("\n")
            said = " ".join([line for line in lines if line.strip()][-1:])
            raise InputError(
                f"Expected Vela to compile the model for {accelerator}. It "
                f"says: {ascii(said[:300])[1:-1]}"
            )
        result = found.read_bytes()
    return result, operators_in(result)


def operators_in(data):
    """TFLite names of the operators of a file, sorted, each once.

    Args:
        data: Bytes of a `.tflite` file; the custom operator of Vela is
            `ETHOS_U`.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    codes = [
        model.operatorCodes[operator.opcodeIndex]
        for operator in model.subgraphs[0].operators
    ]
    return tuple(
        sorted(
            {
                ETHOS_U
                if code.customCode == _CUSTOM_CODE
                else operator_name(schema, code)
                for code in codes
            }
        )
    )
