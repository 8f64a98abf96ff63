"""A student on Cortex-M4 and M55, emulated, with plain and with Arm's kernels.

    python -m benchmarks.cortex_m runs/mnist/student.tflite \
        --tflm=TFLM --third_party=DIRECTORY --libraries=LIBRARIES \
        --images=1000 --versions="TFLite Micro 90b983c, CMSIS-NN 4ab83cc"
    python -m benchmarks.cortex_m --render

A student of a folder needs `--train_dir` and `--test_dir` besides.

Builds tflite/micro with the emitted model against libraries of TFLite Micro
that were made before (tflite/micro/README.md): for each TARGET of host, m4 and
m55, and KERNELS of reference and cmsis_nn, LIBRARIES/TARGET_KERNELS/
libtensorflow-microlite.a where that is. Runs them, boards in
`qemu-system-arm -icount`, and appends a line each to
benchmarks/results/cortex_m.jsonl. `--render` writes the tables of
docs/cortex_m.md and the one of docs/deployment.md.

Needs g++, arm-none-eabi-g++ with newlib, qemu-system-arm, tflite-micro.
Instructions are not cycles: a board's memory and pipeline are not emulated.
"""

import argparse
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import cortex_m_tables as tables
from benchmarks.paper import markdown

ROOT = Path(__file__).resolve().parents[1]
BOARDS = ROOT / "benchmarks/boards"
RESULTS = ROOT / "benchmarks/results/cortex_m.jsonl"
PAGE = ROOT / "docs/cortex_m.md"
SUMMARY_PAGE = ROOT / "docs/deployment.md"
_ARM = ("-mthumb", "-mfloat-abi=hard", "-fomit-frame-pointer")
# Flags, QEMU's machine, and the clock of its SysTick in Hz.
_TARGETS = {
    "m4": (
        ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", *_ARM),
        "mps2-an386",
        25_000_000,
    ),
    "m55": (
        ("-mcpu=cortex-m55", "-mfpu=auto", *_ARM),
        "mps3-an547",
        32_000_000,
    ),
}
_KERNELS = {"reference": (), "cmsis_nn": ("DEFINES=-DCMSIS_NN",)}
_LIBRARY = "libtensorflow-microlite.a"


def measure(model, options):
    """Lines of one model: one a target and kind of kernels.

    Args:
        model: Path of the `.tflite` file; its sidecar lies beside it.
        options: What the command line says.
    """
    from kdgan_tf.deploy import emit

    with tempfile.TemporaryDirectory() as folder:
        build = Build(Path(folder), options)
        emit(model, build.generated)
        for target in ("host", *_TARGETS):
            for kernels in _KERNELS:
                library = options.libraries / f"{target}_{kernels}" / _LIBRARY
                if not library.exists():
                    continue
                run = _on_host if target == "host" else _on_board
                yield {
                    "model": options.name or model.parent.name,
                    "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
                    "target": target,
                    "kernels": kernels,
                    "versions": options.versions,
                    **run(build, model, target, kernels, library),
                }


