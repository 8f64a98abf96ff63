"""Gears that lie at any angle, grey."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.rendered.drawing import (
    blurred_noise,
    box_around,
    polar,
    uneven_light,
    wandering_line,
)

KINDS = ("tooth", "hole", "bolt", "crack", "stain")
_SIDE = 256


def draw(random, kind):
    """A gear of 16 teeth with four bolt holes, at any angle."""
    image = Image.new("L", (_SIDE, _SIDE), int(60 + random.integers(-6, 6)))
    drawing = ImageDraw.Draw(image)
    middle = _SIDE / 2 + random.normal(0, 3, 2)
    radius = 92 * (1 + random.normal(0, 0.01))
    teeth, start = 16, random.uniform(0, 2 * np.pi)
    missing = random.integers(teeth) if kind == "tooth" else -1
    outline = []
    for tooth in range(teeth):
        for place, reach in ((0, 1), (0.08, 1.16), (0.42, 1.16), (0.5, 1)):
            reach = 1 if tooth == missing else reach
            angle = start + 2 * np.pi * (tooth + place) / teeth
            outline.append(polar(middle, radius * reach, angle))
    drawing.polygon(outline, fill=170)
    drawing.ellipse(box_around(middle, 60), outline=130, width=4)
    hole = middle
    if kind == "hole":
        hole = middle + [
            random.choice([-1, 1]) * random.uniform(8, 14) for _ in range(2)
        ]
    drawing.ellipse(box_around(hole, 24), fill=62)
    for bolt in range(4):
        if kind == "bolt" and not bolt:
            continue
        place = polar(middle, 44, start + np.pi / 2 * bolt)
        drawing.ellipse(box_around(place, 7), fill=90)
    if kind == "crack":
        angle = random.uniform(0, 2 * np.pi)
        place = polar(middle, 30, angle)
        drawing.line(
            wandering_line(random, place, angle, 8, 8, 0.4), fill=85, width=3
        )
    if kind == "stain":
        angle = random.uniform(0, 2 * np.pi)
        x, y = polar(middle, random.uniform(30, 80), angle)
        width, height = random.uniform(8, 18, 2)
        box = [x - width, y - height, x + width, y + height]
        drawing.ellipse(box, fill=int(random.choice([115, 225])))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)), float)
    pixels = pixels * uneven_light(random, _SIDE, 0.25)
    pixels = pixels * (1 + random.normal(0, 0.06))
    return (
        pixels
        + blurred_noise(random, pixels.shape, 1, 5)
        + blurred_noise(random, pixels.shape, 6, 3)
    )
