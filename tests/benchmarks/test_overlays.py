import sys

import numpy as np
from PIL import Image

from benchmarks import overlays


def test_a_sheet_has_a_row_for_each_pair(
    converted, digits, tmp_path, monkeypatch
):
    for name, kinds in (("one", 2), ("other", 3)):
        for kind in range(kinds):
            folder = tmp_path / name / f"kind{kind}"
            folder.mkdir(parents=True)
            for index, image in enumerate(digits.test[:4]):
                Image.fromarray(image[..., 0]).save(folder / f"{index}.png")
    sheet = tmp_path / "sheet.png"
    pairs = [converted, tmp_path / "one", converted, tmp_path / "other"]
    monkeypatch.setattr(sys, "argv", ["overlays", *map(str, [sheet, *pairs])])
    overlays.main()
    with Image.open(sheet) as found:
        pixels = np.array(found.convert("RGB"))
    side = overlays._SIDE
    assert pixels.shape == (2 * side, 3 * side, 3)
    # White where a row is shorter; the same image, the same picture.
    assert (pixels[:side, 2 * side :] == 255).all()
    np.testing.assert_array_equal(pixels[:side, :side], pixels[side:, :side])
