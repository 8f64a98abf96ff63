import numpy as np
import pytest

from kdgan_tf.deploy import Scorer, Sidecar
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import write_json
from tests.conftest import command


def test_decision_is_score_above_threshold(converted, digits):
    scorer = Scorer(converted)
    scores = scorer.score(digits.test)
    np.testing.assert_array_equal(
        scorer.decide(scores), scores > scorer.threshold
    )


def test_score_is_one_image_at_a_time(converted, digits):
    scorer = Scorer(converted)
    together = scorer.score(digits.test[:5])
    alone = [scorer.score(image[None])[0] for image in digits.test[4::-1]]
    np.testing.assert_array_equal(together, alone[::-1])
    assert scorer.score(digits.test[:0]).shape == (0,)


def test_works_where_tensorflow_is_not_installed(converted, tmp_path):
    """In a process that cannot import TensorFlow, Keras or scikit-learn."""
    program = f"""
import sys
for name in ("tensorflow", "keras", "sklearn", "matplotlib", "absl"):
    sys.modules[name] = None  # importing it now raises ModuleNotFoundError
import numpy as np
import kdgan_tf
scorer = kdgan_tf.deploy.Scorer({str(converted)!r})
print(scorer.score(np.zeros((1, 8, 8, 1), np.uint8))[0])
"""
    finished = command("-c", program)
    assert finished.returncode == 0, finished.stderr
    expected = Scorer(converted).score(np.zeros((1, 8, 8, 1), np.uint8))[0]
    assert float(finished.stdout) == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((8, 8, 1), r"\(n, side, side, channels\)"),
        ((1, 9, 9, 1), "8x8"),
        ((1, 8, 8, 3), "channel"),
    ],
)
def test_images_of_a_wrong_shape(converted, shape, message):
    with pytest.raises(InputError, match=message):
        Scorer(converted).score(np.zeros(shape, np.uint8))


def test_missing_and_damaged_files(converted, tmp_path):
    with pytest.raises(InputError, match="No such file"):
        Scorer(tmp_path / "missing.tflite")
    model = tmp_path / "student.tflite"
    model.write_bytes(converted.read_bytes())
    with pytest.raises(InputError, match=r"student\.json"):
        Scorer(model)
    sidecar = Sidecar.read(converted.with_suffix(".json"))
    write_json(model.with_suffix(".json"), sidecar.to_json())
    assert Scorer(model).threshold == sidecar.threshold.value
    damaged = bytearray(converted.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    model.write_bytes(damaged)
    with pytest.raises(InputError, match="another file or damaged"):
        Scorer(model)
