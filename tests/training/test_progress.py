import io

import pytest

from kdgan_tf.training.progress import PhaseProgress, ProgressLine, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_terminal_shows_one_line_that_is_drawn_again(clock):
    out = Terminal()
    line = ProgressLine("2 of 4 student", out, clock)
    line.start()
    line.show(0.25, "loss 3")
    clock.now = 30.0
    line.show(0.5, "loss 2")
    clock.now = 75.0
    line.finish("loss 1")
    drawn = out.getvalue().split("\r\x1b[2K")[1:]
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\n")
    assert "[------------------]   0%" in drawn[0]
    # A quarter took 30 s, so the half that is left takes a minute.
    assert "[#########---------]  50%    1:00 left  loss 2" in drawn[2]
    assert " 100%  1:15 in all  loss 1" in drawn[3]
    assert max(map(len, drawn)) <= 80


def test_a_terminal_is_not_drawn_at_every_step(clock):
    line = ProgressLine("x", Terminal(), clock)
    assert not line.is_due(0.1)
    clock.now = 0.3
    assert line.is_due(0.1)


def test_elsewhere_there_is_a_line_a_tenth_and_not_too_often(clock):
    out = io.StringIO()
    line = ProgressLine("x", out, clock)
    line.start()
    shown = []
    for step in range(1, 101):
        clock.now = 2.0 * step
        if line.is_due(step / 100):
            shown.append(step)
            line.show(step / 100)
    assert shown == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    line.finish()
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert "\x1b" not in out.getvalue()
    # A hundred steps in a second: no line but the last.
    quick = ProgressLine("x", io.StringIO(), lambda: clock.now)
    assert not any(quick.is_due(step / 100) for step in range(101))


def test_hours_are_shown_where_there_are_any(clock):
    out = io.StringIO()
    line = ProgressLine("x", out, clock)
    line.show(0.0)
    clock.now = 60.0
    line.show(0.01)
    assert "1:39:00 left" in out.getvalue()


def test_a_phase_ends_with_its_loss(make_gan, digits):
    out = io.StringIO()
    make_gan().fit(
        digits.train[:32],
        batch_size=16,
        epochs=2,
        verbose=0,
        callbacks=[PhaseProgress("1 of 4 teacher", out)],
    )
    (line,) = out.getvalue().splitlines()
    assert line.startswith("1 of 4 teacher")
    assert "in all  loss " in line


def test_what_has_no_share_is_shown_too():
    out = Terminal()
    with progress("4 of 4 file and report", out):
        assert out.getvalue().count("0%") == 1
    assert out.getvalue().endswith("in all\n")
