"""Capsules that lie nearly upright, in colour."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.rendered.drawing import box_around, wandering_line

KINDS = ("squeeze", "colour", "print", "crack", "hole")
_SIZE = (240, 160)


def draw(random, kind):
    """A red and white capsule with a number printed on it."""
    width, height = _SIZE
    grey = tuple(int(value) for value in 205 + random.normal(0, 4, 3))
    image = Image.new("RGB", _SIZE, grey)
    drawing = ImageDraw.Draw(image)
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
    drawing.rounded_rectangle([left, y - half, right, y + half], half, fill=red)
    drawing.rounded_rectangle(
        [middle, y - half, right, y + half], half, fill=white
    )
    drawing.rectangle(
        [middle, y - half, left + 0.7 * length, y + half], fill=white
    )
    text, aside = "500", 0
    if kind == "print":
        text = random.choice(["5 0", "00", "50", "S00"])
        aside = random.normal(0, 8)
    place = (left + 0.12 * length + aside, y - 16)
    drawing.text(place, text, fill=(245, 240, 230), font_size=34)
    shine = tuple(min(255, value + 25) for value in red)
    box = [left + 15, y - 0.75 * half, right - 15, y - 0.45 * half]
    drawing.ellipse(box, fill=shine)
    if kind == "crack":
        angle = random.uniform(0, 2 * np.pi)
        place = (left + random.uniform(40, length - 40), y)
        place = (place[0], y + random.uniform(-12, 12))
        line = wandering_line(random, place, angle, 6, 7, 0.5)
        drawing.line(line, fill=(70, 40, 30), width=3)
    if kind == "hole":
        place = (left + random.uniform(30, length - 30), y)
        place = (place[0], y + random.uniform(-18, 18))
        box = box_around(place, random.uniform(5, 10))
        drawing.ellipse(box, fill=(60, 50, 45))
    image = image.rotate(
        random.normal(0, 4),
        fillcolor=(205, 205, 205),
        resample=Image.Resampling.BILINEAR,
    ).filter(ImageFilter.GaussianBlur(1))
    pixels = np.asarray(image, float) * (1 + random.normal(0, 0.04))
    return pixels + random.normal(0, 4, pixels.shape)
