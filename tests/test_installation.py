"""The distributions, and what is installed of them on a small machine."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT

COMMANDS = {
    path.stem
    for path in (ROOT / "kdgan_tf" / "commands").glob("*.py")
    if "\nrun = " in path.read_text(encoding="utf-8")
}
GENERATED = {"PKG-INFO", "setup.cfg"}
LEFT_ALONE = (
    *(".git", ".venv", "runs", "build", "dist", "generated", "*.egg-info"),
    *("__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"),
)


def run(*words, **kwargs):
    finished = subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def built(kind, source, folder):
    """What the build backend makes of a source tree, without a network."""
    program = f"import setuptools.build_meta as b; print(b.build_{kind}('.'))"
    name = run("-c", program, cwd=source).splitlines()[-1]
    return shutil.move(source / name, folder / name)


def files_in(folder):
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """(Copy of the tree, unpacked sdist, wheel made of the sdist)."""
    folder = tmp_path_factory.mktemp("distributions")
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_ALONE))
    files = files_in(tree)
    with tarfile.open(built("sdist", tree, folder)) as archive:
        archive.extractall(folder / "sdist", filter="data")
    (sdist,) = (folder / "sdist").iterdir()
    found = files_in(sdist)
    return files, found, built("wheel", sdist, folder)


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory):
    """A folder with the wheel and what requirements-runtime.txt names."""
    folder = tmp_path_factory.mktemp("installed")
    run(
        *("-m", "pip", "install", "--no-deps", "--no-index", "--quiet"),
        *("--target", folder, distributions[2]),
    )
    lines = (ROOT / "requirements-runtime.txt").read_text().splitlines()
    for name in with_dependencies(line for line in lines if line[:1] != "#"):
        for path in importlib.metadata.files(name):
            top = Path(path.parts[0])
            if not (folder / top).exists() and top.name != "..":
                (folder / top).symlink_to(
                    path.locate().parents[len(path.parts) - 1] / top
                )
    return folder


def with_dependencies(requirements):
    """Names of distributions that pip would install for these lines."""
    found, todo = set(), list(requirements)
    while todo:
        line = todo.pop()
        name = re.match(r"[\w.-]+", line)[0]
        if name not in found and "extra ==" not in line:
            try:
                todo += importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue  # of another system or Python
            found.add(name)
    return found


def on_a_small_machine(installed, *words):
    """Python that sees its own library and the folder, nothing else."""
    return run("-S", *words, cwd="/", env={"PYTHONPATH": str(installed)})


def test_the_sdist_holds_what_its_tests_need(distributions):
    files, sdist, _ = distributions
    assert files - sdist == {".gitignore"} & files
    assert {
        name for name in sdist - files if "egg-info" not in name
    } == GENERATED


def test_the_wheel_holds_the_package_and_every_command(distributions):
    files, _, wheel = distributions
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if "dist-info" not in name}
        (entries,) = (
            archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith("entry_points.txt")
        )
    assert found == {name for name in files if name.startswith("kdgan_tf/")}
    assert set(re.findall(r"commands\.(\w+):run", entries)) == COMMANDS


def test_scores_without_tensorflow(installed, trained_run, tmp_path):
    program = (
        "import importlib.util as u, kdgan_tf; kdgan_tf.Scorer; "
        "print(u.find_spec('tensorflow'), u.find_spec('keras'))"
    )
    assert on_a_small_machine(installed, "-c", program) == "None None\n"
    image = tmp_path / "a.png"
    Image.new("L", (8, 8), 200).save(image)
    model = trained_run / "student.tflite"
    scripts = installed / "bin"
    (row,) = on_a_small_machine(
        *(installed, scripts / "kdgan-predict"),
        *(f"--model={model}", f"--images={image}", "--json"),
    ).splitlines()
    assert json.loads(row)["score"] > 0
    table = on_a_small_machine(
        installed, scripts / "kdgan-verify", model
    ).splitlines()
    assert table[0].split()[:2] == ["check", "found"]
    assert not any("FAILED" in line for line in table)
