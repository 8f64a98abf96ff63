"""Generated tables in written pages: what stands between two markers."""

import re


def fill(path, name, text):
    """Put `text` between `<!-- begin name -->` and `<!-- end name -->`.

    Raises:
        SystemExit: The page has no such markers.
    """
    page = path.read_text()
    pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"
    if not re.search(pattern, page, flags=re.DOTALL):
        raise SystemExit(
            f"Expected markers named {name} in {path}, found none."
        )
    filled = re.sub(
        pattern, lambda found: f"{found[1]}{text}\n{found[2]}", page, flags=re.S
    )
    path.write_text(filled)
