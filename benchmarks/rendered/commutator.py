"""Narrow cast surfaces of commutators, rectangles, grey."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.rendered.drawing import (
    blurred_noise,
    box_around,
    wandering_line,
)

KINDS = ("crack", "scratch", "pit", "chip")
_WIDTH, _HEIGHT = 120, 300


def draw(random, kind):
    """A rough grey surface between two dark edges."""
    pixels = 150 + random.normal(0, 8)
    for width, strength in (((1, 1), 9), ((25, 15), 10)):
        shape = (_HEIGHT, _WIDTH)
        pixels = pixels + blurred_noise(random, shape, width, strength)
    down = np.arange(_HEIGHT)[:, None]
    top, bottom = (
        int(place + random.normal(0, 5)) for place in (40, _HEIGHT - 40)
    )
    pixels = pixels - 70 * (down < top) - 80 * (down > bottom)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    drawing = ImageDraw.Draw(image)
    if kind == "crack":
        place = (random.uniform(5, 30), random.uniform(70, 230))
        angle = random.normal(0, 0.3)
        line = wandering_line(random, place, angle, 9, 9, 0.35)
        drawing.line(line, fill=60, width=int(random.integers(2, 5)))
    if kind == "scratch":
        place = (random.uniform(20, 100), random.uniform(60, 150))
        angle = np.pi / 2 + random.normal(0, 0.3)
        line = wandering_line(random, place, angle, 8, 9, 0.05)
        drawing.line(line, fill=215, width=2)
    if kind == "pit":
        for _ in range(3):
            place = (random.uniform(10, 110), random.uniform(60, 240))
            drawing.ellipse(box_around(place, random.uniform(3, 6)), fill=75)
    if kind == "chip":
        x = random.uniform(20, 100)
        drawing.ellipse([x - 14, top - 10, x + 14, top + 14], fill=70)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), float)
    pixels = pixels * (1 + random.normal(0, 0.05))
    return pixels + random.normal(0, 3, pixels.shape)
