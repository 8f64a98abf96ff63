import json

from benchmarks import parts


def test_runs_with_outliers_have_a_table_of_their_own():
    rows = [json.loads(row) for row in parts.LINES.read_text().splitlines()]
    seen = next(row for row in rows if not row.get("outliers"))
    exposed = {**seen, "set": "exposed", "outliers": 5}
    latest = {**seen, "tflite": 0.5}
    found = parts.tables([seen, exposed, latest])
    assert "exposed" not in found["parts"]
    (line,) = found["parts"].splitlines()[2:]
    assert line.split(" | ")[3] == "50.0"
    (line,) = found["outliers"].splitlines()[2:]
    assert line.startswith("| exposed, ")
