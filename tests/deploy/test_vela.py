"""A model for Arm's Ethos-U, compiled by the real Vela."""

import re

import pytest

from kdgan_tf.deploy import Sidecar
from kdgan_tf.deploy.micro.emitter import emit
from kdgan_tf.deploy.micro.vela import compiled, operators_in
from kdgan_tf.runtime.errors import InputError


def test_what_is_emitted_runs_on_the_npu_as_far_as_it_can(
    untrained, emitted, tmp_path
):
    emit(untrained, tmp_path, arena_bytes=65536, vela="ethos-u55-128")
    resolver = (tmp_path / "op_resolver.h").read_text()
    assert "resolver.AddEthosU()" in resolver
    # No convolution and no activation is left to the processor.
    assert not re.findall(r"AddConv2D|AddLeakyRelu|AddTanh", resolver)
    settings = (tmp_path / "model_settings.h").read_text()
    assert "kArenaBytes = 65536" in settings
    # The file is Vela's, the stamp and the scores to meet are the sidecar's.
    data = (tmp_path / "model_data.cc").read_text()
    digest = Sidecar.read(Sidecar.path_for(untrained)).model_sha256
    assert digest in data
    assert data != (emitted / "model_data.cc").read_text()
    vectors = "golden_vectors.cc"
    assert (tmp_path / vectors).read_text() == (emitted / vectors).read_text()


def test_operators_of_what_vela_writes(untrained):
    before = untrained.read_bytes()
    result, operators = compiled(before, "ethos-u55-128")
    assert operators == operators_in(result)
    assert "ETHOS_U" in operators
    assert "ETHOS_U" not in operators_in(before)
    assert {*operators} - {"ETHOS_U"} < {*operators_in(before)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vela": "ethos-u55-128"}, "Expected arena_bytes with vela"),
        ({"vela": "toaster", "arena_bytes": 65536}, "says: .*toaster"),
    ],
)
def test_what_cannot_be_compiled(untrained, tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        emit(untrained, tmp_path / "none", **arguments)
    assert not (tmp_path / "none").exists()


def test_vela_is_optional(untrained, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install kdgan-tf.vela"):
        compiled(untrained.read_bytes(), "ethos-u55-128")
