import dataclasses
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from kdgan_tf import data
from kdgan_tf.data.sources import load
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing
from tests.conftest import ROOT

REAL = {"mnist": (28, 1), "fashion_mnist": (28, 1), "cifar10": (32, 3)}
REAL_DATA = os.environ.get("TFDS_DATA_DIR")


def test_digits_are_split_once_and_for_all(digits):
    assert digits.preprocessing == Preprocessing(8, 8, 1)
    assert digits.test.shape == (599, 8, 8, 1)
    assert digits.test.dtype == np.uint8
    assert digits.test.max() == 255
    assert 0.85 < digits.anomalous.mean() < 0.95
    again = load("digits", 3, holdout=0.1)
    np.testing.assert_array_equal(digits.train, again.train)


def test_holdout_takes_its_share_and_no_image_twice(digits):
    everything = load("digits", 3)
    count = len(everything.train)
    assert len(everything.holdout) == 0
    assert len(digits.holdout) == int(np.ceil(0.1 * count))
    assert len(digits.train) + len(digits.holdout) == count
    joined = np.concatenate([digits.train, digits.holdout])
    key = [image.tobytes() for image in joined]
    assert sorted(key) == sorted(i.tobytes() for i in everything.train)
    other = load("digits", 3, holdout=0.1, seed=1)
    assert not np.array_equal(other.holdout, digits.holdout)


def test_one_class_gives_data_sets_for_fit_and_for_the_test():
    train, test = data.one_class("digits", normal_class=3, batch_size=16)
    batches = list(train.as_numpy_iterator())
    assert {batch.shape for batch in batches} == {(16, 8, 8, 1)}
    again = list(train.as_numpy_iterator())
    assert not np.array_equal(batches[0], again[0])
    labels = np.concatenate([label for _, label in test.as_numpy_iterator()])
    assert set(labels) == {0, 1}
    assert len(labels) == 599


def numbers(count):
    """Images that can be told apart by their pixel."""
    return np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)


def first(stream, steps):
    return [batch.ravel() for batch in stream.take(steps).as_numpy_iterator()]


def test_stream_gives_each_image_once_before_any_again():
    seen = np.concatenate(first(data.training_stream(numbers(10), 4), 5))
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert not np.array_equal(seen[:10], seen[10:])


@pytest.mark.parametrize("step", [1, 3, 6])
def test_stream_goes_on_where_another_stopped(step):
    whole = first(data.training_stream(numbers(10), 4, seed=5), 9)
    rest = data.training_stream(numbers(10), 4, seed=5, first_step=step)
    for one, other in zip(whole[step:], first(rest, 9 - step), strict=True):
        np.testing.assert_array_equal(one, other)


def test_stream_depends_on_the_seed():
    one, other = (
        first(data.training_stream(numbers(50), 50, seed), 1)[0]
        for seed in (0, 1)
    )
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("normal_class", [-1, 10, None, 1.5])
def test_class_out_of_range(normal_class):
    with pytest.raises(InputError, match="from 0 to 9 for digits"):
        load("digits", normal_class)


def test_holdout_out_of_range():
    with pytest.raises(InputError, match="holdout"):
        load("digits", 3, holdout=1.0)


def test_unknown_data_set():
    with pytest.raises(InputError, match="'no_such_set' is not one"):
        load("no_such_set", 0)


def test_offline_says_so_at_once_and_leaves_nothing(tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    folder = tmp_path / "data"
    with pytest.raises(InputError, match="Expected mnist in .*Go online"):
        load("mnist", 0, data_dir=folder)
    assert not folder.exists()


def test_fingerprints_tell_other_images_from_the_same(digits):
    assert digits.fingerprints == load("digits", 3, holdout=0.1).fingerprints
    assert digits.summary()["normal_images_sha256"]
    inverted = dataclasses.replace(digits, train=255 - digits.train)
    for name, same in (
        ("normal_images_sha256", False),
        ("test_images_sha256", True),
    ):
        equal = inverted.fingerprints[name] == digits.fingerprints[name]
        assert equal == same


def test_a_given_preprocessing_is_used(digits):
    rule = Preprocessing(8, 16, 1)
    images = load("digits", 3, preprocessing=rule)
    assert images.train.shape[1:] == (16, 16, 1)
    np.testing.assert_array_equal(images.test[:, 4:12, 4:12], digits.test)
    with pytest.raises(InputError, match="either a preprocessing"):
        load("digits", 3, preprocessing=rule, image_size=8)


def test_loading_needs_no_tensorflow():
    program = (
        "import sys; from kdgan_tf import data; data.load('digits', 3); "
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


if REAL_DATA:  # more tests where real data lies, none skipped where not

    @pytest.mark.parametrize(
        "name",
        [
            "mnist",
            pytest.param("fashion_mnist", marks=pytest.mark.slow),
            pytest.param("cifar10", marks=pytest.mark.slow),
        ],
    )
    def test_real_data(name):
        side, channels = REAL[name]
        images = load(name, 8, holdout=0.1)
        assert images.preprocessing == Preprocessing(side, 32, channels)
        assert len(images.test) == 10_000
        assert 0.89 < images.anomalous.mean() < 0.91
        assert 4500 <= len(images.train) <= 5500
        with pytest.raises(InputError, match="from 0 to 9"):
            load(name, 10)


def test_folders_of_another_data_set_are_refused(tmp_path):
    with pytest.raises(InputError, match="Received: digits"):
        load("digits", 8, train_dir=tmp_path)
