import shutil

import pytest

from benchmarks.paper import zoo
from benchmarks.paper.results import Lines
from benchmarks.paper.runner import Task
from kdgan_tf import Scorer
from kdgan_tf.gan.evaluation import auroc
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.sidecar import Sidecar
from tests.conftest import ROOT
from tests.deploy.conftest import change

TASK = Task("digits", 3, 0, "ours")


@pytest.fixture
def filled(converted, tmp_path):
    """A folder with the file of a finished run, and two runs not finished."""
    run = TASK.folder(tmp_path / "work")
    run.mkdir(parents=True)
    for path in (converted, Sidecar.path_for(converted)):
        shutil.copy(path, run / path.name)
    others = [Task("digits", other, 0, "ours") for other in (2, 4)]
    copied = zoo.fill(
        tmp_path / "zoo", [others[0], TASK, others[1]], tmp_path / "work"
    )
    assert [path.name for path in copied] == ["digits_3.tflite"]
    return tmp_path / "zoo"


def line(value):
    return Lines({TASK: {"tflite": {"auroc": value}}})


def test_a_file_has_the_auroc_of_its_line_or_not(filled, converted, digits):
    value = auroc(Scorer(converted).score(digits.test), digits.anomalous)
    said = []
    assert zoo.check(filled, line(value), progress=said.append) == []
    assert said == [
        f"{'digits_3.tflite':24} {100 * value:6.2f}  in the table "
        f"{100 * value:6.2f}"
    ]
    other = value - 2 * zoo.TOLERANCE
    assert zoo.check(filled, line(other), progress=said.append) == [
        "digits_3.tflite"
    ]
    assert said[-1].endswith("NOT THE SAME")


def test_what_cannot_be_compared_is_said(filled, tmp_path):
    with pytest.raises(InputError, match="digits, class 3, seed 0"):
        zoo.check(filled, Lines({}))
    with pytest.raises(InputError, match="found none"):
        zoo.check(tmp_path / "empty", Lines({}))


def test_a_file_of_more_bits_is_refused(filled, tmp_path):
    of_run = TASK.folder(tmp_path / "work") / "student.tflite"
    of_zoo = filled / "digits_3.tflite"
    for path in (of_run, of_zoo):
        change(path, quantization="float16")
    with pytest.raises(InputError, match=r"8 bits, found float16 in .*student"):
        zoo.fill(filled, [TASK], tmp_path / "work")
    with pytest.raises(InputError, match=r"8 bits, found float16 in .*digits"):
        zoo.check(filled, line(1.0))


def test_every_committed_file_has_its_line_and_its_answers():
    lines = Lines.read(sorted((ROOT / "benchmarks/results").glob("*.jsonl")))
    paths = sorted((ROOT / "zoo").glob("*.tflite"))
    assert paths
    for path in paths:
        # Golden vectors are scored as it is loaded.
        sidecar = Scorer(path).sidecar
        assert sidecar.integer
        found = lines.of(sidecar.dataset, "ours")[sidecar.normal_class, 0]
        task = Task(sidecar.dataset, sidecar.normal_class, 0, "ours")
        assert path == zoo.path_of(ROOT / "zoo", task)
        assert found["tflite"]["bytes"] == path.stat().st_size
        assert found["tflite"]["verified"]
