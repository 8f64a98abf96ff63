"""Cloth of coarse threads, at any place of its pattern, grey."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.rendered.drawing import (
    blurred_noise,
    box_around,
    uneven_light,
    wandering_line,
)

KINDS = ("thread", "cut", "hole", "stain", "fold")
_SIDE = 256
_PERIOD = 24


def draw(random, kind):
    """Two by two threads over each other, nowhere quite straight."""
    period = _PERIOD * (1 + random.normal(0, 0.01))
    down, right = np.mgrid[:_SIDE, :_SIDE].astype(float)
    turn = random.normal(0, 0.03)
    x = right * np.cos(turn) - down * np.sin(turn)
    y = right * np.sin(turn) + down * np.cos(turn)
    bends = blurred_noise(random, (2, _SIDE, _SIDE), (0, 20, 20), 1.5)
    x = x + random.uniform(0, period) + bends[0]
    y = y + random.uniform(0, period) + bends[1]
    if kind == "fold":
        y = y + 10 * np.exp(-(((x - random.uniform(60, 196)) / 15) ** 2))
        y = y + 12 * np.exp(-(((down - random.uniform(80, 176)) / 18) ** 2))
    x, y = x / period * 2 * np.pi, y / period * 2 * np.pi
    warp, weft = np.abs(np.sin(x)), np.abs(np.sin(y))
    over = np.sin(x / 2) * np.sin(y / 2) > 0
    pixels = np.where(over, 90 + 80 * warp, 70 + 75 * weft)
    if kind == "thread":
        middle = random.uniform(60, 196)
        across = (down, right)[random.integers(2)]
        pixels = np.where(np.abs(across - middle) < period / 3, 70, pixels)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    drawing = ImageDraw.Draw(image)
    if kind == "cut":
        angle = random.uniform(0, 2 * np.pi)
        place = tuple(random.uniform(70, 186, 2))
        line = wandering_line(random, place, angle, 8, 9, 0.2)
        drawing.line(line, fill=40, width=6)
    if kind == "hole":
        place = tuple(random.uniform(40, 216, 2))
        drawing.ellipse(box_around(place, random.uniform(8, 16)), fill=35)
    if kind == "stain":
        image = _stained(random, image)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1)), float)
    pixels = pixels * uneven_light(random, _SIDE, 0.2)
    pixels = pixels * (1 + random.normal(0, 0.06))
    return pixels + blurred_noise(random, pixels.shape, 1, 6)


def _stained(random, image):
    place = tuple(random.uniform(50, 206, 2))
    stain = Image.new("L", (_SIDE, _SIDE), 0)
    box = box_around(place, random.uniform(15, 28))
    ImageDraw.Draw(stain).ellipse(box, fill=110)
    stain = stain.filter(ImageFilter.GaussianBlur(4))
    share = np.asarray(stain, float) / 255
    pixels = np.asarray(image, float) * (1 - share) + 40 * share
    return Image.fromarray(pixels.astype(np.uint8))
