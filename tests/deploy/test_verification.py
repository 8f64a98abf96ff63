import dataclasses
import hashlib
import json
import shutil

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import kdgan_tf
from kdgan_tf.deploy import Sidecar, convert, verify
from kdgan_tf.deploy.verification import agreement, structure, verifier
from kdgan_tf.deploy.verification.agreement import require_own_sidecar
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.scorer import load_interpreter
from tests.conftest import command


@pytest.fixture
def pair(converted, tmp_path):
    """A copy of the file and its sidecar, to spoil."""
    path = tmp_path / "student.tflite"
    shutil.copy(converted, path)
    shutil.copy(Sidecar.path_for(converted), Sidecar.path_for(path))
    return path


@pytest.fixture(scope="session")
def float_file(student, digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("float32") / "student.tflite"
    convert(student, path, digits.train, quantization="float32")
    return path


def change(path, **fields):
    """Change fields of the sidecar; `input__scale` is the input's scale."""
    sidecar = Sidecar.path_for(path)
    content = json.loads(sidecar.read_text())
    for name, value in fields.items():
        *outer, last = name.split("__")
        inner = content[outer[0]] if outer else content
        inner[last] = value
    sidecar.write_text(json.dumps(content))


def failed(path, *args, **kwargs):
    return [check.name for check in verify(path, *args, **kwargs).failures]


def check_named(verification, name):
    return next(item for item in verification.checks if item.name == name)


def test_a_good_file_passes_the_whole_chain(converted, student, digits):
    result = verify(
        converted,
        student,
        digits.test,
        anomalous=digits.anomalous,
        max_bytes=64 * 1024,
        max_arena=32 * 1024,
    )
    assert result.passed, str(result)
    assert result.failures == ()
    for name in ("float32 file = Keras", "AUROC = Keras", "arena bytes"):
        assert check_named(result, name).passed
    assert "float32 file = Keras" in str(result)
    assert len(str(result).splitlines()) == 1 + len(result.checks)


def test_tflite_micro_is_the_reference_bit_for_bit(converted, digits):
    pytest.importorskip("tflite_micro")
    result = verify(converted, images=digits.test, anomalous=digits.anomalous)
    check = check_named(result, "TFLite Micro = reference")
    assert check.passed
    assert check.value == f"0 of {len(digits.test)} differ"


def test_says_what_was_not_run(converted, monkeypatch):
    monkeypatch.setattr(agreement, "installed", lambda: False)
    monkeypatch.setattr(structure, "smallest_arena", lambda data: None)
    result = verify(converted, max_arena=1)
    assert result.passed
    for name in ("TFLite Micro = reference", "arena bytes"):
        assert check_named(result, name).passed is None
    assert str(result).count("not run") == 2


def test_a_float_file_passes(float_file, student, digits):
    result = verify(float_file, student, digits.holdout)
    assert result.passed, str(result)
    micro = check_named(result, "TFLite Micro = reference")
    assert (micro.passed, micro.value) == (None, "not int8")


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


def test_a_file_over_budget(converted):
    pytest.importorskip("tflite_micro")
    names = failed(converted, max_bytes=1000, max_arena=1000)
    assert names == ["bytes", "arena bytes"]


def test_a_model_of_another_training(converted, student, digits):
    other = kdgan_tf.EDEGAN(student.config)
    names = failed(converted, other, digits.test, anomalous=digits.anomalous)
    assert names == ["AUROC = Keras"]
    assert "rank correlation with Keras" in failed(
        converted, other, digits.holdout
    )


def test_a_float_file_that_says_it_is_int8(float_file, tmp_path):
    path = tmp_path / "student.tflite"
    shutil.copy(float_file, path)
    shutil.copy(Sidecar.path_for(float_file), Sidecar.path_for(path))
    change(path, quantization="int8")
    names = failed(path)
    assert {"input type", "layers in float"} <= set(names)


def test_require_names_what_failed_in_one_line(pair):
    change(pair, input__scale=2.0)
    with pytest.raises(InputError, match="sidecar: input scale 1.0") as caught:
        verify(pair).require()
    assert "\n" not in str(caught.value)


def test_convert_publishes_nothing_that_fails(
    student, digits, tmp_path, monkeypatch
):
    path = tmp_path / "student.tflite"
    monkeypatch.setattr(agreement, "RANK_CORRELATION", 1.01)
    with pytest.raises(InputError, match="rank correlation with Keras"):
        convert(student, path, digits.train)
    assert not list(tmp_path.iterdir())


def test_convert_leaves_the_old_pair_when_the_new_fails(
    pair, student, digits, monkeypatch
):
    old = pair.read_bytes(), Sidecar.path_for(pair).read_bytes()
    monkeypatch.setattr(agreement, "FAST_KERNELS_DIFFERENCE", -1)
    with pytest.raises(InputError, match="XNNPACK"):
        convert(student, pair, digits.train)
    assert (pair.read_bytes(), Sidecar.path_for(pair).read_bytes()) == old


def test_images_and_models_that_do_not_fit(converted, student, digits):
    with pytest.raises(InputError, match=r"shape \(8, 8, 1\).*\(8, 4, 1\)"):
        verify(converted, images=digits.test[:, :, :4])
    with pytest.raises(InputError, match="found 0 images"):
        verify(converted, images=digits.test[:0])
    large = dataclasses.replace(student.config, image_shape=(16, 16, 1))
    with pytest.raises(InputError, match=r"shape \(16, 16, 1\)"):
        verify(converted, kdgan_tf.EDEGAN(large))


def test_works_where_tensorflow_is_not_installed(converted):
    program = f"""
import sys
for name in ("tensorflow", "keras", "sklearn", "matplotlib", "absl"):
    sys.modules[name] = None  # importing it now raises ModuleNotFoundError
from kdgan_tf.deploy import verify
result = verify({str(converted)!r})
print(result)
assert result.passed
"""
    finished = command("-c", program)
    assert finished.returncode == 0, finished.stderr
    assert "golden vectors" in finished.stdout


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


def test_fast_kernels_are_held_to_what_they_can_do(converted, digits):
    """Noise of a fifth of each score does not pass, of a fiftieth does."""
    scorer = kdgan_tf.Scorer(converted, reference_kernels=True)
    scores = scorer.score(digits.test).astype(float)
    noise = np.random.default_rng(0).normal(size=len(scores))

    def passed(share):
        fast = scores * (1 + share * noise)
        return all(
            check.passed
            for check in agreement.fast_kernels(fast, scores, sidecar)
        )

    sidecar = dataclasses.replace(
        scorer.sidecar, threshold=scorer.sidecar.reference_threshold
    )
    assert passed(0.02)
    assert not passed(0.2)
