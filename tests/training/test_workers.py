"""Two real processes that train together, on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.conftest import QUICK, ROOT, weights_after_one_step

# Each starts two TensorFlows or more.
pytestmark = pytest.mark.slow
TIMEOUT = 900
FLAGS = (*QUICK, "--strategy=multi_worker_mirrored")


def free_ports(count):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def start(*commands):
    """Start one process a command, each as a worker of one cluster."""
    addresses = [f"localhost:{port}" for port in free_ports(len(commands))]
    return [
        subprocess.Popen(
            [sys.executable, *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "TF_CONFIG": json.dumps(
                    {
                        "cluster": {"worker": addresses},
                        "task": {"type": "worker", "index": index},
                    }
                ),
            },
        )
        for index, words in enumerate(commands)
    ]


def finish(processes):
    """Exit status and stderr of each; none may hang."""
    try:
        errors = [one.communicate(timeout=TIMEOUT)[1] for one in processes]
    finally:
        for one in processes:
            one.kill()
    return [one.returncode for one in processes], errors


def train(folder):
    # Only the chief writes: the other worker's folder is never made.
    return start(
        ["tools/train.py", *FLAGS, f"--output_dir={folder}"],
        ["tools/train.py", *FLAGS, f"--output_dir={folder}-unused"],
    )


def result(folder):
    found = json.loads((folder / "result.json").read_text())
    for role in ("teacher", "student"):
        found[role].pop("seconds")
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers") / "run"
    statuses, errors = finish(train(folder))
    assert statuses == [0, 0], errors
    assert not folder.with_name("run-unused").exists()
    return folder


def test_one_step_of_two_workers_equals_one_of_one(one_step_alone, tmp_path):
    words = ["tests/one_step.py", "multi_worker_mirrored", tmp_path, "step2"]
    statuses, errors = finish(start(words, words))
    assert statuses == [0, 0], errors
    found = weights_after_one_step(tmp_path, "step2")
    pairs = zip(one_step_alone("step2"), found, strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-6)


def kill_one(folder, killed, phase):
    """Kill a worker after an epoch of a phase; the other says so and ends."""
    processes = train(folder)
    reached = folder / ".state" / phase / "epoch-00001"
    deadline = time.monotonic() + TIMEOUT
    while not reached.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    processes[killed].send_signal(signal.SIGKILL)
    statuses, errors = finish(processes)
    assert statuses[killed] == -signal.SIGKILL
    assert statuses[1 - killed] == 1
    assert len(errors[1 - killed].splitlines()) == 1, errors[1 - killed]
    assert "one is gone" in errors[1 - killed]


def test_a_killed_worker_ends_the_other_and_both_go_on(tmp_path):
    folder = tmp_path / "run"
    kill_one(folder, 1, "teacher")
    statuses, errors = finish(train(folder))
    assert statuses == [0, 0], errors
    assert not (tmp_path / "run-unused").exists()
    assert result(folder)["tflite"]["verified"]
    # It went on: no epoch was done twice, and none is missing.
    log = (folder / "logs" / "teacher.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in log[1:]] == ["0", "1", "2"]


@pytest.mark.parametrize(("killed", "phase"), [(0, "teacher"), (1, "step1")])
def test_a_run_of_which_a_worker_was_killed_ends_as_another(
    undisturbed, tmp_path, killed, phase
):
    folder = tmp_path / "run"
    kill_one(folder, killed, phase)
    statuses, errors = finish(train(folder))
    assert statuses == [0, 0], errors
    assert result(folder) == result(undisturbed)
    for name in ("student.tflite", "student.json"):
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()
