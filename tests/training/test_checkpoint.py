import csv
import os
import shutil
from pathlib import Path

import pytest

from kdgan_tf.data import training_stream
from kdgan_tf.runtime.errors import InputError
from kdgan_tf.training.checkpoint import EpochCheckpoint
from tests.conftest import equal, values

STEPS = 1


def checkpoint_in(path):
    return EpochCheckpoint(path / "state", path / "log.csv")


def train(gan, digits, checkpoint, epochs):
    first = checkpoint.restore(gan)
    gan.fit(
        training_stream(digits.train, 16, 0, first * STEPS),
        initial_epoch=first,
        epochs=epochs,
        steps_per_epoch=STEPS,
        callbacks=[checkpoint],
        shuffle=False,
        verbose=0,
    )
    return first


def test_training_in_two_parts_equals_training_in_one(
    make_gan, digits, tmp_path
):
    whole = make_gan()
    train(whole, digits, checkpoint_in(tmp_path / "a"), 4)
    train(make_gan(), digits, checkpoint_in(tmp_path / "b"), 2)
    rest = make_gan(seed=9)
    assert train(rest, digits, checkpoint_in(tmp_path / "b"), 4) == 2
    assert equal(values(whole), values(rest))
    rows = list(csv.DictReader((tmp_path / "b" / "log.csv").open()))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    others = list(csv.DictReader((tmp_path / "a" / "log.csv").open()))
    assert [row["loss"] for row in rows] == [row["loss"] for row in others]


@pytest.mark.parametrize("file", ["model.weights.h5", "history.json"])
def test_a_truncated_checkpoint_gives_way_to_the_one_before(
    make_gan, digits, tmp_path, file
):
    whole = make_gan()
    train(whole, digits, checkpoint_in(tmp_path / "a"), 3)
    train(make_gan(), digits, checkpoint_in(tmp_path / "b"), 2)
    damaged = tmp_path / "b" / "state" / "epoch-00002" / file
    damaged.write_bytes(damaged.read_bytes()[:-30][: 20 * 1024])
    rest = make_gan(seed=9)
    assert train(rest, digits, checkpoint_in(tmp_path / "b"), 3) == 1
    assert equal(values(whole), values(rest))


def test_no_readable_checkpoint_says_what_to_delete(make_gan, digits, tmp_path):
    checkpoint = checkpoint_in(tmp_path)
    train(make_gan(), digits, checkpoint, 2)
    for path in checkpoint.folder.glob("*/history.json"):
        path.write_text("")
    with pytest.raises(InputError, match=r"Delete .*state"):
        checkpoint_in(tmp_path).restore(make_gan())


def test_a_kill_while_writing_leaves_the_one_before(make_gan, digits, tmp_path):
    checkpoint = checkpoint_in(tmp_path)
    train(make_gan(), digits, checkpoint, 2)
    half = checkpoint.folder / ".writing"
    half.mkdir()
    (half / "model.weights.h5").write_bytes(b"half")
    assert checkpoint_in(tmp_path).restore(make_gan()) == 2
    assert train(make_gan(), digits, checkpoint_in(tmp_path), 3) == 2
    assert not half.exists()
    shutil.rmtree(checkpoint.folder)


def test_a_checkpoint_is_on_the_disk_before_it_has_its_name(
    make_gan, digits, tmp_path, monkeypatch
):
    done = []
    fsync, replace = os.fsync, os.replace

    def flushed(handle):
        done.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    def renamed(source, target):
        done.append(f"renamed to {Path(target).name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", renamed)
    train(make_gan(), digits, checkpoint_in(tmp_path), 1)
    renaming = done.index("renamed to epoch-00001")
    assert set(done[:renaming]) == {
        *("model.weights.h5", "history.json", ".writing"),
    }
    assert done[renaming + 1] == "state"
