import pytest

from benchmarks.paper import markdown
from kdgan_tf.runtime.errors import InputError


def test_table():
    assert markdown.table(["", "a"], [["x", "1"], ["y", "2"]]) == (
        "|  | a |\n| --- | ---: |\n| x | 1 |\n| y | 2 |"
    )


def test_only_what_is_between_the_marks_is_replaced():
    before = (
        "top\n<!-- begin one -->\nold\nolder\n<!-- end one -->\nmiddle\n"
        "<!-- begin two -->\n<!-- end two -->\n"
        "<!-- begin four -->\nkept\n<!-- end four -->\n"
    )
    after = (
        "top\n<!-- begin one -->\nnew\n<!-- end one -->\nmiddle\n"
        "<!-- begin two -->\n1\n2\n<!-- end two -->\n"
        "<!-- begin four -->\nkept\n<!-- end four -->\n"
    )
    blocks = {"one": "new", "two": "1\n2", "three": "unused"}
    assert markdown.fill(before, blocks) == after
    assert markdown.fill(after, blocks) == after


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("<!-- begin one -->\nx\n", "begin one"),
        ("<!-- begin one -->\n<!-- end two -->\n", "begin one"),
        ("x\n<!-- end one -->\n", "end one"),
    ],
)
def test_a_mark_without_its_other_half(text, stray):
    with pytest.raises(InputError, match=f"README.md.*<!-- {stray} --> alone"):
        markdown.fill(text, {"one": "new"}, "README.md")
