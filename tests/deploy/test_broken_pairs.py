"""Files and sidecars that do not belong together, or are damaged."""

import dataclasses
import hashlib
import shutil

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from kdgan_tf.deploy import Sidecar, verify
from kdgan_tf.deploy.verification import verifier
from kdgan_tf.deploy.verification.agreement import require_own_sidecar
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import load_interpreter
from tests.deploy.conftest import change, check_named, failed


def kernel_of(path):
    """The largest quantised kernel in the file."""
    interpreter = load_interpreter(path.read_bytes(), path, delegate=False)
    return max(
        (
            interpreter.get_tensor(tensor["index"])
            for tensor in interpreter.get_tensor_details()
            if tensor["dtype"] is np.int8
            and tensor["quantization_parameters"]["scales"].size > 1
        ),
        key=np.size,
    )


def test_one_corrupt_weight(pair):
    data = bytearray(pair.read_bytes())
    data[data.index(kernel_of(pair).tobytes())] ^= 1
    pair.write_bytes(data)
    assert "sidecar: SHA-256" in failed(pair)


@pytest.fixture
def other_weights(pair):
    """The pair with negated weights; the sidecar knows the new SHA-256."""
    data, kernel = pair.read_bytes(), kernel_of(pair)
    data = data.replace(kernel.tobytes(), (-kernel).tobytes())
    assert data != pair.read_bytes()
    pair.write_bytes(data)
    change(pair, model_sha256=hashlib.sha256(data).hexdigest())
    return pair


def test_corrupt_weights_that_the_sidecar_vouches_for(
    other_weights, student, digits
):
    assert failed(other_weights) == [
        "golden vectors, XNNPACK",
        "golden vectors, reference",
    ]
    names = failed(
        other_weights, student, digits.test, anomalous=digits.anomalous
    )
    assert "AUROC = Keras" in names
    assert "sidecar: SHA-256" not in names


def test_a_swapped_sidecar(pair, float_file):
    shutil.copy(Sidecar.path_for(float_file), Sidecar.path_for(pair))
    names = failed(pair)
    assert "sidecar: SHA-256" in names
    assert "sidecar: input scale" in names


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("fast_kernels", False, "sidecar: fast kernels"),
        ("input__scale", 1.001, "sidecar: input scale"),
        ("input__zero_point", -127, "sidecar: input zero point"),
        ("input__dtype", "float32", "sidecar: input type"),
        ("model_bytes", 1, "sidecar: bytes"),
        ("operators", ["CONV_2D"], "sidecar: operators"),
    ],
)
def test_a_sidecar_with_one_wrong_field(pair, field, value, name):
    change(pair, **{field: value})
    assert failed(pair) == [name]


@pytest.mark.parametrize("factor", [0.01, 100])
def test_a_changed_threshold(pair, digits, factor):
    value = Sidecar.read(Sidecar.path_for(pair)).threshold.value
    change(pair, threshold__value=factor * value)
    names = failed(pair, images=digits.test, anomalous=digits.anomalous)
    assert "threshold" in names


def test_a_changed_golden_vector(pair):
    vectors = Sidecar.read(Sidecar.path_for(pair)).golden_vectors
    wrong = dataclasses.replace(vectors[-1], score=1.5 * vectors[-1].score)
    changed = [dataclasses.asdict(item) for item in (*vectors[:-1], wrong)]
    change(pair, golden_vectors=changed)
    assert failed(pair) == ["golden vectors, XNNPACK"]


def forge(path, data):
    """Other bytes, and a sidecar that vouches for them."""
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    change(path, model_sha256=digest, model_bytes=len(data))


def test_a_damaged_file_is_not_loaded(pair, monkeypatch):
    """It may end the process: the SHA-256 is compared first."""
    data = bytearray(pair.read_bytes())
    data[data.index(kernel_of(pair).tobytes())] ^= 1
    pair.write_bytes(data)
    monkeypatch.setattr(verifier, "load_interpreter", None)
    monkeypatch.setattr(verifier, "trial", None)
    assert "sidecar: SHA-256" in failed(pair)


def test_a_file_that_ends_a_process_ends_another_one(pair):
    """A feature map of one value: TFLite Micro divides by zero."""
    pytest.importorskip("tflite_micro")
    model = schema.ModelT.InitFromPackedBuf(pair.read_bytes(), 0)
    graph = model.subgraphs[0]
    activation = next(
        operator
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode
        == schema.BuiltinOperator.LEAKY_RELU
    )
    graph.tensors[activation.outputs[0]].shape = np.ones(4, np.int32)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    forge(pair, bytes(builder.Output()))
    failure = check_named(verify(pair), "runs in a process of its own")
    assert failure.value.startswith("ended by SIG")


def test_a_file_for_maps_that_is_another(converted, pair):
    name = "anomaly map: SHA-256"
    assert check_named(verify(converted), name).passed is True
    assert check_named(verify(pair), name).passed is None
    shutil.copy(pair, Sidecar.map_path_for(pair))
    assert failed(pair) == [name]


def test_require_own_sidecar(pair, float_file):
    data, path = pair.read_bytes(), Sidecar.path_for(pair)
    described = require_own_sidecar(data, Sidecar.read(path), pair)
    assert described.inputs["image"].shape == (1, 8, 8, 1)
    foreign = Sidecar.read(Sidecar.path_for(float_file))
    with pytest.raises(InputError, match="another file or damaged"):
        require_own_sidecar(data, foreign, pair)
    for field, value, message in (
        ("input__scale", 0.5, "input scale 0.5 where the file has 1.0"),
        ("input__zero_point", -127, "zero point -127"),
        ("operators", ["CONV_2D"], "operators the same 1"),
        ("model_bytes", 7, "bytes 7"),
    ):
        before = path.read_text()
        change(pair, **{field: value})
        with pytest.raises(InputError, match=message):
            require_own_sidecar(data, Sidecar.read(path), pair)
        path.write_text(before)
