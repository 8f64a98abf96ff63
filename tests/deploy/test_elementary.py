import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python import schema_py_generated as schema

from kdgan_tf.deploy.conversion.elementary import (
    exponential,
    inverse_root,
    logarithm,
)

# Of IEEE 754, and what moves or picks numbers.
EXACT = {
    *("ADD", "SUB", "MUL", "DIV", "SQRT", "SUM", "MAXIMUM", "MINIMUM"),
    *("RELU", "FLOOR", "CAST", "GATHER", "RESHAPE", "EXPAND_DIMS"),
}


def test_logarithm():
    random = np.random.default_rng(0)
    values = np.exp(random.uniform(-22, 66, (3000, 2))).astype(np.float32)
    values[:1000] = random.uniform(0, 3, (1000, 2))
    values = np.maximum(values, 2.0**-32)
    expected = np.log(values.astype(np.float64))
    error = np.abs(logarithm(values) - expected)
    assert error.max() < 2e-5
    assert error[:1000].max() < 5e-6
    # Order is kept: it is what an AUROC is made of.
    ranked = np.sort(values, axis=None)[:, None]
    assert (np.diff(logarithm(ranked)[:, 0]) >= 0).all()
    ends = np.float32([[1, 1e-30, 2.0**-32, 1e38, 2.0**96]])
    found = logarithm(ends).numpy()[0]
    assert found[0] == 0
    assert found[1] == found[2]
    assert found[3] == found[4]


def test_exponential():
    values = np.random.default_rng(0).uniform(-24, 60, (3000, 2))
    values = values.astype(np.float32)
    expected = np.exp(values.astype(np.float64))
    np.testing.assert_allclose(exponential(values), expected, rtol=6e-6)
    found = exponential(np.float32([[0, -24, -1000, 60]])).numpy()[0]
    assert found[0] == 1
    assert 0 < found[1] == found[2]
    assert np.isfinite(found[3])


@pytest.mark.parametrize("least", [4.0, 16.0])
def test_inverse_root_is_the_same_in_every_runtime(least):
    spread = np.random.default_rng(0).uniform(0, 12, (1, 100_000))
    values = (least * np.exp(spread)).astype(np.float32)

    def function(values):
        return inverse_root(values, least, 0.5)

    expected = 0.5 / np.sqrt(values.astype(np.float64))
    np.testing.assert_allclose(function(values), expected, rtol=2e-7)
    run = Interpreter(model_content=_converted(function, values.shape))
    run.allocate_tensors()
    (given,), (found,) = run.get_input_details(), run.get_output_details()
    run.set_tensor(given["index"], values)
    run.invoke()
    # Where XNNPACK's square root is another, a guess of it is still the same.
    np.testing.assert_array_equal(
        run.get_tensor(found["index"]), function(values)
    )


def _converted(function, shape):
    traced = tf.function(function, autograph=False).get_concrete_function(
        tf.TensorSpec(shape, tf.float32)
    )
    return tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert()


def _operators(function):
    model = schema.Model.GetRootAs(_converted(function, (1, 4)), 0)
    names = {
        value: name for name, value in vars(schema.BuiltinOperator).items()
    }
    return {
        names[model.OperatorCodes(index).BuiltinCode()]
        for index in range(model.OperatorCodesLength())
    }


def test_are_made_of_operators_that_round_alike_everywhere():
    def root(values):
        return inverse_root(values, 4.0)

    for function in (logarithm, exponential, root):
        assert _operators(function) <= EXACT
    assert not _operators(tf.math.log) <= EXACT
