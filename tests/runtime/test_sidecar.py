import json

import pytest

from kdgan_tf.deploy import Sidecar
from kdgan_tf.runtime.errors import InputError


@pytest.fixture
def content(converted):
    return json.loads(converted.with_suffix(".json").read_text())


def read(content, tmp_path):
    path = tmp_path / "student.json"
    path.write_text(json.dumps(content))
    return Sidecar.read(path)


def test_round_trip(content, tmp_path):
    sidecar = read(content, tmp_path)
    assert json.loads(json.dumps(sidecar.to_json())) == content
    assert (sidecar.dataset, sidecar.normal_class) == ("digits", 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 99}, "format version 1.*found 99"),
        ({"threshold": None}, "complete sidecar"),
        ({"model_sha256": 5}, "model_sha256 must be str"),
        ({"extra": 1}, "unknown fields"),
    ],
)
def test_wrong_content_is_refused(content, tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read({**content, **change}, tmp_path)


def test_missing_field_is_named(content, tmp_path):
    del content["input"]["scale"]
    with pytest.raises(InputError, match="scale"):
        read(content, tmp_path)


def test_no_json(tmp_path):
    path = tmp_path / "student.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="format version"):
        Sidecar.read(path)
