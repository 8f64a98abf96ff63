"""What the page unpacks is what was packed."""

import base64
import json
import zlib

import numpy as np
import pytest
from py_mini_racer import JSEvalException

from tests.deploy.page.engines import bare

_RANDOM = np.random.default_rng(0)
_DATA = {
    "nothing": b"",
    "one byte": b"a",
    # One piece repeated, which begins within itself.
    "alike": bytes(100_000),
    # Bytes as they are, in blocks of 65,535.
    "noise": _RANDOM.bytes(150_000),
    "weights": _RANDOM.normal(0, 20, 50_000).astype(np.int8).tobytes(),
    "text": b"expected, received, what to do; " * 50 + _RANDOM.bytes(50),
}


@pytest.fixture(scope="module")
def racer():
    return bare()


def inflated(racer, packed, size):
    text = json.dumps(base64.b64encode(packed).decode())
    found = racer.eval(
        f"JSON.stringify([...inflated(fromBase64({text}), {size})])"
    )
    return bytes(json.loads(found))


@pytest.mark.parametrize("data", _DATA.values(), ids=_DATA)
@pytest.mark.parametrize(
    "strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY]
)
def test_every_kind_of_block(racer, data, strategy):
    packer = zlib.compressobj(
        9, wbits=-zlib.MAX_WBITS, memLevel=9, strategy=strategy
    )
    packed = packer.compress(data) + packer.flush()
    assert inflated(racer, packed, len(data)) == data


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (zlib.compress(b"abcabcabc" * 9)[2:8], "end early"),
        (b"\x07", "end early"),
        (zlib.compress(b"abc")[2:-4], "Expected 4 bytes, packed. Received: 3"),
    ],
)
def test_damage_is_said(racer, packed, message):
    with pytest.raises(JSEvalException, match=message):
        inflated(racer, packed, 4)
