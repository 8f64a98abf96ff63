"""Layers that give one value everywhere, and what runtimes make of them."""

import dataclasses
import shutil

import flatbuffers
import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import kdgan_tf
from kdgan_tf.deploy import Scorer, convert, verify
from kdgan_tf.deploy.conversion.ranges import (
    clear_of_edges,
    least_range,
    widened,
)
from kdgan_tf.runtime.model_file import read_model_file
from kdgan_tf.runtime.model_graph import STEEPEST
from kdgan_tf.runtime.sidecar import Sidecar
from kdgan_tf.training.config import PhaseConfig
from tests.conftest import fitted


def factor(path):
    """Of the file's steepest layer, found without XNNPACK."""
    return read_model_file(path.read_bytes(), path).steepness


def test_least_range_is_the_one_of_a_sixteenth_of_what_is_refused():
    # Scales: 2 / 255 of the input, 0.5 / 127 of the kernel, range / 255.
    least = least_range(2.0, np.array([[0.25, -0.5]]))
    assert (2 / 255) * (0.5 / 127) / (least / 255) == STEEPEST / 16


def test_a_tanh_has_no_result_on_an_edge():
    # Measured on a student of castings: of its 256 results one is 98.499997,
    # 99 for LiteRT and 98 for TFLite Micro.
    scale = 0.016986288130283356
    low, high = clear_of_edges((-128 - 51) * scale, (127 - 51) * scale)
    assert high / (76 * scale) == low / (-179 * scale) > 1
    results = 128 * np.tanh((np.arange(-128, 128) - 51) * (high - low) / 255)
    assert np.min(np.abs(results % 1 - 0.5)) > 1e-5
    # One that leaves no doubt stays as it is.
    assert clear_of_edges(low, high) == (low, high)


def moving(kind):
    """A file of one operator; its input was in -1 to 3, its output 0 to 2."""
    model = schema.ModelT(
        version=3,
        operatorCodes=[
            schema.OperatorCodeT(deprecatedBuiltinCode=kind, builtinCode=kind)
        ],
        buffers=[schema.BufferT()],
        subgraphs=[
            schema.SubGraphT(
                tensors=[
                    schema.TensorT(
                        name=name,
                        shape=[1],
                        buffer=0,
                        quantization=schema.QuantizationParametersT(
                            min=[low], max=[high]
                        ),
                    )
                    for name, low, high in [("in", -1, 3), ("out", 0, 2)]
                ],
                inputs=[0],
                outputs=[1],
                operators=[schema.OperatorT(inputs=[0], outputs=[1])],
            )
        ],
    )
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("DEPTH_TO_SPACE", (-1, 3)),
        ("PAD", (-1, 3)),
        ("RESHAPE", (-1, 3)),
        ("SLICE", (-1, 3)),
        ("SPACE_TO_DEPTH", (-1, 3)),
        ("LEAKY_RELU", (0, 2)),
    ],
)
def test_what_only_moves_values_keeps_their_range(kind, ends):
    calibrated = moving(getattr(schema.BuiltinOperator, kind))
    model = schema.ModelT.InitFromPackedBuf(widened(calibrated))
    entering, leaving = (
        (*tensor.quantization.min, *tensor.quantization.max)
        for tensor in model.subgraphs[0].tensors
    )
    assert entering == (-1, 3)
    assert leaving == ends


@pytest.mark.parametrize(
    ("quantization", "place"),
    [
        ("int8", 0),
        *(
            pytest.param(recipe, 1, marks=pytest.mark.slow)
            for recipe in ("int8", "qat_int8")
        ),
        pytest.param("qat_int8", 0, marks=pytest.mark.slow),
    ],
)
def test_student_with_a_dead_layer(digits, tmp_path, quantization, place):
    config = kdgan_tf.GANConfig(
        image_shape=(8, 8, 1),
        channels=(4, 8),
        latent=4,
        normalization="batch",
        score="both",
    )
    gan = fitted(config, digits.train)
    gan.adapt_score(digits.holdout)
    dead = [
        layer
        for layer in gan.generator.decoder.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ][place]
    dead.beta.assign(0 * dead.beta - 100)
    path = tmp_path / "student.tflite"
    tuning = {}
    if quantization == "qat_int8":
        tuning["phase"] = PhaseConfig(epochs=0)
    convert(gan, path, digits.train, quantization=quantization, **tuning)
    assert 0 < factor(path) < STEEPEST
    exact = Scorer(path, reference_kernels=True).score(digits.test)
    fast = Scorer(path).score(digits.test)
    assert np.corrcoef(gan.score(digits.test), exact)[0, 1] > 0.97
    assert np.corrcoef(exact, fast)[0, 1] > 0.99


def test_untrained_student_of_colour_images(tmp_path):
    keras.utils.set_random_seed(0)
    # Several kinds of evidence of noise are all alike: their spread is none.
    gan = kdgan_tf.EDEGAN(
        dataclasses.replace(kdgan_tf.presets.cifar10_student, score="latent")
    )
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3))
    images = images.astype(np.uint8)
    path = tmp_path / "student.tflite"
    convert(gan, path, images)
    assert factor(path) < STEEPEST
    scores = Scorer(path).score(images)
    assert scores.shape == (8,)
    assert np.all(np.isfinite(scores))


def test_a_file_that_xnnpack_refuses_scores_and_does_not_pass(
    converted, digits, tmp_path
):
    path = tmp_path / "steep.tflite"
    shutil.copy(Sidecar.path_for(converted), Sidecar.path_for(path))
    data = converted.read_bytes()
    described = read_model_file(data, converted)
    first = next(
        operator.outputs[0]
        for operator in described.operators
        if operator.name == "CONV_2D"
    )
    scale = np.float32(described.tensors[first].scales[0])
    path.write_bytes(data.replace(scale.tobytes(), (scale / 10**7).tobytes()))
    assert factor(path) > STEEPEST
    result = verify(path, images=digits.test)
    assert "factor from products to output" in {
        check.name for check in result.failures
    }
