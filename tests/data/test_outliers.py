import numpy as np
import pytest
from PIL import Image

from kdgan_tf.data.outliers import read_outliers, with_outliers
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing


@pytest.fixture
def folder(tmp_path):
    """Eight pictures in colour, of two sizes, in folders."""
    rng = np.random.default_rng(0)
    for index in range(8):
        path = tmp_path / f"{index % 2}" / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        shape = (16, 24, 3) if index % 2 else (8, 8, 3)
        Image.fromarray(rng.integers(0, 256, shape, np.uint8)).save(path)
    return tmp_path


def test_they_are_fitted_whatever_their_size_and_colour(folder):
    rule = Preprocessing(8, 8, 1)  # squares of 8 x 8 and no others
    found = read_outliers(folder, rule)
    assert found.shape == (8, 8, 8, 1)
    assert found.dtype == np.uint8
    # The middle square of a rectangle.
    picture = np.asarray(Image.open(folder / "1" / "1.png"))[:, 4:20]
    cut = Preprocessing(8, 8, 1, resize=True)
    np.testing.assert_array_equal(found[4], cut.decoded(picture))


def test_images_that_come_with_them_are_others_and_say_so(digits, folder):
    found = with_outliers(digits, folder)
    assert len(found.outliers) == 8
    assert "8 unrelated images as anomalies" in found.notes[-1]
    assert found.summary() != digits.summary()
    changed = {
        name
        for name, value in found.summary().items()
        if value != digits.summary()[name]
    }
    assert changed == {"outliers_sha256"}


def test_folders_that_cannot_be_used(digits, folder):
    with pytest.raises(InputError, match="at least 8 unrelated images.*4"):
        with_outliers(digits, folder / "1")
    (folder / "0" / "0.png").write_bytes(b"no picture")
    (folder / "1" / "3.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"2 of 8 cannot.*0\.png.*3\.png"):
        with_outliers(digits, folder)
