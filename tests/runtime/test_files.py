import pytest

from kdgan_tf.runtime.errors import InputError
from kdgan_tf.runtime.files import (
    atomic_path,
    read_json,
    write_json,
    write_text,
)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "deep" / "value.txt"
    write_text(path, "old")
    with (
        pytest.raises(RuntimeError, match="half way"),
        atomic_path(path) as temporary,
    ):
        temporary.write_text("ne")
        raise RuntimeError("half way")
    assert path.read_text() == "old"
    assert [item.name for item in path.parent.iterdir()] == ["value.txt"]


def test_json_round_trip_and_errors(tmp_path):
    path = tmp_path / "value.json"
    write_json(path, {"a": [1, None]})
    assert read_json(path) == {"a": [1, None]}
    path.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        read_json(path)
    with pytest.raises(InputError, match="found none"):
        read_json(tmp_path / "missing.json")


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="choose another output folder"):
        write_text(tmp_path / "file" / "value.txt", "")
