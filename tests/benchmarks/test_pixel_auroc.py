import json
import sys

import numpy as np
from PIL import Image

from benchmarks import pixel_auroc
from kdgan_tf.runtime.preprocessing import Preprocessing


def test_by_hand():
    maps = np.array([[[0.1, 0.9], [0.2, 0.3]]])
    masks = np.array([[[False, True], [False, True]]])
    assert pixel_auroc.pixel_auroc(maps, masks) == 1.0
    # One of the two defective pixels is below one of the two normal ones.
    maps[0, 1, 1] = 0.15
    assert pixel_auroc.pixel_auroc(maps, masks) == 0.75


def test_masks_go_through_what_images_go_through(tmp_path):
    images, masks = tmp_path / "images", tmp_path / "masks"
    (masks / "crack").mkdir(parents=True)
    mask = np.zeros((16, 32), np.uint8)
    mask[:4, :8] = 255
    mask[8, 16:] = 255  # half of the pixels that it falls in
    Image.fromarray(mask).save(masks / "crack" / "a.png")
    paths = [images / "crack" / "a.jpg", images / "normal" / "b.jpg"]
    fit = Preprocessing(8, 8, 1, resize=True, fit="stretch")
    found = pixel_auroc.masks_of(paths, images, masks, fit)
    expected = np.zeros((8, 8), bool)
    expected[:2, :2] = expected[4, 4:] = True
    np.testing.assert_array_equal(found[0], expected)
    assert not found[1].any()


def test_row_and_pictures(converted, digits, tmp_path, monkeypatch, capsys):
    images, masks = tmp_path / "images", tmp_path / "masks"
    for kind in ("normal", "spot"):
        (images / kind).mkdir(parents=True)
        (masks / kind).mkdir(parents=True)
    for index, image in enumerate(digits.holdout[:6, ..., 0]):
        Image.fromarray(image).save(images / "normal" / f"{index}.png")
        spoilt = image.copy()
        spoilt[4:7, 4:7] = 255 - spoilt[4:7, 4:7]
        Image.fromarray(spoilt).save(images / "spot" / f"{index}.png")
        mask = np.zeros((8, 8), np.uint8)
        mask[4:7, 4:7] = 255
        Image.fromarray(mask).save(masks / "spot" / f"{index}.png")
    words = [f"--model={converted}", f"--images={images}", f"--masks={masks}"]
    words.append(f"--heatmaps={tmp_path / 'maps'}")
    monkeypatch.setattr(sys, "argv", ["pixel_auroc.py", *words])
    pixel_auroc.main()
    row = json.loads(capsys.readouterr().out)
    assert (row["images"], row["with_mask"], row["side"]) == (12, 6, 8)
    assert row["by_kind"] == {"spot": row["pixel_auroc"]}
    assert row["mean_of_kinds"] == row["pixel_auroc"] > 0.5
    assert len(list((tmp_path / "maps").rglob("*.png"))) == 12
