import copy
import dataclasses
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdgan_tf.deploy import Scorer, Sidecar
from kdgan_tf.runtime.errors import InputError


@pytest.fixture(scope="session")
def content(converted):
    return json.loads(converted.with_suffix(".json").read_text())


def read(content, tmp_path):
    path = tmp_path / "student.json"
    path.write_text(json.dumps(content))
    return Sidecar.read(path)


def change(content, place, value):
    """A copy in which a place such as "input.scale" has another value."""
    changed = copy.deepcopy(content)
    *outer, last = place.split(".")
    inner = changed
    for name in outer:
        inner = inner[int(name)] if name.isdigit() else inner[name]
    inner[last] = value
    return changed


def test_round_trip(content, tmp_path):
    sidecar = read(content, tmp_path)
    assert json.loads(json.dumps(sidecar.to_json())) == content
    assert (sidecar.dataset, sidecar.normal_class) == ("digits", 3)
    assert sidecar.missing == ()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("format_version", 99, "format version 2 or 1.*found 99"),
        ("format_version", True, "found True"),
        ("threshold", None, "threshold to be an object, found None"),
        ("model_sha256", 5, "model_sha256 to be a SHA-256.*found 5"),
        ("model_sha256", "0" * 63, "model_sha256"),
        ("model_bytes", 1.5, "model_bytes to be an integer"),
        ("extra", 1, "no unknown fields.*'extra'"),
        ("threshold.value", math.nan, "cannot be read: NaN"),
        ("threshold.value", 1e39, "threshold.value to be a number from"),
        ("threshold.value", 10**400, "threshold.value"),
        ("threshold.value", True, "threshold.value.*found True"),
        ("threshold.value", "1", "threshold.value"),
        ("threshold.measured_rate", 1.01, "from 0 to 1, found 1.01"),
        ("threshold.images", 0, "threshold.images"),
        ("threshold.held_out", 1, "held_out to be true or false"),
        ("threshold.normal_ranks", [1, 2], "as many normal_ranks"),
        ("input.scale", 0, "input.scale to be a number above 0"),
        ("input.scale", -1.0, "input.scale"),
        ("input.zero_point", 128, "from -128 to 127, found 128"),
        ("input.name", "a b", "input.name to be a tensor's name"),
        ("input.dtype", "int16", "'int8' or 'float32', found 'int16'"),
        ("input.shape", [1, 8, 8], "input.shape to be a list of 4 to 4"),
        ("input.shape", [1, 9, 9, 1], r"input.shape to be \[1, 8, 8, 1\]"),
        ("input.shape", [[1], 8, 8, 1], r"input.shape\[0\]"),
        ("input.value_range", [0, 1], "input.value_range"),
        ("input.preprocessing.side", 0, "side to be an integer from 1"),
        ("input.preprocessing.channels", 2, "1 or 3 channels"),
        ("operators", [], "operators to be a list of 1"),
        ("operators", ["a\x1b[31m"], r"operators\[0\]"),
        ("golden_vectors", [], "golden_vectors to be a list of 1"),
        ("golden_vectors.0.pixels", "AAAA", "hold 64 values, found 3"),
        ("golden_vectors.0.pixels", "?", "base64"),
        ("golden_vectors.0.score", None, r"golden_vectors\[0\].score"),
        ("golden_vectors.0.reference_score", None, "in all golden vectors"),
        ("evidence", {"a": {"b": [math.inf]}}, "Infinity is not finite"),
    ],
)
def test_wrong_content_is_refused(content, tmp_path, place, value, message):
    with pytest.raises(InputError, match=message) as caught:
        read(change(content, place, value), tmp_path)
    assert "\n" not in str(caught.value)


def test_missing_field_is_named(content, tmp_path):
    changed = copy.deepcopy(content)
    del changed["input"]["scale"]
    with pytest.raises(InputError, match="Expected input.scale, found nothing"):
        read(changed, tmp_path)


