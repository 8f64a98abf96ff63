from tests.conftest import assert_one_line_error, invoke


def test_picture_of_teacher_and_student(trained_run, tmp_path):
    output = tmp_path / "new" / "picture.png"
    finished = invoke(
        "tools/reconstructions.py", f"--run={trained_run}", f"--output={output}"
    )
    assert finished.returncode == 0, finished.stderr
    assert output.read_bytes().startswith(b"\x89PNG")


def test_no_run(tmp_path):
    output = tmp_path / "picture.png"
    finished = invoke(
        "tools/reconstructions.py", f"--run={tmp_path}", f"--output={output}"
    )
    assert_one_line_error(finished, "settings.json", "found none")
    assert not output.exists()
