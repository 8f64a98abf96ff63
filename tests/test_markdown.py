import pytest

from kdgan_tf import markdown
from kdgan_tf.errors import InputError


def test_table():
    assert markdown.table(["", "a"], [["x", "1"], ["y", "2"]]) == (
        "|  | a |\n| --- | ---: |\n| x | 1 |\n| y | 2 |"
    )


def test_only_what_is_between_the_marks_is_replaced():
    before = (
        "top\n<!-- begin one -->\nold\nolder\n<!-- end -->\nmiddle\n"
        "<!-- begin two -->\n<!-- end -->\nend\n"
    )
    after = (
        "top\n<!-- begin one -->\nnew\n<!-- end -->\nmiddle\n"
        "<!-- begin two -->\n1\n2\n<!-- end -->\nend\n"
    )
    blocks = {"one": "new", "two": "1\n2", "three": "unused"}
    assert markdown.fill(before, blocks) == after
    assert markdown.fill(after, blocks) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- begin one -->\nx\n", "own <!-- end -->"),
        ("<!-- begin one -->\n<!-- begin one -->\n<!-- end -->", "own <!--"),
        ("x\n<!-- end -->\n", "own <!-- end -->"),
        ("<!-- begin four -->\n<!-- end -->\n", "Received: four"),
    ],
)
def test_wrong_marks_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        markdown.fill(text, {"one": "new"}, "README.md")
