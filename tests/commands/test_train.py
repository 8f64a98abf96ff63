"""The command `train` as a user meets it."""

import dataclasses
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from kdgan_tf.commands.command_line import flagfile
from kdgan_tf.commands.train import UPRIGHT_ACCURACY, config
from kdgan_tf.commands.train import run as train_command
from kdgan_tf.runs.models import load_gan
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import read_json
from tests.conftest import (
    ROOT,
    assert_one_line_error,
    command,
    every_step_eagerly,
    invoke,
)


def train(*flags):
    return invoke("train", *flags)


@pytest.fixture
def output(tmp_path):
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        (["--dataset=no_such_set"], ["no_such_set", "tensorflow-datasets"]),
        (["--normal_class=10"], ["from 0 to 9", "10"]),
        (["--dataset=digits"], ["from 0 to 9", "None"]),
        (["--normal_class=3", "--teacher=x"], ["preset among", "x"]),
        (["--normal_class=3", "--holdout=2"], ["holdout", "2"]),
        (["--normal_class=3", "--teacher_epochs=0"], ["one epoch"]),
        (["--normal_class=3", "--image_size=16"], ["16x16"]),
        (["--normal_class=three"], ["normal_class", "three"]),
        (["--no_such_flag=1"], ["no_such_flag"]),
        (["--quantization=int4"], ["int4", "int8"]),
        (["--dataset=folder"], ["--train_dir"]),
    ],
)
def test_bad_flags_give_one_line(output, flags, parts):
    finished = train(f"--output_dir={output}", *flags)
    assert_one_line_error(finished, *parts)
    assert not output.exists()


def config_of(images, *flags):
    words = ["train", "--output_dir=x", "--dataset=folder", *flags]
    return config(train_command.parse(words), images)


def test_what_is_asked_of_a_folder(digits):
    """An upright, unless a flag says otherwise."""
    images = dataclasses.replace(digits, name="folder")
    assert config_of(images).upright_accuracy == UPRIGHT_ACCURACY
    assert config_of(images, "--upright_accuracy=0").upright_accuracy == 0
    assert (
        config(
            train_command.parse(["train", "--output_dir=x"]), digits
        ).upright_accuracy
        == 0
    )


def test_augmentations_by_hand_and_a_student_by_its_budget(digits):
    images = dataclasses.replace(digits, name="folder")
    parts = f"--flagfile={ROOT / 'parts.flags'}"
    usual = config_of(images, parts)
    assert usual.symmetry_accuracy > 0.5
    by_hand = config_of(images, parts, "--augmentations=shift,mirror")
    assert by_hand.symmetry_accuracy == 0
    assert by_hand.student.augmentations == ("shift", "mirror")
    with pytest.raises(InputError, match="augmentations among"):
        config_of(images, parts, "--augmentations=turn")
    tiny = config_of(images, parts, "--student_budget=tiny")
    assert tiny.teacher == usual.teacher
    assert tiny.student.channels[0] < usual.student.channels[0]
    with pytest.raises(InputError, match="presets of other budgets"):
        config_of(images, "--student_budget=tiny")


def test_kinds_of_evidence_by_hand(digits):
    images = dataclasses.replace(digits, name="folder")
    parts = f"--flagfile={ROOT / 'parts.flags'}"
    by_hand = config_of(images, parts, "--evidence=latent,peak")
    assert by_hand.teacher.evidence == ("latent", "peak")
    assert by_hand.student.evidence == ("latent", "peak")
    with pytest.raises(InputError, match="evidence among"):
        config_of(images, parts, "--evidence=doubt")
    with pytest.raises(InputError, match="presets of parts and cifar10"):
        config_of(digits, "--evidence=latent")


def test_missing_output_dir():
    finished = command("tools/train.py", "--normal_class=3")
    assert_one_line_error(finished, "output_dir")


def test_flagfile_line_without_dashes(tmp_path, output):
    flagfile = tmp_path / "bad.flags"
    flagfile.write_text("--normal_class=3\nteacher_epochs=1\n")
    finished = train(f"--flagfile={flagfile}", f"--output_dir={output}")
    assert_one_line_error(finished, "teacher_epochs=1", "--")


def test_missing_flagfile():
    assert_one_line_error(train("--flagfile=missing.flags"), "missing.flags")


def test_output_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "run"
    finished = train("--normal_class=3", f"--output_dir={folder}")
    assert_one_line_error(finished, "written to", "choose another")


def test_missing_data_offline(tmp_path, output):
    blocked = {
        **os.environ,
        # No name resolves through a proxy that is not there.
        "PYTHONPATH": str(tmp_path),
    }
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def offline(*a, **k):\n"
        "    raise OSError('no network')\n"
        "socket.getaddrinfo = offline\n"
    )
    finished = command(
        "tools/train.py",
        "--dataset=mnist",
        "--normal_class=1",
        f"--data_dir={tmp_path / 'data'}",
        f"--output_dir={output}",
        env=blocked,
    )
    assert_one_line_error(finished, "mnist", "--data_dir")
    assert not output.exists()


