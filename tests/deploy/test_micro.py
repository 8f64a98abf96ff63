import pytest

from kdgan_tf.deploy.micro.interpreter import smallest_arena
from kdgan_tf.runtime.errors import InputError


def test_smallest_arena_is_enough_and_tight(converted):
    from tflite_micro import runtime

    data = converted.read_bytes()
    arena = smallest_arena(data)
    assert arena % 16 == 0
    assert 4096 < arena < 64 * 1024
    runtime.Interpreter.from_bytes(data, arena_size=arena)


def test_a_file_that_is_no_model_is_refused():
    with pytest.raises(InputError, match="TFLite Micro takes"):
        smallest_arena(b"no model at all" * 100)
