import subprocess
import sys

import pytest

from kdgan_tf.commands import command_line
from kdgan_tf.runtime.errors import InputError
from tests.conftest import ROOT, command

RUN = command_line.Command(
    "Test.",
    lambda flag: [
        flag.string("model", None, "a file", required=True),
        flag.float("rate", 0.5, "a share"),
    ],
    lambda values: None,
)


@pytest.mark.parametrize("words", [["--flagfile={}"], ["--flagfile", "{}"]])
def test_what_is_typed_beats_what_a_flagfile_says(tmp_path, words):
    path = tmp_path / "a.flags"
    path.write_text("--rate=0.25\n--model=a\n")
    words = [word.format(path) for word in words]
    assert RUN.parse(["name", *words]).rate == 0.25
    for typed in (["--rate=1", *words], [*words, "--rate=1"]):
        values = RUN.parse(["name", *typed])
        assert (values.rate, values.model) == (1, "a")


def test_bad_words_say_what_is_wrong(tmp_path, capsys):
    path = tmp_path / "a.flags"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="a flagfile of text"):
        RUN.parse(["name", f"--flagfile={path}"])
    with pytest.raises(InputError, match="Expected --model, found none"):
        RUN.parse(["name"])
    assert RUN.status(["name", "--model=a", "--flagfile"]) == 1
    assert "flagfile" in capsys.readouterr().err


def test_names_that_a_terminal_has_no_letters_for(converted, tmp_path):
    path = tmp_path / "é.png"
    words = (f"--model={converted}", f"--images={path}")
    finished = command(
        *("tools/predict.py", *words), env={"PYTHONIOENCODING": "ascii"}
    )
    assert finished.stderr.startswith("error: Expected an image at")
    assert finished.stdout.rstrip().endswith("\\xe9.png")


def test_a_reader_that_has_seen_enough(converted, tmp_path):
    process = subprocess.Popen(
        [
            *(sys.executable, "tools/predict.py", f"--model={converted}"),
            *(f"--images={tmp_path / 'missing.png'}", "--csv"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    errors = process.stderr.read()
    assert (process.wait(), errors) == (141, b"")
