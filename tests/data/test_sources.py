import os
import shutil
import socket

import numpy as np
import pytest
from PIL import Image

from kdgan_tf import data
from kdgan_tf.data.sources import load
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing

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


@pytest.fixture
def folders(tmp_path):
    """A folder data set: dark images are normal, bright ones are not."""
    generator = np.random.default_rng(0)

    def fill(folder, count, brightness, side=12, mode="L"):
        folder.mkdir(parents=True)
        for index in range(count):
            shape = (side, side) + ((3,) if mode == "RGB" else ())
            pixels = generator.integers(0, 50, shape) + brightness
            image = Image.fromarray(pixels.astype(np.uint8))
            image.save(folder / f"{index}.png")

    fill(tmp_path / "train", 10, 0)
    fill(tmp_path / "test" / "normal", 3, 0)
    fill(tmp_path / "test" / "bright", 4, 200)
    fill(tmp_path / "test" / "odd" / "deep", 2, 100)
    return tmp_path, fill


def load_folder(path, **kwargs):
    return load(
        "folder", train_dir=path / "train", test_dir=path / "test", **kwargs
    )


def test_folder(folders):
    path, _ = folders
    images = load_folder(path, holdout=0.2)
    assert images.train.shape == (8, 16, 16, 1)
    assert images.holdout.shape == (2, 16, 16, 1)
    assert images.test.shape == (9, 16, 16, 1)
    bright = images.test[:, 2:14, 2:14].mean(axis=(1, 2, 3)) > 60
    np.testing.assert_array_equal(images.anomalous, bright)
    assert images.preprocessing == Preprocessing(12, 16, 1)


def test_folder_of_colour_images_of_several_sizes(folders):
    path, fill = folders
    fill(path / "train" / "more", 2, 0, side=40, mode="RGB")
    images = load_folder(path)
    assert images.train.shape == (12, 8, 8, 3)
    assert images.preprocessing.resize


def test_folder_without_images(folders):
    path, _ = folders
    (path / "empty").mkdir()
    with pytest.raises(InputError, match="found none"):
        load("folder", train_dir=path / "empty", test_dir=path / "test")
    with pytest.raises(InputError, match="--train_dir"):
        load("folder", test_dir=path / "test")


def test_folder_without_anomalies(folders):
    path, _ = folders
    shutil.rmtree(path / "test" / "bright")
    shutil.rmtree(path / "test" / "odd")
    with pytest.raises(InputError, match="Expected anomalies"):
        load_folder(path)


def test_folder_with_an_unreadable_image(folders):
    path, _ = folders
    (path / "train" / "bad.png").write_bytes(b"not an image")
    with pytest.raises(InputError, match=r"bad\.png"):
        load_folder(path)


@pytest.mark.parametrize(
    ("size", "message"), [((20, 12), "square"), ((5, 5), "at least 8x8")]
)
def test_folder_with_an_image_of_a_bad_shape(folders, size, message):
    path, _ = folders
    Image.new("L", size).save(path / "train" / "odd.png")
    with pytest.raises(InputError, match=message):
        load_folder(path)


if REAL_DATA:  # more tests where real data lies, none skipped where not

    @pytest.mark.parametrize("name", REAL)
    def test_real_data(name):
        side, channels = REAL[name]
        images = load(name, 8, holdout=0.1)
        assert images.preprocessing == Preprocessing(side, 32, channels)
        assert len(images.test) == 10_000
        assert 0.89 < images.anomalous.mean() < 0.91
        assert 4500 <= len(images.train) <= 5500
        with pytest.raises(InputError, match="from 0 to 9"):
            load(name, 10)
