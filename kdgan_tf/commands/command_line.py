"""What the commands share: flags of their own, one-line errors, exit status."""

import dataclasses
import functools
import itertools
import os
import re
import sys
import types
from collections.abc import Callable

from absl import flags, logging

from kdgan_tf.runtime.errors import InputError, printable
from kdgan_tf.runtime.quiet import quiet_stderr

_BROKEN_PIPE = 141  # as shells say it: 128 and the signal's number
_MISSING = re.compile(r"Flag --(\w+) must have a value other than None")
_HELP = {"--help", "-help", "-h", "--helpfull", "--helpshort", "-?"}


@dataclasses.dataclass(frozen=True)
class Command:
    """One of the project's commands, without a trace in global state.

    Called, it is the whole process and returns its exit status: bad input
    gives one line on stderr and status 1.

    Args:
        description: What `--help` says first.
        define: Function that defines the command's flags: it is given an
            object whose `string`, `integer` and so on are absl's
            `DEFINE_string`, `DEFINE_integer`.
        main: Function of the parsed `absl.flags.FlagValues`. It may raise
            `InputError`.
        first: Flag that a first word without dashes is the value of.
    """

    description: str
    define: Callable
    main: Callable
    first: str | None = None

    def __call__(self):
        # File names may hold what a terminal's encoding does not have.
        if hasattr(sys.stdout, "reconfigure"):  # a notebook's has not
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            status = self.status(sys.argv)
            sys.stdout.flush()
        except BrokenPipeError:  # as of "| head"
            _silence(sys.stdout)
            return _BROKEN_PIPE
        if status:
            sys.stderr.flush()
            # HDF5 files that a full disk has left open complain at exit.
            _silence(sys.stderr)
        return status

    def status(self, argv):
        """Run the command in this process.

        Args:
            argv: The command's name and its words.

        Returns:
            Exit status, 0 where all went well.
        """
        # Before TensorFlow is imported: its C++ side reads it once.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        logging.set_verbosity(logging.ERROR)
        try:
            values = self.parse(argv)
            if values is not None:
                self.main(values)
        except (InputError, flags.Error) as error:
            return _failed(error)
        except ModuleNotFoundError as error:
            return _failed(_not_installed(error))
        except BrokenPipeError:
            raise
        except OSError as error:
            return _failed(
                f"Expected to read and write files, but: {error}. Put that "
                "right and run the same command again."
            )
        except KeyboardInterrupt:
            return _failed(
                "Interrupted. Run the same command again to go on.", 130
            )
        return 0

    def parse(self, argv):
        """The flags' values, or `None` where help was wanted and printed.

        Raises:
            InputError: A word that belongs to no flag, such as a flagfile
                line without dashes; a flag that must be given is missing; a
                flagfile is no text.
            absl.flags.Error: An unknown flag or a bad value.
        """
        values = flags.FlagValues()
        self.define(definer(values))
        name, *words = argv
        if _HELP & set(words):
            print(f"{self.description.strip()}\n{_help(values)}")
            return None
        if self.first and words and not words[0].startswith("-"):
            words[0] = f"--{self.first}={words[0]}"
        try:
            unknown = values([name, *_flagfiles_first(words)])[1:]
        except UnicodeDecodeError as error:
            raise InputError(
                f"Expected a flagfile of text, but: {error}. Save it as UTF-8."
            ) from error
        except flags.IllegalFlagValueError as error:
            missing = _MISSING.search(str(error))
            if not missing:
                raise
            raise InputError(
                f"Expected --{missing[1]}, found none. --help says what it is."
            ) from error
        if unknown:
            raise InputError(
                f"Expected flags that begin with --, found {unknown[0]!r}. In "
                "a flagfile, put -- before every name."
            )
        return values


def definer(values):
    """absl's ways to define flags, in `values` and not for all the process."""
    kinds = ("string", "integer", "float", "bool", "enum", "list")
    return types.SimpleNamespace(
        **{
            kind: functools.partial(
                getattr(flags, f"DEFINE_{kind}"), flag_values=values
            )
            for kind in kinds
        }
    )


def load_tensorflow():
    """TensorFlow, without what it announces on stderr while it is imported.

    Raises:
        InputError: It is not installed.
    """
    try:
        with quiet_stderr():
            import tensorflow
    except ModuleNotFoundError as error:
        raise InputError(_not_installed(error)) from error
    # Its warnings are for who writes programs; errors are raised as well.
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


def _silence(stream):
    """Let nothing more be printed, not even by what closes a process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _not_installed(error):
    return (
        "Expected TensorFlow and what comes with it for this command, but a "
        f"package is not installed: {error.name}. Run: pip install kdgan-tf"
    )


def _help(values):
    """What the flags are, without the modules in which they are defined."""
    lines = values.get_help(include_special_flags=False).splitlines()
    return "\n".join(line for line in lines if line[:1] in ("", " "))


def flagfile(values):
    """The value of every flag, usable as a flagfile."""
    lines = [
        values[name].serialize()
        for name in values
        if values[name].value is not None
    ]
    return "".join(f"{line}\n" for line in sorted(lines))


def _flagfiles_first(words):
    """The last value of a flag wins: what is typed beats what a file says."""
    files, others = [], []
    remaining = iter(words)
    for word in remaining:
        names_file = word.startswith("-") and word.lstrip("-") == "flagfile"
        if names_file or word.lstrip("-").startswith("flagfile="):
            files.append(word)
            files += itertools.islice(remaining, 1 if names_file else 0)
        else:
            others.append(word)
    return [*files, *others]


def _failed(error, status=1):
    line = printable(" ".join(str(error).split()))
    print(f"error: {line}", file=sys.stderr, flush=True)
    return status
