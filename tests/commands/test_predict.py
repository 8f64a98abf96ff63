import csv
import functools
import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.deploy import Scorer, Sidecar
from tests.conftest import ROOT, assert_one_line_error, command, invoke


@pytest.fixture
def pictures(digits, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, image in enumerate(digits.test[:4]):
        Image.fromarray(image[..., 0]).save(folder / f"{index}.png")
    return folder


def predict(model, *flags):
    return invoke("predict", f"--model={model}", *flags)


def test_json_lines_agree_with_the_library(converted, pictures, digits):
    model = converted
    finished = predict(model, f"--images={pictures}", "--json")
    assert finished.returncode == 0, finished.stderr
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    scorer = Scorer(model)
    expected = scorer.score(digits.test[:4])
    np.testing.assert_allclose([row["score"] for row in rows], expected)
    assert [row["anomalous"] for row in rows] == list(scorer.decide(expected))
    p_values = scorer.p_values(expected)
    np.testing.assert_allclose([row["p_value"] for row in rows], p_values)
    assert rows[0]["threshold"] == scorer.threshold


def test_table(converted, pictures):
    files = f"{pictures / '0.png'},{pictures / '2.png'}"
    model = converted
    finished = command(
        "tools/predict.py", f"--model={model}", f"--images={files}"
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert lines[0].split() == ["score", "p-value", "decision", "image"]
    assert [line.split()[-1][-5:] for line in lines[1:]] == ["0.png", "2.png"]


def test_bad_input(converted, pictures, tmp_path):
    model = converted
    wrong = tmp_path / "wrong.png"
    Image.new("L", (20, 20)).save(wrong)
    assert_one_line_error(predict(model, f"--images={wrong}"), "8x8", "20x20")
    missing = tmp_path / "missing.png"
    assert_one_line_error(
        predict(model, f"--images={missing}"), "found nothing"
    )
    (tmp_path / "empty").mkdir()
    assert_one_line_error(
        predict(model, f"--images={tmp_path / 'empty'}"), "found none"
    )


def test_one_bad_file_does_not_lose_the_others(converted, pictures):
    (pictures / "1.png").write_bytes(b"no image")
    finished = predict(converted, f"--images={pictures}", "--json")
    assert_one_line_error(finished, "1.png", "1 of 4 images could not be")
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    assert ["score" in row for row in rows] == [True, False, True, True]
    assert "1.png" in rows[1]["error"]
    table = predict(converted, f"--images={pictures}").stdout.splitlines()
    assert table[2].split()[:3] == ["-", "-", "-"]


def test_csv(converted, pictures):
    shutil.copy(pictures / "0.png", pictures / 'a "1", b.png')
    finished = predict(converted, f"--images={pictures}", "--csv")
    assert finished.returncode == 0, finished.stderr
    rows = list(csv.DictReader(finished.stdout.splitlines()))
    assert len(rows) == 5
    assert rows[-1]["image"].endswith('a "1", b.png')
    assert rows[-1]["score"] == rows[0]["score"]
    assert {row["anomalous"] for row in rows} <= {"true", "false"}


def test_no_images_are_an_error(converted, pictures):
    for words, message in (
        (["--images="], "Received none"),
        ([], "--images or --watch"),
        ([f"--images={pictures}/*.jpg"], "that match"),
        ([f"--watch={pictures}/missing"], "folder to watch"),
        ([f"--images={pictures}", "--json", "--csv"], "--json or --csv"),
        ([f"--images={pictures}", "--rate=1"], "false positive rate"),
        (["--images=, ,"], "Received none"),
    ):
        assert_one_line_error(predict(converted, *words), message)


def test_folders_patterns_and_files_together(converted, pictures, tmp_path):
    inner = tmp_path / "more" / "inner"
    inner.mkdir(parents=True)
    shutil.copy(pictures / "0.png", inner)
    words = f"{pictures / '[12].png'},{tmp_path / 'more'},{pictures / '3.png'}"
    finished = predict(converted, f"--images={words}", "--json")
    found = [json.loads(line)["image"] for line in finished.stdout.splitlines()]
    assert [name.rsplit("/")[-1] for name in found] == [
        *("1.png", "2.png", "0.png", "3.png"),
    ]


def test_an_empty_word_is_not_the_current_folder(
    converted, pictures, monkeypatch
):
    monkeypatch.chdir(pictures)
    finished = predict(converted, "--images=0.png,", "--json")
    assert finished.returncode == 0, finished.stderr
    assert len(finished.stdout.splitlines()) == 1


def test_a_name_with_commas_and_escapes(converted, pictures):
    odd = pictures / "part 1, \x1b[31mred.png"
    shutil.copy(pictures / "0.png", odd)
    finished = predict(converted, f"--images={odd}")
    assert finished.returncode == 0, finished.stderr
    assert "\x1b" not in finished.stdout
    assert finished.stdout.rstrip().endswith("part 1, \\x1b[31mred.png")
    odd.write_bytes(b"no image")
    finished = predict(converted, f"--images={odd}")
    assert finished.returncode != 0
    assert "\x1b" not in finished.stderr
    assert "\\x1b[31mred.png" in finished.stderr


def test_another_rate(converted, pictures, digits):
    scorer = Scorer(converted)
    finished = predict(
        converted, f"--images={pictures}", "--json", "--rate=0.5"
    )
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    expected = scorer.decide(scorer.score(digits.test[:4]), rate=0.5)
    assert [row["anomalous"] for row in rows] == list(expected)
    assert {row["threshold"] for row in rows} == {scorer.threshold_at(0.5)}


def test_heatmaps(converted, pictures, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(pictures / "0.png", other)
    maps = tmp_path / "maps"
    finished = predict(
        converted,
        f"--images={pictures},{other}",
        f"--heatmaps={maps}",
        "--json",
    )
    assert finished.returncode == 0, finished.stderr
    names = sorted(path.name for path in maps.iterdir())
    assert names == ["0-2.png", "0.png", "1.png", "2.png", "3.png"]
    last = json.loads(finished.stdout.splitlines()[-1])
    assert last["heatmap"] == str(maps / "0-2.png")
    assert Image.open(maps / "0.png").size == (256, 256)


@pytest.mark.parametrize("flag", ["images", "watch"])
def test_heatmaps_never_replace_images(converted, pictures, flag):
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    finished = predict(
        converted, f"--{flag}={pictures}", f"--heatmaps={pictures}/."
    )
    assert_one_line_error(finished, "a folder of its own for --heatmaps")
    assert before == {path: path.read_bytes() for path in pictures.iterdir()}


def test_heatmaps_where_a_file_is(converted, pictures, tmp_path):
    (tmp_path / "maps").write_text("")
    finished = predict(
        converted, f"--images={pictures}", f"--heatmaps={tmp_path / 'maps'}"
    )
    assert_one_line_error(finished, "found a file")
    assert finished.stdout == ""


def test_heatmaps_without_the_file_for_them(converted, pictures, tmp_path):
    for path in (converted, Sidecar.path_for(converted)):
        shutil.copy(path, tmp_path)
    finished = predict(
        tmp_path / converted.name,
        f"--images={pictures}",
        f"--heatmaps={tmp_path / 'maps'}",
    )
    assert_one_line_error(finished, "student.map.tflite")


def test_watch_scores_what_arrives(converted, pictures, tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(pictures / "0.png", folder / "before.png")
    process = subprocess.Popen(
        [
            *(sys.executable, "tools/predict.py", f"--model={converted}"),
            *(f"--watch={folder}", "--csv"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background of a shell ignores it, heirs included.
        preexec_fn=functools.partial(
            signal.signal, signal.SIGINT, signal.SIG_DFL
        ),
    )
    assert process.stdout.readline().startswith("image,score")
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_text("of another program")
    (folder / "folder.png").mkdir()
    lines = []
    for name in ("1.png", "2.png"):  # written once more, as cameras do
        shutil.copy(pictures / name, folder / "latest.png")
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert all(line.startswith(str(folder / "latest.png")) for line in lines)
    assert lines[0] != lines[1]
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_model_without_or_with_a_foreign_sidecar(converted, tmp_path):
    model = tmp_path / "student.tflite"
    shutil.copy(converted, model)
    image = tmp_path / "a.png"
    Image.new("L", (8, 8)).save(image)
    finished = predict(model, f"--images={image}")
    assert_one_line_error(finished, "student.json")
    shutil.copy(Sidecar.path_for(converted), tmp_path)
    model.write_bytes(model.read_bytes() + b"\0")
    finished = predict(model, f"--images={image}")
    assert_one_line_error(finished, "another file or damaged")


def test_heat_maps_have_the_shape_of_the_photograph(converted, tmp_path):
    stretched = tmp_path / "student.tflite"
    for path in converted.parent.iterdir():
        shutil.copy(path, tmp_path)
    sidecar = json.loads(Sidecar.path_for(stretched).read_text())
    sidecar["input"]["preprocessing"] |= {"resize": True, "fit": "stretch"}
    Sidecar.path_for(stretched).write_text(json.dumps(sidecar))
    picture = tmp_path / "wide.png"
    pixels = np.random.default_rng(0).integers(256, size=(300, 500))
    Image.fromarray(pixels.astype(np.uint8)).save(picture)
    maps = tmp_path / "maps"
    finished = predict(
        stretched, f"--images={picture},{picture}", f"--heatmaps={maps}"
    )
    assert finished.returncode == 0, finished.stderr
    (path,) = maps.iterdir()  # named twice, it is one image
    assert Image.open(path).size == (500, 300)


def test_a_rate_that_so_few_images_cannot_promise(converted, pictures):
    finished = predict(converted, f"--images={pictures}", "--rate=0.0001")
    assert finished.returncode == 0
    assert "cannot promise 0.0% false alarms: 9999 would do" in finished.stderr
    assert "warning" not in predict(converted, f"--images={pictures}").stderr
