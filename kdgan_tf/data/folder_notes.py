"""Lines to say about the images of a folder before a run."""

from collections import Counter

import numpy as np

_FEW_IMAGES = 100
_NAMED = 6


def size_note(rule, sizes):
    """Sizes, and what becomes of them and of rectangles."""
    low, high = np.min(sizes, axis=0), np.max(sizes, axis=0)
    found = f"{low[1]}x{low[0]}"
    if any(low != high):
        found = f"{found} to {high[1]}x{high[0]}"
    rectangles = sum(height != width for height, width in sizes)
    line = (
        f"{len(sizes):,} images of {found} pixels become {rule.content_side}x"
        f"{rule.content_side}, {'grey' if rule.channels == 1 else 'RGB'}"
    )
    if not rectangles or rule.fit == "square":
        return line
    how = {
        "crop": "cropped to the middle",
        "pad": "padded with the pixels at the edges",
        "stretch": "stretched to squares",
    }[rule.fit]
    shapes = "rectangle" if rectangles == 1 else "rectangles"
    return f"{line}, {rectangles:,} {shapes} {how} (--fit)"


def color_notes(channels, found):
    """Images that are not as most are, in colour or in grey."""
    colored = [path for path, image in found.items() if image.color is not None]
    if channels == 1 and colored:
        yield (
            f"{len(colored):,} of {len(found):,} images have colours, most are "
            f"grey: they become grey (first: {colored[0]})"
        )
    grey = len(found) - len(colored)
    if channels == 3 and grey:
        first = next(p for p, image in found.items() if image.color is None)
        yield (
            f"{grey:,} of {len(found):,} images have no colours, most have: "
            f"they stay grey among them (first: {first})"
        )


def depth_note(rule, headers):
    """Images of 16 bits, and what becomes of their values."""
    deep = sum(header.deep for header in headers.values())
    if deep:
        yield (
            f"{deep:,} of {len(headers):,} images have 16 bits: values 0 to "
            f"{2**rule.bit_depth - 1:,} become 0 to 255"
        )


def copies_notes(train_paths, test_paths, found):
    """Pictures that come twice, in training or in training and test."""
    seen = Counter(found[path].digest for path in train_paths)
    copies = sum(seen.values()) - len(seen)
    if copies:
        first = next(p for p in train_paths if seen[found[p].digest] > 1)
        yield (
            f"{copies:,} of {len(train_paths):,} training images are copies of "
            f"others and teach nothing (such as {first})"
        )
    known = [path for path in test_paths if found[path].digest in seen]
    if known:
        yield (
            f"{len(known):,} of {len(test_paths):,} test images are training "
            f"images too, which flatters the result (such as {known[0]})"
        )


def parts_notes(train_dir, train_paths):
    """Sub-folders of the normal images, which may be classes by mistake."""
    names = {
        path.relative_to(train_dir).parts[0]
        for path in train_paths
        if len(path.relative_to(train_dir).parts) > 1
    }
    if len(names) > 1:
        listed = ", ".join(sorted(names)[:_NAMED])
        more = " and more" if len(names) > _NAMED else ""
        yield (
            f"all images in {train_dir} count as normal, those of its "
            f"{len(names)} sub-folders too ({listed}{more})"
        )


def few_notes(count, anomalous):
    """What is missing for a good threshold or for figures."""
    if count < _FEW_IMAGES:
        yield (
            f"only {count} normal images: the threshold will be rough; some "
            "hundreds are better"
        )
    if not anomalous.any():
        where = (
            "no anomalies in --test_dir (no folder beside normal/)"
            if len(anomalous)
            else "no --test_dir"
        )
        yield (
            f"{where}: the report rests on normal images and on defects made "
            "from them"
        )
