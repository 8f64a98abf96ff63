"""Markdown tables, and their place between the marks of a document."""

import re

from kdgan_tf.runtime.errors import InputError

_BLOCK = re.compile(
    r"<!-- begin (?P<name>\w+) -->\n.*?<!-- end (?P=name) -->", re.DOTALL
)
_MARK = re.compile(r"<!-- (?:begin|end) \w+ -->")


def table(header, rows):
    """A table; the first column is text, all others are figures.

    Args:
        header: Titles of the columns.
        rows: Lists of as many strings.
    """
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(
        "| " + " | ".join(cells) + " |" for cells in (header, rule, *rows)
    )


def fill(document, blocks, name="the document"):
    """Put text between the marks of a document.

    A block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. What
    stood there before is replaced; everything else is left as it is, blocks
    of other names too.

    Args:
        document: The text.
        blocks: Dict of texts by the name of the block.
        name: What to call the document in an error.

    Raises:
        InputError: A begin without its end, or an end without its begin.
    """
    stray = _MARK.search(_BLOCK.sub("", document))
    if stray:
        raise InputError(
            f"Expected marks in pairs in {name}, begin and end of one name. "
            f"Received: {stray[0]} alone. Put in what is missing."
        )

    def filled(match):
        block = match["name"]
        if block not in blocks:
            return match[0]
        return f"<!-- begin {block} -->\n{blocks[block]}\n<!-- end {block} -->"

    return _BLOCK.sub(filled, document)
