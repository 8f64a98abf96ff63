"""What a person sees while a phase is trained: one line."""

import contextlib
import sys
import time

import keras

_TITLE = 24
_BAR = 18
_REDRAWN_AFTER = 0.2  # seconds
_SAID_AGAIN_AFTER = 10.0


class ProgressLine:
    """A line on the terminal that says how far something is.

    On a terminal the line is drawn again in its place. Elsewhere a line is
    written at each tenth, though not more often than every ten seconds, and at
    the end.

    Args:
        title: What is going on.
        out: Text stream; by default the standard output.
        clock: Function that gives seconds.
    """

    def __init__(self, title, out=None, clock=time.monotonic):
        self._title = title
        self._out = out or sys.stdout
        self._clock = clock
        self._begun = clock()
        self._first = None
        self._shown_at = self._begun
        self._tenths = 0

    @property
    def _is_terminal(self):
        return self._out.isatty()

    def start(self, share=0.0):
        """Show what is going on, on a terminal, before anything is done."""
        if self._is_terminal:
            self._draw(share)

    def is_due(self, share):
        """Whether it is time to show a share (0 to 1) that is done."""
        waited = self._clock() - self._shown_at
        if self._is_terminal:
            return waited >= _REDRAWN_AFTER
        return int(10 * share) > self._tenths and waited >= _SAID_AGAIN_AFTER

    def show(self, share, words=""):
        """Show the share that is done, time left, and words."""
        now = self._clock()
        if self._first is None:
            # What comes before, such as tracing, says nothing of the rest.
            self._first = (share, now)
        since, begun = self._first
        left = ""
        if share > since:
            seconds = (now - begun) * (1 - share) / (share - since)
            left = f"{_duration(seconds)} left"
        self._shown_at, self._tenths = now, int(10 * share)
        self._draw(share, f"{left:>12}  {words}")

    def finish(self, words=""):
        """Show that it is done and how long it took."""
        took = f"{_duration(self._clock() - self._begun)} in all"
        self._draw(1.0, f"{took:>12}  {words}", end="\n")

    def _draw(self, share, words="", end=""):
        bar = ""
        if self._is_terminal:
            filled = round(_BAR * share)
            bar = f"[{'#' * filled}{'-' * (_BAR - filled)}] "
        text = f"{self._title:<{_TITLE}} {bar}{share:4.0%} {words}".rstrip()
        if self._is_terminal:
            # To the line's begin, and what was there is wiped.
            self._out.write(f"\r\x1b[2K{text}{end}")
        else:
            self._out.write(f"{text}\n")
        self._out.flush()


class PhaseProgress(keras.callbacks.Callback):
    """Shows a phase of training as one line, with the loss that matters.

    Args:
        title: What the line begins with, such as "1 of 4 teacher".
        out: Text stream; by default the standard output.
        loss: The loss that matters, by its name in Keras's logs.

    Example:

        model.fit(images, verbose=0, callbacks=[PhaseProgress("teacher")])
    """

    def __init__(self, title, out=None, loss="loss"):
        super().__init__()
        self._title = title
        self._out = out
        self._loss = loss
        self._line = None
        self._epoch = None

    def on_train_begin(self, logs=None):
        self._line = ProgressLine(self._title, self._out)
        self._epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        if self._epoch is None:
            self._line.start(epoch / self.params["epochs"])
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        done = self._epoch + (batch + 1) / (self.params["steps"] or 1)
        share = min(1.0, done / self.params["epochs"])
        if self._line.is_due(share):
            self._line.show(share, self._words(logs))

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.params["epochs"]:
            self._line.finish(self._words(logs))

    def _words(self, logs):
        value = (logs or {}).get(self._loss)
        return "" if value is None else f"{self._loss} {float(value):.4g}"


@contextlib.contextmanager
def progress(title, out=None):
    """Show that something goes on for which there is no share."""
    line = ProgressLine(title, out)
    line.start()
    yield
    line.finish()


def _duration(seconds):
    """Minutes and seconds; with hours where there are any."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}"
