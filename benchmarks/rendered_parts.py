"""Three sets of rendered parts, to try `parts.flags` on what nobody tuned for.

    python -m benchmarks.rendered_parts rendered
    python tools/train.py --flagfile=parts.flags \\
        --train_dir=rendered/gear/train --test_dir=rendered/gear/test

Gears lie at any angle (grey), capsules and screws nearly upright (colour and
grey); light, place and noise differ from image to image. Each set has folders
of five kinds of defects, small as real ones are. They are no photographs, and
what they say of real parts is limited; but their defects are of other kinds
than those of castings and magnetic tiles.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

_TEST_NORMAL, _TEST_EACH = 100, 30
_GEAR, _SCREW = 256, 320
_CAPSULE = (240, 160)


def gear(random, kind):
    """A gear of 16 teeth with four bolt holes, at any angle."""
    image = Image.new("L", (_GEAR, _GEAR), int(60 + random.integers(-6, 6)))
    draw = ImageDraw.Draw(image)
    middle = _GEAR / 2 + random.normal(0, 3, 2)
    radius = 92 * (1 + random.normal(0, 0.01))
    teeth, start = 16, random.uniform(0, 2 * np.pi)
    missing = random.integers(teeth) if kind == "tooth" else -1
    outline = []
    for tooth in range(teeth):
        for place, reach in ((0, 1), (0.08, 1.16), (0.42, 1.16), (0.5, 1)):
            reach = 1 if tooth == missing else reach
            angle = start + 2 * np.pi * (tooth + place) / teeth
            outline.append(_polar(middle, radius * reach, angle))
    draw.polygon(outline, fill=170)
    draw.ellipse(_square(middle, 60), outline=130, width=4)
    hole = middle
    if kind == "hole":
        hole = middle + [
            random.choice([-1, 1]) * random.uniform(8, 14) for _ in range(2)
        ]
    draw.ellipse(_square(hole, 24), fill=62)
    for bolt in range(4):
        if kind == "bolt" and not bolt:
            continue
        place = _polar(middle, 44, start + np.pi / 2 * bolt)
        draw.ellipse(_square(place, 7), fill=90)
    if kind == "crack":
        angle = random.uniform(0, 2 * np.pi)
        place = _polar(middle, 30, angle)
        draw.line(_walk(random, place, angle, 8, 8, 0.4), fill=85, width=3)
    if kind == "stain":
        angle = random.uniform(0, 2 * np.pi)
        x, y = _polar(middle, random.uniform(30, 80), angle)
        width, height = random.uniform(8, 18, 2)
        box = [x - width, y - height, x + width, y + height]
        draw.ellipse(box, fill=int(random.choice([115, 225])))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)), float)
    pixels = pixels * _light(random, _GEAR, 0.25)
    pixels = pixels * (1 + random.normal(0, 0.06))
    return (
        pixels + _texture(random, _GEAR, 1, 5) + _texture(random, _GEAR, 6, 3)
    )


def capsule(random, kind):
    """A red and white capsule with a number printed on it."""
    width, height = _CAPSULE
    grey = tuple(int(value) for value in 205 + random.normal(0, 4, 3))
    image = Image.new("RGB", _CAPSULE, grey)
    draw = ImageDraw.Draw(image)
    length = 180 * (1 + random.normal(0, 0.01))
    left = width / 2 - length / 2 + random.normal(0, 3)
    y = height / 2 + random.normal(0, 3)
    half = 34 * (0.75 if kind == "squeeze" else 1)
    red, white = (
        tuple(int(value) for value in color + random.normal(0, spread, 3))
        for color, spread in (([190, 60, 40], 6), ([235, 225, 200], 5))
    )
    if kind == "colour":
        other = np.array([200, 130, 40]) + random.normal(0, 6, 3)
        red = tuple(int(value) for value in other)
    middle, right = left + length / 2, left + length
    draw.rounded_rectangle([left, y - half, right, y + half], half, fill=red)
    draw.rounded_rectangle(
        [middle, y - half, right, y + half], half, fill=white
    )
    draw.rectangle(
        [middle, y - half, left + 0.7 * length, y + half], fill=white
    )
    text, aside = "500", 0
    if kind == "print":
        text = random.choice(["5 0", "00", "50", "S00"])
        aside = random.normal(0, 8)
    place = (left + 0.12 * length + aside, y - 16)
    draw.text(place, text, fill=(245, 240, 230), font_size=34)
    shine = tuple(min(255, value + 25) for value in red)
    box = [left + 15, y - 0.75 * half, right - 15, y - 0.45 * half]
    draw.ellipse(box, fill=shine)
    if kind == "crack":
        angle = random.uniform(0, 2 * np.pi)
        place = (left + random.uniform(40, length - 40), y)
        place = (place[0], y + random.uniform(-12, 12))
        line = _walk(random, place, angle, 6, 7, 0.5)
        draw.line(line, fill=(70, 40, 30), width=3)
    if kind == "hole":
        place = (left + random.uniform(30, length - 30), y)
        place = (place[0], y + random.uniform(-18, 18))
        box = _square(place, random.uniform(5, 10))
        draw.ellipse(box, fill=(60, 50, 45))
    image = image.rotate(
        random.normal(0, 4),
        fillcolor=(205, 205, 205),
        resample=Image.Resampling.BILINEAR,
    ).filter(ImageFilter.GaussianBlur(1))
    pixels = np.asarray(image, float) * (1 + random.normal(0, 0.04))
    return pixels + random.normal(0, 4, pixels.shape)


def screw(random, kind):
    """A wood screw on a cloudy ground."""
    image = Image.new("L", (_SCREW, _SCREW), int(205 + random.integers(-8, 8)))
    draw = ImageDraw.Draw(image)
    x, top = _SCREW / 2, _SCREW / 2 - 95
    length = 180 * (1 + random.normal(0, 0.006))
    if kind == "length":
        length *= random.choice([0.86, 0.9, 1.1])
    neck, end = top + 26, top + 26 + length
    head = [(x - 38, top), (x + 38, top), (x + 30, neck), (x - 30, neck)]
    draw.polygon(head, fill=110)
    draw.rectangle([x - 38, top - 8, x + 38, top], fill=125)
    if kind != "slot":
        draw.rectangle([x - 6, top - 8, x + 6, top + 4], fill=60)
    draw.rectangle([x - 14, neck, x + 14, end - 30], fill=120)
    missing = random.integers(2, 7) if kind == "thread" else -9
    for turn, y in enumerate(np.arange(top + 44, end - 34, 14)):
        if turn not in (missing, missing + 1):
            corners = [(-20, 0), (20, 7), (20, 11), (-20, 4)]
            draw.polygon([(x + a, y + b) for a, b in corners], fill=80)
    aside = 0
    if kind == "bent":
        aside = random.choice([-1, 1]) * random.uniform(12, 20)
    tip = [(x - 14, end - 30), (x + 14, end - 30), (x + aside, end)]
    draw.polygon(tip, fill=115)
    if kind == "rust":
        for _ in range(3):
            place = (x + random.uniform(-12, 12), top + random.uniform(40, 150))
            box = _square(place, random.uniform(4, 9))
            draw.ellipse(box, fill=int(random.integers(60, 90)))
    image = image.rotate(
        random.normal(0, 3) + 30,
        fillcolor=205,
        resample=Image.Resampling.BILINEAR,
        translate=tuple(random.normal(0, 3, 2)),
    ).filter(ImageFilter.GaussianBlur(1))
    pixels = np.asarray(image, float) * _light(random, _SCREW, 0.1)
    pixels = pixels * (1 + random.normal(0, 0.04))
    pixels = pixels + random.normal(0, 4, pixels.shape)
    return pixels + _texture(random, _SCREW, 8, 3)


# What draws an image, kinds of defects, normal images to train on, seed.
SETS = {
    "gear": (gear, ("tooth", "hole", "bolt", "crack", "stain"), 400, 5),
    "capsule": (
        capsule,
        ("squeeze", "colour", "print", "crack", "hole"),
        220,
        5,
    ),
    "screw": (screw, ("length", "slot", "thread", "bent", "rust"), 300, 11),
}


def write(folder, name):
    """Write the images of a set below `folder`, as `tools/train.py` takes them.

    Args:
        folder: Where `train` and `test` go.
        name: Of `SETS`.
    """
    make, kinds, count, seed = SETS[name]
    random = np.random.default_rng(seed)
    parts = [("train", "good", count), ("test/good", "good", _TEST_NORMAL)]
    parts += [(f"test/{kind}", kind, _TEST_EACH) for kind in kinds]
    for place, kind, number in parts:
        target = Path(folder) / place
        target.mkdir(parents=True, exist_ok=True)
        for index in range(number):
            pixels = np.clip(make(random, kind), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(target / f"{index:03d}.png")


def _polar(middle, radius, angle):
    return (
        middle[0] + radius * np.cos(angle),
        middle[1] + radius * np.sin(angle),
    )


def _square(place, half):
    x, y = place
    return [x - half, y - half, x + half, y + half]


def _walk(random, place, angle, steps, length, turn):
    """A line that wanders: its corners."""
    corners = [place]
    for _ in range(steps):
        angle += random.normal(0, turn)
        place = _polar(place, length, angle)
        corners.append(place)
    return corners


def _light(random, side, strength):
    """A factor for each pixel: brighter to one side."""
    down, right = np.mgrid[:side, :side] / side - 0.5
    angle = random.uniform(0, 2 * np.pi)
    return 1 + strength * (right * np.cos(angle) + down * np.sin(angle))


def _texture(random, side, width, strength):
    """Blurred noise of a standard deviation."""
    noise = random.normal(0, 1, (side, side))
    noise = ndimage.gaussian_filter(noise, width)
    return noise / noise.std() * strength


def main():
    """Write all sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    for name in SETS:
        write(given.folder / name, name)


if __name__ == "__main__":
    main()
