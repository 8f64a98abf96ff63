"""README's Python is run as it is written, and is the recipe."""

import re
import textwrap

import numpy as np
import pytest

import kdgan_tf
from kdgan_tf.commands import train
from tests.conftest import ROOT


def blocks(section):
    """The indented blocks of a section of README.md, dedented."""
    text = (ROOT / "README.md").read_text("utf-8")
    body = re.search(rf"^## {section}\n(.*?)(?=^## )", text, re.S | re.M)[1]
    found = re.findall(r"(?:^(?: {4}.*)?\n)+", body, re.M)
    return [textwrap.dedent(block) for block in found if block.strip()]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Names that the first block leaves, run on a few small images."""
    folder = tmp_path_factory.mktemp("readme")
    pixels = np.random.default_rng(0).integers(0, 99, (300, 28, 28))
    pixels[:, 8:20, 8:20] += np.arange(12) * 12
    pixels = pixels.astype(np.uint8)
    labels = np.arange(12) % 2
    test = np.where(labels[:, None, None], pixels[:12, ::-1, ::-1], pixels[:12])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        np.save("normal.npy", pixels[12:])
        np.save("test.npy", test)
        np.save("labels.npy", labels)
        names = {}
        exec(blocks("In Python")[0], names)
        yield names


def test_a_whole_run_from_arrays(ran):
    result = ran["result"]
    assert result["tflite"]["verified"]
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
