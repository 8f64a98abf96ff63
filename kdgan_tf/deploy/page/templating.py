"""What the pages of a run share: how they are filled, head and base rules."""

import html
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent


def template(folder, name):
    """A template that may extend `base.html`.

    Args:
        folder: Where it lies.
        name: Its file name; what goes into `.html` is escaped.
    """
    environment = Environment(
        loader=FileSystemLoader([folder, _FOLDER]),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    return environment.get_template(name)


def _cell(text):
    """Any text, such as a folder's name, for a cell of a Markdown table."""
    plain = html.escape(" ".join(text.split()), quote=False)
    return plain.replace("|", "\\|")


def style(path):
    """The base rules and those of a page's own `.css` file."""
    return small(
        "".join(
            sheet.read_text(encoding="utf-8")
            for sheet in (_FOLDER / "base.css", Path(path))
        )
    )


def small(text):
    """Without indentation and lines of comments: a tenth of a page."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(
        line for line in lines if line and not line.startswith("//")
    )