class Build:
    """Compiles and links in a folder of its own."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.generated = folder / "generated"

    def program(self, main, target, kernels, library, *details):
        """Path of a linked program, with `main` of benchmarks/boards."""
        folder = self.folder / f"{target}_{kernels}"
        flags, prefix, start = (), "", []
        if target in _TARGETS:
            flags, _, clock = _TARGETS[target]
            prefix = "arm-none-eabi-"
            details = (f"-DCLOCK_HZ={clock}", *details)
            start = ["-nostartfiles", "-T", BOARDS / "board.ld"]
        make = (
            *("make", f"--directory={ROOT / 'tflite/micro'}", "objects"),
            f"TFLM={self.options.tflm}",
            f"THIRD_PARTY={self.options.third_party}",
            f"GENERATED={self.generated}",
            f"BUILD={folder}",
            f"CXX={prefix}g++",
            f"TARGET_FLAGS={' '.join(flags)}",
            *_KERNELS[kernels],
        )
        _run(*make)
        lines = _run(*make, "--dry-run", "--always-make").replace("\\\n", " ")
        (command,) = (
            line.split()
            for line in lines.splitlines()
            if "anomaly_detector.cc" in line
        )
        place = command.index("-c")
        objects = [
            path
            for path in folder.glob("*.o")
            if path.stem not in ("main", "startup")
        ]
        sources = [BOARDS / main]
        if target in _TARGETS:
            _run(
                *(f"{prefix}gcc", "-O2", *flags, "-c", BOARDS / "startup.c"),
                *("-o", folder / "startup.o"),
            )
            objects.append(folder / "startup.o")
        program = folder / f"program{len(details)}"
        _run(
            *command[:place],
            *(*details, "-Wl,--gc-sections", *start, *sources, *objects),
            *(library, "-lm", "-o", program),
            cwd=ROOT / "tflite/micro",
        )
        return program


def _on_board(build, model, target, kernels, library):
    program = build.program("target.cc", target, kernels, library)
    found = _emulated(program, target)
    detailed = build.program("target.cc", target, kernels, library, "-DDETAILS")
    details = _emulated(detailed, target)
    sizes = _run("arm-none-eabi-size", program).splitlines()[1].split()
    text, data, bss = map(int, sizes[:3])
    symbols = _run("arm-none-eabi-nm", program).split()
    return {
        **found,
        "smallest_arena": details["smallest_arena"],
        "profile": details["profile"],
        "flash": text + data,
        "ram": data + bss,
        "heap": "malloc" in symbols or "_malloc_r" in symbols,
        "compiler": _run("arm-none-eabi-g++", "--version").splitlines()[0],
        "emulator": _run("qemu-system-arm", "--version").splitlines()[0],
    }


def _emulated(program, target):
    _, machine, _ = _TARGETS[target]
    finished = subprocess.run(
        [
            *("qemu-system-arm", "-M", machine, "-nographic"),
            *("-monitor", "none", "-serial", "none", "-icount", "shift=0"),
            *("-semihosting-config", "enable=on,target=native"),
            *("-kernel", program),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    # Semihosting writes to the standard error.
    return json.loads(finished.stderr + finished.stdout)


def _on_host(build, model, target, kernels, library):
    from kdgan_tf import data
    from kdgan_tf.runtime.scorer import Runner, load_interpreter
    from kdgan_tf.runtime.sidecar import Sidecar

    sidecar = Sidecar.read(Sidecar.path_for(model))
    images = data.load(
        sidecar.dataset,
        sidecar.normal_class,
        train_dir=build.options.train_dir,
        test_dir=build.options.test_dir,
        preprocessing=sidecar.input.preprocessing,
    ).test
    order = np.random.default_rng(0).permutation(len(images))
    images = images[order[: build.options.images]]
    program = build.program("host.cc", target, kernels, library)
    finished = subprocess.run(
        [program], input=images.tobytes(), capture_output=True, check=True
    )
    found = np.frombuffer(finished.stdout, np.float32)
    exact = load_interpreter(model.read_bytes(), model, reference_kernels=True)
    expected = Runner(exact, sidecar.input)(images)
    return {
        "images": len(images),
        "bit_equal": int(np.sum(found == expected)),
        "compiler": _run("g++", "--version").splitlines()[0],
    }


def _run(*command, cwd=None):
    finished = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        check=False,
    )
    if finished.returncode:
        raise SystemExit(finished.stderr)
    return finished.stdout


def main():
    """Measure or render."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--tflm", type=Path)
    parser.add_argument("--third_party", type=Path)
    parser.add_argument("--libraries", type=Path)
    parser.add_argument("--versions", default="")
    parser.add_argument("--name", help="of the model; by default its folder's")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--train_dir", help="of a student of a folder")
    parser.add_argument("--test_dir", help="of a student of a folder")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--render", action="store_true")
    options = parser.parse_args()
    if options.render:
        lines = options.output.read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        blocks = {
            "cortex_m": tables.costs(rows),
            "profile": tables.profile(rows),
        }
        PAGE.write_text(markdown.fill(PAGE.read_text(), blocks, PAGE))
        blocks = {"cortex_m_summary": tables.summary(rows)}
        text = SUMMARY_PAGE.read_text()
        SUMMARY_PAGE.write_text(markdown.fill(text, blocks, SUMMARY_PAGE))
        return
    with options.output.open("a") as output:
        for model in options.models:
            for row in measure(model.resolve(), options):
                print(json.dumps(row), file=output, flush=True)


if __name__ == "__main__":
    main()
