"""Flags that follow from a dataclass's fields or a function's parameters.

Name, type, default and help of a flag are those of the field; its help is what
`Args:` says of it.
"""

import dataclasses
import inspect
import types
import typing

_DEFINE = {
    bool: "bool",
    int: "integer",
    float: "float",
    str: "string",
    typing.Literal: "enum",
    tuple: "list",
}


@dataclasses.dataclass(frozen=True)
class Parameter:
    """What a flag must know of a field or parameter.

    Args:
        kind: `bool`, `int`, `float`, `str`, `typing.Literal` or `tuple` (of
            strings); `None` where no flag can hold such a value.
        default: Its default, `None` where there is none.
        words: What `Args:` says of it.
        choices: Of a `Literal`: its values by what is typed.
    """

    kind: type | None
    default: object
    words: str
    choices: dict

    def define(self, flag, name, prefix=""):
        """Define the flag `name`, its help preceded by `prefix`.

        Args:
            flag: As `command_line.Command` hands it to `define`.
            name: The flag's name.
            prefix: Words.
        """
        more = [[*self.choices]] if self.choices else []
        default = _typed(self.default) if self.choices else self.default
        define = getattr(flag, _DEFINE[self.kind])
        define(name, default, *more, prefix + self.words)

    def value(self, received):
        """The field's value for what the flag received."""
        if self.choices:
            return self.choices.get(received)
        return tuple(received) if self.kind is tuple else received


def parameters(source):
    """`Parameter` by name, in order, of a dataclass or function."""
    hints = typing.get_type_hints(source)
    words = _arguments(inspect.getdoc(source))
    found = {}
    for name, parameter in inspect.signature(source).parameters.items():
        default = parameter.default
        if default is parameter.empty:
            default = None
        kind, values = _kind(hints.get(name))
        choices = {_typed(value): value for value in values}
        found[name] = Parameter(kind, default, words.get(name, ""), choices)
    return found


def _kind(hint):
    """A type hint as (`Parameter.kind`, values of a `Literal`)."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        kinds = set(typing.get_args(hint)) - {types.NoneType}
        hint = kinds.pop() if len(kinds) == 1 else None
    if typing.get_origin(hint) is typing.Literal:
        return typing.Literal, typing.get_args(hint)
    if hint == tuple[str, ...]:
        return tuple, ()
    return (hint if hint in _DEFINE else None), ()


def _typed(value):
    """A choice as it is typed: `true` for True."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower()


def _arguments(docstring):
    """What the section `Args:` says, a line each, by name."""
    _, _, section = docstring.partition("\nArgs:\n")
    entries = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break
        if line.startswith("    ") and not line.startswith("     "):
            entries.append(line.strip())
        elif line.strip():
            entries[-1] += f" {line.strip()}"
    return dict(entry.split(": ", 1) for entry in entries)
