import dataclasses
import hashlib
import threading

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.deploy import Scorer, Sidecar
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import write_json
from tests.broken_model import with_one_shifted_scale
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
for name in ("tensorflow", "keras", "sklearn", "scipy", "absl"):
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


def test_threads_share_a_scorer(converted, digits):
    scorer = Scorer(converted)
    images = digits.test[:100]
    expected = scorer.score(images)
    found = {}

    def score(thread):
        order = np.roll(np.arange(len(images)), 7 * thread)
        found[thread] = np.roll(scorer.score(images[order]), -7 * thread)

    threads = [threading.Thread(target=score, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for scores in found.values():
        np.testing.assert_array_equal(scores, expected)
    assert len(found) == 4


@pytest.mark.parametrize(
    ("convert", "message"),
    [
        (lambda image: image / 255.0, "from 0 to 1, fractions of 1"),
        (lambda image: image / 127.5 - 1, "from -1 to 1"),
        (lambda image: np.where(image > 9, np.nan, image), "nan"),
        (lambda image: np.where(image > 9, np.inf, image), "inf"),
        (lambda image: image.astype(np.int32) + 1, "from 1 to 256"),
        (lambda image: image.astype(np.uint16), "uint16"),
        (lambda image: image > 127, "type bool"),
        (lambda image: image.astype(complex), "type complex"),
        (lambda image: image.astype(str), "type <U"),
        (lambda image: image.astype(object), "type object"),
    ],
)
def test_values_that_are_no_pixels(converted, digits, convert, message):
    images = digits.test[:2].copy()
    images[0, 0, 0] = 255
    images[0, 0, 1] = 0
    with pytest.raises(InputError, match=message) as caught:
        Scorer(converted).score(convert(images))
    assert "\n" not in str(caught.value)


def test_pixels_of_any_other_type_score_alike(converted, digits):
    scorer = Scorer(converted)
    images = digits.test[:3]
    expected = scorer.score(images)
    for kind in (np.int64, np.float32, np.float64):
        np.testing.assert_array_equal(
            scorer.score(images.astype(kind)), expected
        )
    assert scorer.score(np.zeros((1, 8, 8, 1), float)).shape == (1,)


def test_an_image_scores_alike_as_array_and_as_file(converted, tmp_path):
    """Where images are shrunk and padded, those of the input's side too."""
    sidecar = Sidecar.read(Sidecar.path_for(converted))
    tensor = sidecar.input
    fit = dataclasses.replace(tensor.preprocessing, content_side=6, resize=True)
    sidecar = dataclasses.replace(
        sidecar, input=dataclasses.replace(tensor, preprocessing=fit)
    )
    scorer = Scorer(converted, sidecar)
    image = np.random.default_rng(0).integers(256, size=(8, 8, 1), dtype="u1")
    path = tmp_path / "image.png"
    Image.fromarray(image[..., 0]).save(path)
    as_file = scorer.score_files([path])
    np.testing.assert_array_equal(scorer.score(image[None]), as_file)
    fitted = fit(image)[None]
    np.testing.assert_array_equal(scorer.score(fitted, fitted=True), as_file)
    assert scorer.score(fitted) != as_file
    with pytest.raises(InputError, match="fitted images of shape"):
        scorer.score(np.zeros((1, 6, 6, 1), "u1"), fitted=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "other"),
        ("dtype", "float32"),
        ("scale", 0.5),
        ("zero_point", -127),
    ],
)
def test_an_input_that_the_sidecar_does_not_describe(converted, field, value):
    sidecar = Sidecar.read(Sidecar.path_for(converted))
    wrong = dataclasses.replace(sidecar.input, **{field: value})
    with pytest.raises(InputError, match=f"has {field} {value}"):
        Scorer(converted, dataclasses.replace(sidecar, input=wrong))


@pytest.mark.parametrize("reference_kernels", [False, True])
@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_a_runtime_that_miscomputes_is_refused(
    converted, reference_kernels, factor
):
    """Seen from the other side: the sidecar promises other scores."""
    sidecar = Sidecar.read(Sidecar.path_for(converted))
    *first, last = sidecar.golden_vectors
    last = dataclasses.replace(
        last,
        score=factor * last.score,
        reference_score=factor * last.reference_score,
    )
    sidecar = dataclasses.replace(sidecar, golden_vectors=(*first, last))
    with pytest.raises(InputError, match="golden vector 3.*processor"):
        Scorer(converted, sidecar, reference_kernels=reference_kernels)


@pytest.mark.parametrize("reference_kernels", [False, True])
def test_a_model_with_one_shifted_scale_is_refused(
    converted, reference_kernels, tmp_path
):
    """The file is the sidecar's by its hash, so only the scores can tell."""
    data = with_one_shifted_scale(converted.read_bytes())
    path = tmp_path / "student.tflite"
    path.write_bytes(data)
    sidecar = dataclasses.replace(
        Sidecar.read(Sidecar.path_for(converted)),
        model_sha256=hashlib.sha256(data).hexdigest(),
    )
    with pytest.raises(InputError, match="golden vector 0.*processor"):
        Scorer(path, sidecar, reference_kernels=reference_kernels)


def test_decisions_at_another_rate_and_p_values(converted, digits):
    scorer = Scorer(converted)
    scores = scorer.score(digits.test)
    p_values = scorer.p_values(scores)
    assert np.all((p_values > 0) & (p_values <= 1))
    np.testing.assert_array_equal(
        scorer.decide(scores, rate=0.3), p_values <= 0.3
    )
    np.testing.assert_array_equal(
        scorer.decide(scores), scores > scorer.threshold
    )
    with pytest.raises(InputError, match="found NaN"):
        scorer.decide([1.0, np.nan])


def test_loading_calls_nothing_private_of_litert(converted, monkeypatch):
    """Whether XNNPACK takes the file was found when it was converted."""
    from ai_edge_litert.interpreter import Interpreter

    monkeypatch.delattr(Interpreter, "_get_ops_details")
    scorer = Scorer(converted)
    assert scorer.sidecar.fast_kernels is True


def test_a_damaged_file_is_found_before_it_is_loaded(converted, tmp_path):
    import kdgan_tf.runtime.scorer as module

    model = tmp_path / "student.tflite"
    model.write_bytes(converted.read_bytes()[:-100])
    sidecar = Sidecar.read(Sidecar.path_for(converted))
    loaded = []
    original = module.load_interpreter
    module.load_interpreter = lambda *args, **kwargs: loaded.append(args)
    try:
        with pytest.raises(InputError, match="another file or damaged"):
            Scorer(model, sidecar)
    finally:
        module.load_interpreter = original
    assert not loaded


def test_grey_images_need_no_channel_axis(converted, digits):
    scorer = Scorer(converted)
    images = digits.test[:3]
    np.testing.assert_array_equal(
        scorer.score(images[..., 0]), scorer.score(images)
    )
    with pytest.raises(InputError, match="several sizes. Let the files"):
        scorer.score([np.zeros((8, 8)), np.zeros((9, 8))])
    with pytest.raises(InputError, match=r"Received shape \(8, 8, 3\)"):
        scorer.score(np.zeros((8, 8, 3)))
