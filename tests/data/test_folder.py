import zlib

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.data.sources import load
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.preprocessing import Preprocessing


def fill(folder, count, brightness=0, size=(12, 12), mode="L", suffix="png"):
    """Noisy images of a brightness; size is (height, width)."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng([count, brightness, *size])
    for index in range(count):
        shape = (*size, 3) if mode == "RGB" else size
        pixels = generator.integers(0, 50, shape) + brightness
        image = Image.fromarray(pixels.astype(np.uint8))
        image.save(folder / f"{mode}{size[0]}-{index}.{suffix}")


@pytest.fixture
def folders(tmp_path):
    """A folder data set: dark images are normal, bright ones are not."""
    fill(tmp_path / "train", 10)
    fill(tmp_path / "test" / "normal", 3)
    fill(tmp_path / "test" / "bright", 4, 200)
    fill(tmp_path / "test" / "odd" / "deep", 2, 100)
    return tmp_path


def load_folder(path, **kwargs):
    return load(
        "folder", train_dir=path / "train", test_dir=path / "test", **kwargs
    )


def test_folder(folders):
    images = load_folder(folders, holdout=0.2)
    assert images.train.shape == (8, 16, 16, 1)
    assert images.holdout.shape == (2, 16, 16, 1)
    assert images.test.shape == (9, 16, 16, 1)
    assert images.testable
    bright = images.test[:, 2:14, 2:14].mean(axis=(1, 2, 3)) > 60
    np.testing.assert_array_equal(images.anomalous, bright)
    assert images.kinds.tolist() == [
        *["bright"] * 4,
        *["normal"] * 3,
        *["odd"] * 2,
    ]
    assert images.preprocessing == Preprocessing(12, 16, 1)
    assert images.notes[0] == "19 images of 12x12 pixels become 12x12, grey"


def test_colour_images_of_several_sizes(tmp_path):
    fill(tmp_path / "train", 6, size=(20, 20), mode="RGB")
    fill(tmp_path / "train", 6, size=(40, 40), mode="RGB")
    images = load("folder", train_dir=tmp_path / "train")
    assert images.train.shape == (12, 16, 16, 3)
    assert images.preprocessing.resize


def test_normal_images_are_enough(folders):
    images = load("folder", train_dir=folders / "train", holdout=0.2)
    assert images.test.shape == (0, 16, 16, 1)
    assert images.anomalous.shape == (0,)
    assert not images.testable
    assert any("no --test_dir" in note for note in images.notes)


def test_a_test_without_anomalies(folders):
    fill(folders / "only" / "good", 5)
    images = load(
        "folder", train_dir=folders / "train", test_dir=folders / "only"
    )
    assert len(images.test) == 5
    assert not images.testable
    assert any("no anomalies" in note for note in images.notes)


def test_a_test_without_normal_images(folders):
    with pytest.raises(InputError, match=r"normal test images in .*normal"):
        load(
            "folder",
            train_dir=folders / "train",
            test_dir=folders / "test" / "odd",
        )


@pytest.mark.parametrize(
    ("fit", "outcome"),
    [(None, "stretched"), ("crop", "cropped"), ("pad", "padded")],
)
def test_a_rectangle_among_squares_is_fitted_and_said(folders, fit, outcome):
    fill(folders / "train" / "wide", 1, size=(12, 30))
    images = load_folder(folders, fit=fit)
    assert len(images.train) == 11
    assert images.preprocessing.fit == (fit or "stretch")
    assert f"1 rectangle {outcome}" in images.notes[0]


def test_nothing_is_said_of_rectangles_where_there_are_none(folders):
    images = load_folder(folders, fit="stretch")
    assert images.notes[0] == "19 images of 12x12 pixels become 12x12, grey"


def test_a_rectangle_is_refused_where_that_is_asked_for(folders):
    fill(folders / "train" / "wide", 1, size=(12, 30))
    with pytest.raises(InputError, match=r"1 of 20 cannot: .*wide.L12-0\.png"):
        load_folder(folders, fit="square")


def test_all_unfit_files_are_named_at_once(folders):
    train = folders / "train"
    (train / "broken.png").write_bytes(b"not an image")
    good = train / "L12-0.png"
    (train / "cut.png").write_bytes(good.read_bytes()[:-60])
    fill(train, 1, size=(5, 5))
    Image.new("RGBA", (12, 12)).save(train / "glass.png")
    Image.fromarray(np.full((12, 12), 0.5, np.float32)).save(train / "f.tif")
    with pytest.raises(InputError) as caught:
        load_folder(folders)
    message = str(caught.value)
    assert "5 of 24 cannot" in message
    for part in (
        "broken.png (it is no image",
        "cut.png (",
        "L5-0.png (Expected",
        "glass.png (it has transparent",
        "f.tif (its pixels",
    ):
        assert part in message


def test_a_rectangle_a_deep_a_broken_and_a_huge_image(folders):
    train = folders / "train"
    fill(train / "wide", 1, size=(12, 30))
    deep = np.full((12, 12), 40_000, np.uint16)
    Image.fromarray(deep).save(train / "deep.png")
    (train / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    data = bytearray((train / "L12-0.png").read_bytes())
    data[16:24] = 2 * (13_000).to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    (train / "huge.png").write_bytes(data)
    with pytest.raises(InputError, match="2 of 23 cannot") as caught:
        load_folder(folders)
    assert "broken.jpg (it is no image" in str(caught.value)
    assert "huge.png (its 13000x13000 pixels" in str(caught.value)
    (train / "broken.jpg").unlink()
    (train / "huge.png").unlink()
    images = load_folder(folders)
    assert len(images.train) == 12
    assert "1 rectangle stretched" in images.notes[0]
    assert "1 of 21 images have 16 bits" in images.notes[1]


def test_ten_unfit_files_are_named_and_the_rest_counted(folders):
    for index in range(14):
        (folders / "train" / f"bad{index:02}.png").write_bytes(b"x")
    with pytest.raises(InputError, match=r"bad09\.png .* and 4 more\. Rep"):
        load_folder(folders)


def test_a_small_image_does_not_make_all_small(tmp_path):
    fill(tmp_path / "train", 9, size=(40, 40))
    fill(tmp_path / "train", 1, size=(16, 16))
    with pytest.raises(InputError, match=r"L16-0\.png \(.*at least 32x32"):
        load("folder", train_dir=tmp_path / "train")


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_images(tmp_path, count):
    fill(tmp_path / "train", count)
    with pytest.raises(InputError, match=f"at least 8 .*found {count}. Take"):
        load("folder", train_dir=tmp_path / "train")


def test_all_images_alike(tmp_path):
    fill(tmp_path / "train", 1)
    data = (tmp_path / "train" / "L12-0.png").read_bytes()
    for index in range(20):
        (tmp_path / "train" / f"{index}.png").write_bytes(data)
    with pytest.raises(InputError, match="all 21 in .* are the same picture"):
        load("folder", train_dir=tmp_path / "train", holdout=0.1)


def test_copies_are_counted(folders):
    for folder, name in (("train", "a.png"), ("test/normal", "b.png")):
        data = (folders / "train" / "L12-0.png").read_bytes()
        (folders / folder / name).write_bytes(data)
    notes = " ".join(load_folder(folders).notes)
    assert "1 of 11 training images are copies" in notes
    assert "1 of 10 test images are training images too" in notes


def test_twins_are_kept_together_and_said(tmp_path):
    fill(tmp_path / "train", 30, size=(32, 32))
    for index in range(0, 30, 2):  # a second photograph, a little brighter
        path = tmp_path / "train" / f"L32-{index}.png"
        pixels = np.asarray(Image.open(path)) + np.uint8(9)
        Image.fromarray(pixels).save(tmp_path / "train" / f"again{index}.png")
    images = load("folder", train_dir=tmp_path / "train", holdout=0.2)
    assert len(images.train) + len(images.holdout) == 45
    flat = [
        part.reshape(len(part), -1).astype(float)
        for part in (images.holdout, images.train)
    ]
    correlation = np.corrcoef(*flat)[: len(flat[0]), len(flat[0]) :]
    assert correlation.max() < 0.5
    assert any(
        "30 of 45 normal images are near twins of others, in 15 groups: kept"
        in note
        for note in images.notes
    )


def test_grey_is_told_by_content_and_not_by_file(folders):
    for path in (folders / "train").iterdir():
        Image.open(path).convert("RGB").save(path)
    assert load_folder(folders).preprocessing.channels == 1


def test_a_colour_image_among_grey_ones_is_said(folders):
    fill(folders / "train", 2, mode="RGB")
    images = load_folder(folders)
    assert images.train.shape[-1] == 1
    assert any("2 of 21 images have colours" in note for note in images.notes)


def test_a_grey_image_among_colours_is_said(tmp_path):
    fill(tmp_path / "train", 9, mode="RGB")
    fill(tmp_path / "train", 1)
    images = load("folder", train_dir=tmp_path / "train")
    assert images.train.shape[-1] == 3
    assert any("1 of 10 images have no colours" in n for n in images.notes)


def test_12_bits_in_16_are_found_over_the_folder(tmp_path):
    (tmp_path / "train").mkdir()
    generator = np.random.default_rng(0)
    for index in range(10):
        pixels = generator.integers(0, 3000, (12, 12), np.uint16)
        pixels[0, 0] = 0 if index else 4095
        Image.fromarray(pixels).save(tmp_path / "train" / f"{index}.tiff")
    images = load("folder", train_dir=tmp_path / "train")
    assert images.preprocessing.bit_depth == 12
    assert images.train.max() == 255
    assert 60 < images.train[:, 2:14, 2:14].mean() < 120
    assert any("values 0 to 4,095 become" in note for note in images.notes)


def test_a_16_bit_image_among_others(folders):
    pixels = np.full((12, 12), 2570, np.uint16)
    pixels[0, 0] = 65535
    Image.fromarray(pixels).save(folders / "train" / "deep.png")
    images = load_folder(folders)
    assert len(images.train) == 11
    assert sorted(np.unique(images.train[-1])) == [0, 10, 255]


def test_a_given_preprocessing_is_used(folders):
    rule = Preprocessing(8, 8, 3, True, "crop")
    images = load_folder(folders, preprocessing=rule)
    assert images.preprocessing == rule
    assert images.train.shape == (10, 8, 8, 3)


def test_folder_without_images(folders):
    (folders / "empty").mkdir()
    with pytest.raises(InputError, match="found none"):
        load("folder", train_dir=folders / "empty")
    with pytest.raises(InputError, match="--train_dir"):
        load("folder", test_dir=folders / "test")


def test_sub_folders_that_all_count_as_normal_are_said(tmp_path):
    fill(tmp_path / "train" / "good", 8)
    fill(tmp_path / "train", 2, size=(13, 13))
    one = load("folder", train_dir=tmp_path / "train")
    assert "sub-folders" not in " ".join(one.notes)
    fill(tmp_path / "train" / "crack", 3, size=(14, 14))
    both = load("folder", train_dir=tmp_path / "train")
    assert "those of its 2 sub-folders too (crack, good)" in " ".join(
        both.notes
    )


def test_a_test_among_the_training_images_is_refused(folders):
    for outer in (folders, folders / "test"):
        with pytest.raises(InputError, match="outside --train_dir"):
            load("folder", train_dir=outer, test_dir=folders / "test")


def test_a_link_makes_no_anomalies_of_normal_images(folders):
    test = folders / "test"
    expected = load_folder(folders).anomalous.sum()
    (test / "a_link").symlink_to(test / "normal")
    images = load_folder(folders)
    assert images.anomalous.sum() == expected
    assert len(images.test) == 9
