"""Nuts that lie at any angle, in colour."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from benchmarks.rendered.drawing import (
    blurred_noise,
    box_around,
    uneven_light,
    wandering_line,
)

KINDS = ("crack", "hole", "cut", "print", "mould")
_SIDE = 256
_GROUND = (25, 25, 28)
_SHELL, _CAP = (150, 95, 50), (190, 160, 120)


def draw(random, kind):
    """A brown shell with a light cap, on a dark ground."""
    down, right = np.mgrid[:_SIDE, :_SIDE].astype(float)
    middle = _SIDE / 2 + random.normal(0, 5, 2)
    angle = random.uniform(0, 2 * np.pi)
    right, down = right - middle[0], down - middle[1]
    along = right * np.cos(angle) + down * np.sin(angle)
    across = -right * np.sin(angle) + down * np.cos(angle)
    half = [size * (1 + random.normal(0, 0.03)) for size in (88, 72)]
    narrowing = 1 + 0.15 * along / half[0]
    away = (along / half[0]) ** 2 + (across / half[1] * narrowing) ** 2
    away = np.sqrt(away)
    rough = blurred_noise(random, (_SIDE, _SIDE), 2, 1)
    bends = ndimage.gaussian_filter(random.normal(0, 1, (_SIDE, _SIDE)), 10)
    streaks = np.sin(across / half[1] * 14 + bends * 40)
    shade = np.sqrt(np.clip(1 - away**2, 0, 1))
    shell = np.array(_SHELL) * (1 + random.normal(0, 0.04))
    cap = (along > half[0] * 0.62) & (away < 1)
    of_cap = (0.5 + 0.5 * shade) * (1 + 0.08 * rough)
    of_shell = (0.45 + 0.6 * shade) * (1 + 0.06 * streaks + 0.05 * rough)
    pixels = np.where(
        cap[..., None],
        np.array(_CAP) * of_cap[..., None],
        shell * of_shell[..., None],
    )
    pixels = np.where((away < 1)[..., None], pixels, np.array(_GROUND))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    image = _damaged(random, kind, image, middle, half)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1)), float)
    pixels = pixels * uneven_light(random, _SIDE, 0.15)[..., None]
    pixels = pixels * (1 + random.normal(0, 0.05))
    return pixels + random.normal(0, 4, pixels.shape)


def _damaged(random, kind, image, middle, half):
    drawing = ImageDraw.Draw(image)
    if kind in ("crack", "cut"):
        turned = random.uniform(0, 2 * np.pi)
        place = _on_it(random, middle, half)
        steps, length, turn, colour, width = (
            (9, 7, 0.3, (45, 30, 20), 4)
            if kind == "crack"
            else (5, 9, 0.05, (225, 200, 160), 5)
        )
        line = wandering_line(random, place, turned, steps, length, turn)
        drawing.line(line, fill=colour, width=width)
    if kind == "hole":
        place = _on_it(random, middle, half)
        box = box_around(place, random.uniform(6, 11))
        drawing.ellipse(box, fill=(35, 22, 15))
    if kind == "print":
        place = _on_it(random, middle, half)
        text = random.choice(["A7", "K2", "X9"])
        drawing.text(place, text, fill=(235, 235, 240), font_size=30)
    if kind == "mould":
        stain = Image.new("L", image.size, 0)
        place = _on_it(random, middle, half)
        box = box_around(place, random.uniform(14, 24))
        ImageDraw.Draw(stain).ellipse(box, fill=150)
        stain = stain.filter(ImageFilter.GaussianBlur(5))
        share = np.asarray(stain, float)[..., None] / 255
        pixels = np.asarray(image, float) * (1 - share)
        pixels = pixels + share * np.array([120, 135, 110])
        image = Image.fromarray(pixels.astype(np.uint8))
    return image


def _on_it(random, middle, half):
    """A point (x, y) of the nut."""
    angle, away = random.uniform(0, 2 * np.pi), random.uniform(0, 0.55)
    return (
        middle[0] + away * half[0] * np.cos(angle),
        middle[1] + away * half[1] * np.sin(angle),
    )
