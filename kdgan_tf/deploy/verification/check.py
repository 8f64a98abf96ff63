"""What a check of `verify` found."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that was looked at; `passed` is `None` if it could not be."""

    name: str
    value: str
    limit: str
    passed: bool | None
