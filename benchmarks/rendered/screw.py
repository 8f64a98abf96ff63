"""Screws that lie nearly as the last one did, grey."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.rendered.drawing import (
    blurred_noise,
    box_around,
    uneven_light,
)

KINDS = ("length", "slot", "thread", "bent", "rust")
_SIDE = 320


def draw(random, kind):
    """A wood screw on a cloudy ground."""
    image = Image.new("L", (_SIDE, _SIDE), int(205 + random.integers(-8, 8)))
    drawing = ImageDraw.Draw(image)
    x, top = _SIDE / 2, _SIDE / 2 - 95
    length = 180 * (1 + random.normal(0, 0.006))
    if kind == "length":
        length *= random.choice([0.86, 0.9, 1.1])
    neck, end = top + 26, top + 26 + length
    head = [(x - 38, top), (x + 38, top), (x + 30, neck), (x - 30, neck)]
    drawing.polygon(head, fill=110)
    drawing.rectangle([x - 38, top - 8, x + 38, top], fill=125)
    if kind != "slot":
        drawing.rectangle([x - 6, top - 8, x + 6, top + 4], fill=60)
    drawing.rectangle([x - 14, neck, x + 14, end - 30], fill=120)
    missing = random.integers(2, 7) if kind == "thread" else -9
    for turn, y in enumerate(np.arange(top + 44, end - 34, 14)):
        if turn not in (missing, missing + 1):
            corners = [(-20, 0), (20, 7), (20, 11), (-20, 4)]
            drawing.polygon([(x + a, y + b) for a, b in corners], fill=80)
    aside = 0
    if kind == "bent":
        aside = random.choice([-1, 1]) * random.uniform(12, 20)
    tip = [(x - 14, end - 30), (x + 14, end - 30), (x + aside, end)]
    drawing.polygon(tip, fill=115)
    if kind == "rust":
        for _ in range(3):
            place = (x + random.uniform(-12, 12), top + random.uniform(40, 150))
            box = box_around(place, random.uniform(4, 9))
            drawing.ellipse(box, fill=int(random.integers(60, 90)))
    image = image.rotate(
        random.normal(0, 3) + 30,
        fillcolor=205,
        resample=Image.Resampling.BILINEAR,
        translate=tuple(random.normal(0, 3, 2)),
    ).filter(ImageFilter.GaussianBlur(1))
    pixels = np.asarray(image, float) * uneven_light(random, _SIDE, 0.1)
    pixels = pixels * (1 + random.normal(0, 0.04))
    pixels = pixels + random.normal(0, 4, pixels.shape)
    return pixels + blurred_noise(random, pixels.shape, 8, 3)
