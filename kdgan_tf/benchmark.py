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

from kdgan_tf.errors import InputError
from kdgan_tf.files import read_json

# Each variant is what is typed beside the data set's flagfile.
_PLAIN = (
    "--epoch_auroc",
    "--upright_accuracy=0",
    "--nodistill_negatives",
    "--distill_latent=10",
    "--distill_reconstruction=5",
    "--distill_reconstruction_latent=10",
    "--distill_score=0",
)
# As long as the default's two steps together.
_ONE_STEP = ("--step1_epochs=7", "--step2_epochs=0")


def _structure(step, trains_teacher, own_loss):
    def switch(name, on):
        return f"--{'' if on else 'no'}step{step}_{name}"

    return (
        switch("train_teacher", trains_teacher),
        switch("student_gan_loss", own_loss),
    )


VARIANTS = {
    "ours": ("--epoch_auroc",),
    "plain": (
        *_PLAIN,
        *_structure(1, False, False),
        *_structure(2, True, False),
        "--student_alone",
    ),
    "plain-progressive-own": (
        *_PLAIN,
        *_structure(1, False, True),
        *_structure(2, True, True),
    ),
    **{
        f"plain-{teacher}-{loss}": (
            *_PLAIN,
            *_ONE_STEP,
            *_structure(1, teacher == "joint", loss == "own"),
        )
        for teacher in ("fixed", "joint")
        for loss in ("distilled", "own")
    },
}
# Variants of one family share a teacher: that of the family's first run.
_TEACHER_OF = {name: "plain" for name in VARIANTS if name.startswith("plain-")}


@dataclasses.dataclass(frozen=True)
class Task:
    """One run of the benchmark.

    Args:
        dataset: Name of a data set with a flagfile of that name.
        normal_class: Index of the normal class.
        seed: Of everything random.
        variant: A name in `VARIANTS`.
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
        flags = [
            f"--flagfile={self.dataset}.flags",
            f"--normal_class={self.normal_class}",
            f"--seed={self.seed}",
            "--threads=1",
            *VARIANTS[self.variant],
            f"--output_dir={self.folder(work_dir)}",
        ]
        if self.variant.startswith("plain"):
            flags += [
                f"--teacher={self.dataset}_teacher_plain",
                f"--student={self.dataset}_student_plain",
            ]
        if self.variant in _TEACHER_OF:
            first = dataclasses.replace(self, variant=_TEACHER_OF[self.variant])
            flags.append(f"--teacher_from={first.folder(work_dir)}")
        return [sys.executable, str(Path(root) / "tools" / "train.py"), *flags]


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

    def add(self, task, command, result):
        """Append the line of a finished task."""
        row = {
            "task": dataclasses.asdict(task),
            "command": command,
            "result": result,
        }
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            cut = self.path.exists() and not self.path.read_bytes().endswith(
                b"\n"
            )
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
        command = task.command(root, work_dir)
        finished = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            return task, finished.stderr.strip().splitlines()[-1:]
        result = read_json(task.folder(work_dir) / "result.json")
        # Paths and interpreter of this machine say nothing to others.
        words = ["python", "tools/train.py", *command[2:]]
        results.add(
            task, [word for word in words if "--output_dir" not in word], result
        )
        return task, None

    # In two waves: who shares a teacher comes when all teachers are there.
    count = 0
    for sharing in (False, True):
        wave = [t for t in pending if (t.variant in _TEACHER_OF) == sharing]
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