def image_folder(path, count, brightness, size=(12, 12)):
    path.mkdir(parents=True)
    generator = np.random.default_rng(len(path.name))
    for index in range(count):
        noise = generator.integers(0, 40, size[::-1]) + brightness
        Image.fromarray(noise.astype(np.uint8)).save(path / f"{index}.png")


def test_folder_from_training_to_prediction(tmp_path, output, monkeypatch):
    every_step_eagerly(monkeypatch)
    image_folder(tmp_path / "train", 40, 0)
    image_folder(tmp_path / "test" / "normal", 10, 0)
    image_folder(tmp_path / "test" / "bright", 10, 210)
    image_folder(tmp_path / "unrelated", 9, 120, (30, 20))
    source = (
        "--dataset=folder",
        f"--train_dir={tmp_path / 'train'}",
        f"--test_dir={tmp_path / 'test'}",
    )
    finished = train(
        *source,
        f"--outliers_dir={tmp_path / 'unrelated'}",
        "--teacher=digits_teacher",
        "--student=digits_student",
        "--teacher_epochs=2",
        "--step1_epochs=2",
        # Whether there is an upright is asked of every folder otherwise.
        "--upright_accuracy=0",
        "--jit_compile=false",
        f"--output_dir={output}",
    )
    assert finished.returncode == 0, finished.stderr
    assert "student, step 2" in finished.stdout
    assert "images: 60 images of 12x12 pixels become" in finished.stdout
    exposed = "training sees 9 unrelated images as anomalies"
    assert exposed in finished.stdout
    assert exposed in str(read_json(output / "result.json")["images"]["notes"])
    for name in ("teacher", "student"):
        assert load_gan(output / f"{name}.keras").config.outlier_weight == 1
    for name in ("student.keras", "student.tflite"):
        finished = invoke("evaluate", *source, f"--model={output / name}")
        assert finished.returncode == 0, finished.stderr
        assert "on 10 normal images and 10 anomalies" in finished.stdout
    finished = invoke(
        "predict",
        f"--model={output / 'student.tflite'}",
        f"--images={tmp_path / 'test' / 'bright'}",
    )
    assert finished.returncode == 0, finished.stderr
    assert len(finished.stdout.splitlines()) == 11


def test_folder_of_bad_images(tmp_path, output):
    image_folder(tmp_path / "train", 9, 0)
    image_folder(tmp_path / "train" / "small", 2, 0, (6, 6))
    image_folder(tmp_path / "test" / "normal", 1, 0)
    image_folder(tmp_path / "test" / "other", 1, 0)
    finished = train(
        "--dataset=folder",
        f"--train_dir={tmp_path / 'train'}",
        f"--test_dir={tmp_path / 'test'}",
        f"--output_dir={output}",
    )
    assert_one_line_error(finished, "2 of 13", "at least 8x8", "0.png")
    assert not output.exists()


def test_flags_txt_is_a_flagfile_and_typed_flags_win(trained_run, output):
    values = train_command.parse(
        [
            "train",
            f"--output_dir={output}",
            "--seed=7",
            f"--flagfile={trained_run / 'flags.txt'}",
        ]
    )
    ours = set(flagfile(values).split())
    theirs = set((trained_run / "flags.txt").read_text().split())
    assert ours - theirs == {f"--output_dir={output}", "--seed=7"}


def test_a_run_prints_a_screen(trained_run):
    lines = (trained_run.parent / "stdout.txt").read_text().splitlines()
    # A slow machine has a line each tenth of a stage, and one at its end.
    ends = [line for line in lines if " 100% " in line and " in all" in line]
    stages = ("1 of 4 teacher", "2 of 4 student", "3 of 4 student", "4 of 4")
    assert len(ends) == 4
    assert all(map(str.startswith, ends, stages))
    rest = [line for line in lines if not line[1:].startswith(" of 4 ")]
    assert len(rest) <= 26
    place = lines.index(f"written to {trained_run}")
    assert all(line.startswith("warning: ") for line in lines[place + 1 :])


def test_warnings_are_the_last_thing_printed(trained_run, tmp_path):
    folder = tmp_path / "digits"
    shutil.copytree(trained_run, folder)
    result = json.loads((folder / "result.json").read_text())
    warnings = ["a baseline wins", "few images"]
    (folder / "result.json").write_text(
        json.dumps({**result, "warnings": warnings})
    )
    finished = train(
        f"--flagfile={trained_run / 'flags.txt'}",
        "--threads=0",
        f"--output_dir={folder}",
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[-2:] == [
        "warning: a baseline wins",
        "warning: few images",
    ]


def test_a_run_directory_of_before_is_known(output):
    """Its settings know neither the images nor what became of rectangles."""
    old = ROOT / "tests" / "commands" / "saved" / "run"
    shutil.copytree(old, output)
    flags = f"--flagfile={old / 'flags.txt'}"
    finished = train(flags, f"--output_dir={output}")
    assert finished.returncode == 0, finished.stderr
    assert "teacher            0.9995" in finished.stdout
    written = (output / "flags.txt").read_bytes()
    finished = train(flags, f"--output_dir={output}", "--seed=1")
    assert_one_line_error(finished, "these differ: seed")
    assert (output / "flags.txt").read_bytes() == written
