"""Many training runs side by side: what to run, and what is done.

A task is one command of this project and the folder in which it leaves its
`result.json`. Finished tasks are lines of a results file; whatever is killed
goes on where it stopped, as every run directory does.
"""

import concurrent.futures
import dataclasses
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.paper.baselines import METHODS
from benchmarks.paper.variants import TEACHER_OF, VARIANTS
from kdgan_tf.runs.directory import read_settings
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import read_json

_PLAIN = "benchmarks/paper/plain.flags"


@dataclasses.dataclass(frozen=True)
class Task:
    """One run of the benchmark.

    Args:
        dataset: Name of a data set with a flagfile of that name.
        normal_class: Index of the normal class.
        seed: Of everything random.
        variant: A name in `variants.VARIANTS`.
    """

    dataset: str
    normal_class: int
    seed: int
    variant: str

    def folder(self, work_dir):
        """The run directory of this task."""
        return (
            Path(work_dir)
            / f"{self.dataset}-{self.normal_class}-{self.seed}"
            / self.variant
        )

    def command(self, root, work_dir):
        """The command line that does it, one thread, from folder `root`."""
        is_baseline = self.variant in METHODS
        is_plain = self.variant.startswith("plain")
        if is_baseline:
            flags = [f"--dataset={self.dataset}"]
        elif is_plain:
            flags = [f"--flagfile={_PLAIN}", f"--dataset={self.dataset}"]
        else:
            flags = [f"--flagfile={self.dataset}.flags"]
        flags += [
            f"--normal_class={self.normal_class}",
            f"--seed={self.seed}",
            "--threads=1",
            *VARIANTS[self.variant],
            f"--output_dir={self.folder(work_dir)}",
        ]
        if is_plain:
            flags += [
                f"--teacher={self.dataset}_teacher_plain",
                f"--student={self.dataset}_student_plain",
            ]
        if self.variant == "ours-alone":
            flags.append(f"--recipe={self.dataset}.flags")
        if self.variant in TEACHER_OF:
            first = dataclasses.replace(self, variant=TEACHER_OF[self.variant])
            flags.append(f"--teacher_from={first.folder(work_dir)}")
        program = "baseline.py" if is_baseline else "train.py"
        return [sys.executable, str(Path(root) / "tools" / program), *flags]

    def recorded_command(self):
        """The command line for others to read: no path of this machine.

        Folders of other runs are relative to the working folder.
        """
        _, *words = self.command("", "")
        return [
            "python",
            *(word for word in words if not word.startswith("--output_dir")),
        ]


def tasks(datasets, classes, seeds, variants):
    """All tasks of these, in an order that finishes one seed first.

    Raises:
        InputError: Unknown variant.
    """
    for variant in variants:
        if variant not in VARIANTS:
            raise InputError(
                f"Expected variants among {', '.join(VARIANTS)}. Received: "
                f"{variant}."
            )
    return [
        Task(dataset, normal_class, seed, variant)
        for seed in seeds
        for variant in variants
        for dataset in datasets
        for normal_class in classes
    ]


class Results:
    """A file of JSON lines, one for each finished task.

    Args:
        path: The file; made with the first result.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._lock = threading.Lock()

    def rows(self):
        """All lines as dicts; a last line cut by a kill is left out."""
        if not self.path.exists():
            return []
        rows = []
        for line in self.path.read_text().splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows

    def done(self):
        """The finished tasks."""
        return {Task(**row["task"]) for row in self.rows()}

    def add(self, task, config, result):
        """Append the line of a finished task.

        Args:
            task: The `Task`.
            config: All its settings, a dict; not in lines written before they
                were kept.
            result: The content of its `result.json`.
        """
        row = {
            "task": dataclasses.asdict(task),
            "command": task.recorded_command(),
            "config": config,
            "result": result,
        }
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            written = self.path.read_bytes() if self.path.exists() else b""
            cut = written[-1:] not in (b"", b"\n")
            with self.path.open("a") as file:
                file.write(("\n" if cut else "") + json.dumps(row) + "\n")


def run(todo, results, work_dir, root, jobs, progress=print):
    """Run what is not done yet, `jobs` processes side by side.

    Args:
        todo: List of `Task`.
        results: `Results`.
        work_dir: Where the run directories go.
        root: The project's folder, with tools/ and the flagfiles.
        jobs: Processes at a time; each uses one thread.
        progress: Called with a line after every task.

    Returns:
        List of the tasks that failed.
    """
    done = results.done()
    pending = [task for task in todo if task not in done]
    failed, started = [], time.monotonic()

    def one(task):
        finished = subprocess.run(
            task.command(root, work_dir),
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            return task, finished.stderr.strip().splitlines()[-1:]
        folder = task.folder(work_dir)
        results.add(
            task,
            read_settings(folder),
            read_json(folder / "result.json"),
        )
        return task, None

    # In two waves: who shares a teacher comes when all teachers are there.
    count = 0
    for sharing in (False, True):
        wave = [t for t in pending if (t.variant in TEACHER_OF) == sharing]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(one, task) for task in wave]
            for future in concurrent.futures.as_completed(futures):
                task, error = future.result()
                if error is not None:
                    failed.append(task)
                count += 1
                elapsed = time.monotonic() - started
                left = elapsed / count * (len(pending) - count)
                progress(
                    f"{count}/{len(pending)} {task.dataset} "
                    f"{task.normal_class} seed {task.seed} {task.variant}: "
                    f"{'done' if error is None else f'FAILED {error}'}, "
                    f"{elapsed / 60:.0f} min so far, about "
                    f"{left / 60:.0f} left"
                )
    return failed
