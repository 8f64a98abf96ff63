"""Every operator of the interpreter in JavaScript against LiteRT."""

import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from kdgan_tf.deploy.conversion import elementary
from tests.deploy.page.engines import bare
from tests.runtime.test_preprocessing import VECTORS

SHAPE = (1, 6, 6, 8)
_RUN = """
globalThis.run = (model, values, kind) => {
  const interpreter = new Interpreter(fromBase64(model));
  const bytes = fromBase64(values);
  interpreter.run(new kind(bytes.buffer, 0, bytes.length /
    kind.BYTES_PER_ELEMENT));
  return JSON.stringify([...interpreter.model.output.data]);
};
"""


def _kernel(*shape):
    values = np.random.default_rng(1).normal(size=shape)
    return tf.constant(values.astype(np.float32))


def _convolution(x):
    return tf.nn.relu(tf.nn.conv2d(x, _kernel(4, 4, 8, 5), 2, "SAME"))


def _dense(x):
    flat = tf.reshape(x, (1, -1))
    return tf.matmul(flat, _kernel(288, 7)) + _kernel(7)


def _upsampled(x):
    """A transposed convolution as a convolution: what small devices get."""
    padded = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    made = tf.nn.conv2d(padded, _kernel(2, 2, 8, 12), 1, "VALID")
    return tf.nn.depth_to_space(made, 2)[:, 1:-1, 1:-1]


def _evidence(x):
    """Distances, the largest of them, their roots and shares."""
    near = tf.nn.avg_pool2d(tf.square(x), 3, 1, "SAME")
    far = tf.nn.max_pool2d(tf.abs(x), 2, 2, "VALID")
    most = tf.reduce_max(near, axis=(1, 2))
    total = tf.reduce_sum(far, axis=(1, 2))
    share = tf.sqrt(most) / tf.maximum(total, 1e-3)
    return tf.concat([share, tf.math.log(most + 1e-9)], axis=-1)


def _normalised(x):
    centred = x - tf.reduce_mean(x, axis=(1, 2), keepdims=True)
    spread = tf.reduce_mean(
        tf.math.squared_difference(x, 0.5), (1, 2), keepdims=True
    )
    return centred * tf.math.rsqrt(spread + 1e-3)


OPERATORS = {
    "convolution": _convolution,
    "dense": _dense,
    "transposed convolution": lambda x: tf.nn.conv2d_transpose(
        x, _kernel(4, 4, 3, 8), (1, 12, 12, 3), 2, "SAME"
    ),
    "upsampled": _upsampled,
    "leaky relu": lambda x: tf.nn.leaky_relu(x, 0.2),
    "tanh": tf.tanh,
    "sum of two": lambda x: tf.nn.relu(x + _kernel(6, 1, 8)),
    "difference": lambda x: x - 0.3,
    "product": lambda x: x * _kernel(8),
    "mean": lambda x: tf.reduce_mean(x, axis=(1, 2)),
    "slices": lambda x: tf.concat(
        [tf.slice(x, (0, 1, 2, 3), (1, 4, 3, 2)), x[:, 1:5, 3:6, ::4]], -1
    ),
    "largest of windows": lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
}
FLOAT_ONLY = {
    "evidence": _evidence,
    "normalised": _normalised,
    "stacked": lambda x: tf.stack(
        [tf.reduce_mean(x, axis=(1, 2, 3)), tf.reduce_sum(x, (1, 2, 3))], -1
    ),
}
ROUNDED_ALIKE = {
    "logarithm": lambda x: elementary.logarithm(tf.abs(x)),
    "exponential": lambda x: elementary.exponential(9.0 * x),
}


@pytest.fixture(scope="module")
def racer():
    racer = bare()
    racer.eval(_RUN)
    return racer


def _converted(function, integer):
    inputs = np.random.default_rng(0).normal(size=(20, *SHAPE))
    inputs = inputs.astype(np.float32)
    concrete = tf.function(function).get_concrete_function(
        tf.TensorSpec(SHAPE, tf.float32)
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    if integer:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x] for x in inputs)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        ]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    return converter.convert(), inputs[0]


def _both(racer, data, values, reference=False):
    """What LiteRT and the page make of the values."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_REF if reference else OpResolverType.AUTO
    interpreter = Interpreter(
        model_content=data, experimental_op_resolver_type=kernels
    )
    interpreter.allocate_tensors()
    (source,), (result,) = (
        interpreter.get_input_details(),
        interpreter.get_output_details(),
    )
    if source["dtype"] == np.int8:
        scale, zero_point = source["quantization"]
        values = np.clip(np.round(values / scale) + zero_point, -128, 127)
    values = values.astype(source["dtype"])
    interpreter.set_tensor(source["index"], values)
    interpreter.invoke()
    kind = "Int8Array" if source["dtype"] == np.int8 else "Float32Array"
    found = racer.eval(f"run({_text(data)}, {_text(values.tobytes())}, {kind})")
    return interpreter.get_tensor(result["index"]).ravel(), json.loads(found)


def _text(data):
    return json.dumps(base64.b64encode(data).decode("ascii"))


@pytest.mark.parametrize("name", OPERATORS)
def test_int8_operators_give_the_same_integers(racer, name):
    expected, found = _both(racer, *_converted(OPERATORS[name], True))
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(expected)) > 3


@pytest.mark.parametrize("name", [*OPERATORS, *FLOAT_ONLY])
def test_float_operators_agree(racer, name):
    function = {**OPERATORS, **FLOAT_ONLY}[name]
    expected, found = _both(racer, *_converted(function, False))
    np.testing.assert_allclose(found, expected, rtol=3e-6, atol=1e-6)


@pytest.mark.parametrize("name", ROUNDED_ALIKE)
def test_what_rounds_alike_differs_by_the_order_of_sums(racer, name):
    model = _converted(ROUNDED_ALIKE[name], False)
    expected, found = _both(racer, *model, reference=True)
    np.testing.assert_allclose(found, expected, rtol=5e-7, atol=5e-7)


def test_an_unknown_operator_is_named(racer):
    data, values = _converted(tf.sin, False)
    with pytest.raises(Exception, match="operator .* is unknown"):
        _both(racer, data, values)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda case: case["name"])
def test_preprocessing_vectors_that_all_runtimes_share(racer, vector):
    image = {**vector["image"], "values": None}
    racer.eval(
        f"var bytes = fromBase64({json.dumps(vector['image']['values'])});"
        f"var image = {json.dumps(image)};"
        "image.values = image.bits === 16 ? new Uint16Array(bytes.buffer) : "
        "bytes; var refused = false; var fitted = [];"
        f"var rule = {json.dumps(vector['preprocessing'])};"
        "try { fitted = preprocess(image, rule).values; } "
        "catch (error) { refused = error instanceof InputError; }"
    )
    if vector["expected"] is None:
        assert racer.eval("refused")
    else:
        fitted = bytes(json.loads(racer.eval("JSON.stringify([...fitted])")))
        assert fitted == base64.b64decode(vector["expected"])
