"""Markdown tables, and their place between the marks of a document."""

import re

from kdgan_tf.errors import InputError

_BLOCK = re.compile(
    r"(<!-- begin (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)


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

    A block stands between `<!-- begin NAME -->` and `<!-- end -->`; what stood
    there before is replaced, everything else is left as it is.

    Args:
        document: The text.
        blocks: Dict of texts by the name of the block.
        name: What to call the document in an error.

    Raises:
        InputError: A begin without an end, or a block that nobody knows.
    """
    begins = document.count("<!-- begin ")
    if begins != len(_BLOCK.findall(document)) or begins != document.count(
        "<!-- end -->"
    ):
        raise InputError(
            f"Expected every <!-- begin NAME --> in {name} to have its own "
            "<!-- end -->, and no other. Put in what is missing."
        )

    def filled(match):
        if match["name"] not in blocks:
            raise InputError(
                f"Expected blocks among {', '.join(sorted(blocks))} in {name}. "
                f"Received: {match['name']}."
            )
        return f"{match[1]}{blocks[match['name']]}\n{match['end']}"

    return _BLOCK.sub(filled, document)