@pytest.mark.parametrize("text", ["[]", "1", "null", '"a"'])
def test_json_that_is_no_sidecar(tmp_path, text):
    path = tmp_path / "student.json"
    path.write_text(text)
    with pytest.raises(InputError, match="format version"):
        Sidecar.read(path)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000]
)
def test_what_is_no_json_at_all(tmp_path, data):
    path = tmp_path / "student.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match="student.json"):
        Sidecar.read(path)


def version_1(content):
    """What the first version wrote: none of the newer fields."""
    old = copy.deepcopy(content) | {"format_version": 1}
    for name in (
        *("fast_kernels", "reference_threshold", "anomaly_map", "evidence"),
    ):
        del old[name]
    for name in (
        *("expected_rate", "upper_rate", "normal_scores", "normal_ranks"),
    ):
        del old["threshold"][name]
    for vector in old["golden_vectors"]:
        del vector["reference_score"]
    for name in ("fit", "bit_depth"):
        del old["input"]["preprocessing"][name]
    return old


def test_version_1_is_read_and_says_what_is_missing(
    content, converted, digits, tmp_path
):
    old = read(version_1(content), tmp_path)
    assert old.missing == (
        *("fast_kernels", "reference_threshold"),
        *("threshold.normal_scores", "golden_vectors.reference_score"),
    )
    for reference in (False, True):
        scorer, new = (
            Scorer(converted, sidecar, reference_kernels=reference)
            for sidecar in (old, None)
        )
        scores = scorer.score(digits.test[:20])
        assert list(scores) == list(new.score(digits.test[:20]))
        assert scorer.threshold == new.sidecar.threshold.value
        assert list(scorer.decide(scores)) == list(scores > scorer.threshold)
        with pytest.raises(InputError, match="older version"):
            scorer.p_values(scores)


def test_microcontrollers_have_a_threshold_of_their_own(converted, digits):
    sidecar = Scorer(converted).sidecar
    exact = Scorer(converted, reference_kernels=True)
    assert exact.threshold == sidecar.reference_threshold.value
    scores = exact.score(digits.holdout)
    assert max(sidecar.reference_threshold.normal_scores) == scores.max()


_NUMBERS = st.one_of(
    st.integers(-(2**40), 2**40),
    st.sampled_from([0, -1, 2**63, 10**400, -(10**400), 1e-320, 1e39]),
    st.floats(),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    max_leaves=8,
)


def places(value, prefix=()):
    """Paths to all values inside a JSON value."""
    if isinstance(value, dict):
        inside = value.items()
    else:
        inside = enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*prefix, name)
        yield from places(inner, (*prefix, name))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_sidecar_scores_or_is_refused_in_one_line(
    data, content, converted, tmp_path
):
    """Some values replaced or removed; never another exception or a crash."""
    changed = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(list(places(changed))))
        inner = changed
        for name in where[:-1]:
            inner = inner[name]
        if data.draw(st.booleans()):
            inner[where[-1]] = data.draw(_VALUES)
        else:
            del inner[where[-1]]
        if not changed:
            break
    path = tmp_path / "student.json"
    path.write_text(json.dumps(changed))
    try:
        scorer = Scorer(converted, Sidecar.read(path))
        golden = scorer.sidecar.golden_images()
        scorer.decide(scorer.score(golden, fitted=True))
    except InputError as error:
        assert "\n" not in str(error)
        assert str(error).isprintable()


def test_fields_are_documented(content):
    """docs/sidecar.md names every field."""
    from tests.conftest import ROOT

    text = (ROOT / "docs/sidecar.md").read_text()
    for name in (
        *(field.name for field in dataclasses.fields(Sidecar)),
        *(f"threshold.{name}" for name in content["threshold"]),
        *content["golden_vectors"][0],
        *content["input"]["preprocessing"],
    ):
        assert f"`{name}`" in text, name
