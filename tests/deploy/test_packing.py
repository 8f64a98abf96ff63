"""Sharing of equal lists within a file."""

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

import kdgan_tf
from kdgan_tf.deploy.conversion.export import SIGNATURE
from kdgan_tf.deploy.conversion.packing import packed
from kdgan_tf.runtime.scorer import load_interpreter


def zeros_in(data):
    """Bytes of an `.tflite` file's zero points, each table counted."""
    graph = schema.Model.GetRootAs(data, 0).Subgraphs(0)
    places = {}
    for index in range(graph.TensorsLength()):
        quantization = graph.Tensors(index).Quantization()
        if quantization and quantization.ZeroPointLength() > 1:
            table = quantization._tab
            places[table.Vector(table.Offset(10))] = (
                quantization.ZeroPointLength()
            )
    return places


def test_equal_lists_are_written_once_and_nothing_else_changes(
    converted, digits
):
    data = converted.read_bytes()
    lengths = list(zeros_in(data).values())
    assert lengths
    assert len(set(lengths)) == len(lengths)
    assert packed(data) == data
    # As the generated code writes it, which repeats them.
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    for tensor in model.subgraphs[0].tensors:
        if tensor.type != schema.TensorType.FLOAT32:
            assert b";" not in tensor.name
            tensor.name += b";merged"
    plain = flatbuffers.Builder()
    plain.Finish(model.Pack(plain), b"TFL3")
    plain = bytes(plain.Output())
    assert len(data) < len(plain) - 8 * sum(lengths)
    assert packed(plain) == data
    scores = []
    for part in (data, plain):
        run = load_interpreter(part, converted, reference_kernels=True)
        run = run.get_signature_runner(SIGNATURE)
        image = (digits.test[:1].astype(int) - 128).astype(np.int8)
        scores.append(run(image=image)["score"])
    np.testing.assert_array_equal(*scores)


def test_weights_lie_where_the_schema_wants_them(converted):
    model = schema.Model.GetRootAs(converted.read_bytes(), 0)
    starts = []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength():
            starts.append(buffer._tab.Vector(buffer._tab.Offset(4)))
    assert len(starts) > 5
    assert not np.any(np.array(starts) % 16)


def test_pixels_in_float_have_the_last_number(make_gan, digits, tmp_path):
    gan = make_gan(
        kdgan_tf.GANConfig(
            image_shape=(8, 8, 1),
            channels=(4, 8),
            latent=4,
            normalization="batch",
            contrast_normalization=True,
        )
    )
    path = tmp_path / "student.tflite"
    # Verified as it is written: all numbers are right.
    kdgan_tf.deploy.convert(gan, path, digits.train[:50])
    graph = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0).subgraphs[0]
    first = graph.operators[0]
    assert first.inputs[0] in graph.inputs
    assert first.outputs[0] == len(graph.tensors) - 1
    assert graph.tensors[-1].type == schema.TensorType.FLOAT32
    assert list(graph.tensors[-1].shape) == [1, 8, 8, 1]
