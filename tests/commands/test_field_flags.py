"""Flags that follow from dataclasses: one source of defaults and help."""

import dataclasses
import typing

import pytest
from absl import flags

from kdgan_tf.commands import command_line, data_flags, run_flags, train
from kdgan_tf.commands.field_flags import parameters
from kdgan_tf.data import sources
from kdgan_tf.gan.config import GANConfig
from kdgan_tf.runs.config import RunConfig
from kdgan_tf.runtime.errors import InputError
from tests.conftest import ROOT

OLD_FLAGS = ROOT / "tests" / "commands" / "saved" / "run" / "flags.txt"


@dataclasses.dataclass
class Kiln:
    """A furnace.

    Args:
        degrees: How hot, in
            degrees Celsius: at most 1400.
        fuel: What it burns.
        door: Open, shut, or as it was.
        lid: Its own, or none.
        shelves: Names of its shelves.
        chimney: No flag holds one.

    Returns:
        Nothing that counts: as a flag it would be `nothing`.
    """

    degrees: float
    fuel: str | None = None
    door: typing.Literal[True, False, "auto"] = "auto"
    lid: typing.Literal["round", "square"] | None = None
    shelves: tuple[str, ...] = ()
    chimney: dict | None = None


def parsed(*words):
    """Values of the kiln's flags."""

    def define(flag):
        for name, parameter in parameters(Kiln).items():
            if parameter.kind:
                parameter.define(flag, name, "kiln: ")

    command = command_line.Command("A kiln.", define, print)
    return command.parse(["kiln", *words])


def test_a_field_gives_name_type_default_and_help():
    values = parsed()
    assert values["degrees"].help == (
        "kiln: How hot, in degrees Celsius: at most 1400."
    )
    assert values["degrees"].value is None
    assert "chimney" not in values
    assert "nothing" not in values
    with pytest.raises(flags.Error, match="degrees"):
        parsed("--degrees=hot")
    with pytest.raises(flags.Error, match="true|false|auto"):
        parsed("--door=ajar")


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--degrees=12"], "degrees", 12.0),
        (["--door=true"], "door", True),
        ([], "door", "auto"),
        (["--shelves=upper,lower"], "shelves", ("upper", "lower")),
        ([], "fuel", None),
        ([], "lid", None),
        (["--lid=round"], "lid", "round"),
    ],
)
def test_what_is_typed_becomes_a_value_of_the_field(words, name, value):
    received = parsed(*words)[name].value
    assert parameters(Kiln)[name].value(received) == value


def train_flags(*words):
    return train.run.parse(["train", "--output_dir=x", *words])


def run_config(values):
    return run_flags.config(values, GANConfig(), GANConfig())


def test_defaults_of_train_are_those_of_the_configs():
    assert run_config(train_flags()) == RunConfig(GANConfig(), GANConfig())


def leaves(value, path=()):
    """Values that are no dicts, by the keys that lead to them."""
    if not isinstance(value, dict):
        return {path: value}
    found = {}
    for key, part in value.items():
        found |= leaves(part, (*path, key))
    return found


def other_than_default(flag):
    """The word that gives a flag another value."""
    if isinstance(flag.value, bool):
        return f"--{'no' if flag.value else ''}{flag.name}"
    if isinstance(flag, flags.EnumFlag):
        others = set(flag.parser.enum_values) - {flag.value}
        return f"--{flag.name}={min(others)}"
    whole = isinstance(flag.parser, flags.IntegerParser)
    value = (flag.value or 0) + 1 if whole else 0.5
    return f"--{flag.name}={value}"


def test_every_field_of_a_run_is_reached_by_a_flag():
    def tree(*words):
        return leaves(dataclasses.asdict(run_config(train_flags(*words))))

    default = tree()
    values = flags.FlagValues()
    run_flags.define(command_line.definer(values))
    changed = set()
    for name in values:
        other = tree(other_than_default(values[name]))
        moved = {path for path in default if other[path] != default[path]}
        assert moved, name
        changed |= moved
    networks = {
        path
        for path in default
        if path[0] in ("teacher", "student")
        and path[-1] != "synchronized_batch_norm"
    }
    assert changed == set(default) - networks


def test_images_are_described_by_flags_but_for_a_finished_preprocessing():
    known = parameters(sources.load)
    assert {name for name in known if not known[name].kind} == {"preprocessing"}
    assert set(data_flags.names()) == {"dataset", *known} - {
        "name",
        "preprocessing",
    }


def test_steps_have_flags_of_their_own_where_they_must():
    run = run_config(
        train_flags(
            "--teacher_epochs=2",
            "--step1_epochs=3",
            "--step2_epochs=4",
            "--learning_rate=0.5",
            "--step2_learning_rate=0.25",
            "--batch_size=7",
            "--distill_latent=8",
            "--nodistill_negatives",
            "--step1_train_teacher",
            "--nostep2_student_gan_loss",
            "--jit_compile=false",
            "--seed=9",
            "--nosynchronized_batch_norm",
        )
    )
    phases = (run.teacher_phase, run.step1_phase, run.step2_phase)
    assert [phase.epochs for phase in phases] == [2, 3, 4]
    assert [phase.learning_rate for phase in phases] == [0.5, 0.5, 0.25]
    assert [phase.batch_size for phase in phases] == [7, 7, 7]
    assert (run.step1.latent_weight, run.step2.latent_weight) == (8, 8)
    assert not run.step1.negatives
    assert run.step1.train_teacher
    assert run.step1.student_gan_loss
    assert not run.step2.student_gan_loss
    assert run.jit_compile is False
    assert run.seed == 9
    assert not run.teacher.synchronized_batch_norm


def test_flags_of_an_older_run_and_all_flagfiles_are_accepted():
    old = train_flags(f"--flagfile={OLD_FLAGS}")
    written = command_line.flagfile(old).splitlines()
    assert set(OLD_FLAGS.read_text().splitlines()) <= {
        *written,
        "--output_dir=runs/digits",
    }
    for flagfile in ROOT.glob("*.flags"):
        train_flags(f"--flagfile={flagfile}")


def test_a_choice_is_refused_in_the_config_too():
    with pytest.raises(InputError, match="quantization among .*int4"):
        RunConfig(GANConfig(), GANConfig(), quantization="int4")
