"""Seven rooms, imports downwards only, a ground floor without TensorFlow."""

import ast
import subprocess
import sys

from tests.conftest import ROOT

PACKAGE = ROOT / "kdgan_tf"
FLOORS = (
    *("runtime", "data", "gan", "distillation", "training", "deploy", "runs"),
    "commands",
)
GROUND = {"numpy", "PIL", "ai_edge_litert"}


def _imports(path):
    """Full names of the modules that a file imports, lazily or not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _files(room):
    return sorted((PACKAGE / room).rglob("*.py"))


def test_the_root_holds_the_rooms_and_little_else():
    found = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    assert {*FLOORS, "__init__.py"} <= found
    assert len(found) <= 9


def test_no_room_imports_one_above_it():
    upwards = [
        f"{path.relative_to(ROOT)} imports {name}"
        for floor, room in enumerate(FLOORS)
        for path in _files(room)
        for name in _imports(path)
        if name.split(".")[0] == "kdgan_tf"
        and (name.split(".")[1:2] or [""])[0] not in FLOORS[: floor + 1]
    ]
    assert not upwards


def test_modules_import_each_other_in_one_direction():
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    arrows = {
        name: {found for found in _imports(path) if found in modules} - {name}
        for name, path in modules.items()
    }
    while arrows:
        leaves = {name for name, needed in arrows.items() if not needed}
        assert leaves, f"a circle among {sorted(arrows)}"
        arrows = {
            name: needed - leaves
            for name, needed in arrows.items()
            if name not in leaves
        }


def test_the_ground_floor_needs_three_packages_only():
    outside = {
        name.split(".")[0]
        for path in _files("runtime")
        for name in _imports(path)
    }
    assert outside - set(sys.stdlib_module_names) - {"kdgan_tf"} <= GROUND


def test_a_scorer_can_be_had_without_tensorflow_and_at_once():
    program = (
        "import time, sys; begun = time.perf_counter(); import kdgan_tf; "
        "kdgan_tf.Scorer; assert time.perf_counter() - begun < 1; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
