"""README's Python is run as it is written; its commands and files exist."""

import dataclasses
import importlib
import itertools
import re
import runpy
import shlex
import textwrap

import numpy as np
import pytest
from absl import flags

import kdgan_tf
from kdgan_tf.commands import train
from kdgan_tf.data import orientation
from kdgan_tf.gan import presets
from tests.conftest import ROOT, every_step_eagerly


def blocks(section):
    """The indented blocks of a section of README.md, dedented."""
    text = (ROOT / "README.md").read_text("utf-8")
    body = re.search(rf"^## {section}\n(.*?)(?=^## )", text, re.S | re.M)[1]
    found = re.findall(r"(?:^(?: {4}.*)?\n)+", body, re.M)
    return [textwrap.dedent(block) for block in found if block.strip()]


def smaller(preset):
    """Networks of the same kind that are trained in a moment."""
    return dataclasses.replace(
        preset,
        channels=(3, 4, 6),
        decoder_channels=(4, 4, 2),
        latent=8,
        # No image of so few is to have one to itself.
        prototypes=4,
        # Batch statistics of so few steps would say nothing.
        normalization="instance",
    )


@pytest.fixture(
    scope="module",
    params=["smaller", pytest.param("presets", marks=pytest.mark.slow)],
)
def ran(request, tmp_path_factory):
    """Names that the first block leaves, run on a few small images.

    On few images with smaller networks, step by step; what the presets and
    compiled functions make of more images is slow.
    """
    folder = tmp_path_factory.mktemp("readme")
    small = request.param == "smaller"
    count = 60 if small else 300
    pixels = np.random.default_rng(0).integers(0, 40, (count, 28, 28))
    pixels[:, 8:20, 8:20] += np.arange(12) * 12
    # Each has another bar at another place: scores that differ can be ranked.
    number = np.arange(count)[:, None]
    bar = np.arange(28) // 4 == number % 7
    pixels += (bar * (20 + number * 37 % 100))[:, None]
    pixels = pixels.astype(np.uint8)
    labels = np.arange(12) % 2
    test = np.where(labels[:, None, None], pixels[:12, ::-1, ::-1], pixels[:12])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if small:
            every_step_eagerly(patch)
            patch.setattr(orientation, "_FEWEST_STEPS", 8)
            for name in ("mnist_teacher", "mnist_student"):
                patch.setattr(presets, name, smaller(presets.named(name)))
        np.save("normal.npy", pixels[12:])
        np.save("test.npy", test)
        np.save("labels.npy", labels)
        names = {}
        exec(blocks("In Python")[0], names)
        yield names


def test_a_whole_run_from_arrays(ran):
    result = ran["result"]
    assert result["tflite"]["verified"]
    assert result["tflite"]["quantization"] == "int8"
    assert 0 <= result["tflite"]["auroc"] <= 1


def test_the_steps_in_keras(ran):
    exec(blocks("In Python")[1], ran)
    assert ran["scores"].shape == (12,)
    scorer = kdgan_tf.Scorer("student.tflite")
    assert scorer.score(ran["images"].test).shape == (12,)


def test_it_is_the_recipe_of_the_flagfile(ran):
    values = train.run.parse(["train", f"--flagfile={ROOT / 'mnist.flags'}"])
    assert train.config(values, ran["images"]) == ran["config"]
    count = len(ran["images"].train) + len(ran["images"].holdout)
    assert len(ran["images"].holdout) == np.ceil(values.holdout * count)


def commands(page):
    """Shell commands that stand in a page's indented blocks, as lists."""
    text = page.read_text("utf-8").replace("\\\n", "")
    lines = re.findall(
        r"^ +(?:\.venv/bin/)?((?:python3?|make|pip|kdgan-[a-z-]+) .+)$",
        text,
        re.M,
    )
    for line in lines:
        words = shlex.split(line, comments=True)
        ends = [words.index(word) for word in (">", "&") if word in words]
        yield words[: min(ends, default=None)]


PAGES = [
    *(ROOT / "README.md", ROOT / "BUILD.md"),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "tflite").glob("*/README.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_and_flag_exists(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    for program, *words in commands(page):
        if program == "make":
            check_make(words, page.parent)
        elif program.startswith("kdgan-"):
            name = program.removeprefix("kdgan-").replace("-", "_")
            module = importlib.import_module(f"kdgan_tf.commands.{name}")
            assert module.run.parse([program, *words])
        elif words[:1] == ["-m"] and words[1].startswith("benchmarks."):
            check_benchmark(*words[1:])
        elif program == "pip" or words[0] == "-m":
            check_pip(words)
        else:
            check_script(*words)


def check_benchmark(module, *words):
    # What it imports of its neighbours is found from the root.
    importlib.import_module(module)
    place = module.replace(".", "/")
    is_package = (ROOT / place).is_dir()
    check_words(place + ("/__main__.py" if is_package else ".py"), *words)


def check_script(script, *words):
    # They import one another, and are not found when run by their path.
    assert not script.startswith("benchmarks/"), f"python -m, not {script}"
    check_words(script, *words)


def check_words(script, *words):
    source = (ROOT / script).read_text("utf-8")
    if re.search(r"^(?:run = |from [\w.]+ import run$)", source, re.M):
        # Reads the flagfile, and refuses unknown flags and bad values.
        assert runpy.run_path(ROOT / script)["run"].parse([script, *words])
        return
    for word in words:
        if word.startswith("--"):
            assert f'"{word.split("=")[0]}"' in source, f"{script} {word}"


def check_make(words, folder):
    if words[0] == "-C":
        folder = ROOT / words[1]
        words = words[2:]
    targets = re.findall(
        r"^([a-z-]+):", (folder / "Makefile").read_text("utf-8"), re.M
    )
    assert {word for word in words if "=" not in word} <= {*targets}


def check_pip(words):
    """A file of requirements exists, and an extra is one of setup.py."""
    setup = (ROOT / "setup.py").read_text("utf-8")
    for before, word in itertools.pairwise(words):
        if before == "-r":
            assert (ROOT / word).exists()
    for extra in re.findall(r"\.\[(\w+)\]", " ".join(words)):
        assert f'"{extra}": ' in setup


def test_a_flag_that_does_not_exist_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "    python tools/predict.py --model=a.tflite \\\n"
        "        --images=new/ --cvs > out.csv\n"
    )
    ((program, *words),) = commands(page)
    assert program == "python"
    assert words[-1] == "--cvs"
    with pytest.raises(flags.Error, match="cvs"):
        check_script(*words)


def test_flags_in_the_text_are_those_of_the_tools():
    text = (ROOT / "README.md").read_text("utf-8")
    known = train.run.parse(["train", "--output_dir=runs/none"])
    for name in re.findall(r"`--(\w+)[`=]", text):
        assert name in known, name


def test_a_run_leaves_the_files_of_the_table(trained_run):
    text = (ROOT / "README.md").read_text("utf-8")
    table = re.search(r"^\| file \|.*?\n\n", text, re.S | re.M)[0]
    rows = table.splitlines()[2:]
    names = [
        name
        for row in rows
        if row
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(names) >= 10
    for name in names:
        assert (trained_run / name).exists(), name


def test_links_lead_somewhere_and_the_index_has_every_page():
    for page in PAGES:
        text = page.read_text("utf-8")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index
