"""What the drawings share."""

import numpy as np
from scipy import ndimage


def polar(middle, radius, angle):
    """The point (x, y) at a distance and an angle from another."""
    return (
        middle[0] + radius * np.cos(angle),
        middle[1] + radius * np.sin(angle),
    )


def box_around(place, half):
    """The corners of a square round a point, as a list of four."""
    x, y = place
    return [x - half, y - half, x + half, y + half]


def wandering_line(random, place, angle, steps, length, turn):
    """A line that wanders: its corners."""
    corners = [place]
    for _ in range(steps):
        angle += random.normal(0, turn)
        place = polar(place, length, angle)
        corners.append(place)
    return corners


def uneven_light(random, side, strength):
    """A factor for each pixel: brighter to one side."""
    down, right = np.mgrid[:side, :side] / side - 0.5
    angle = random.uniform(0, 2 * np.pi)
    return 1 + strength * (right * np.cos(angle) + down * np.sin(angle))


def blurred_noise(random, shape, width, strength):
    """Noise of a shape, blurred over a width, of a standard deviation."""
    noise = random.normal(0, 1, shape)
    noise = ndimage.gaussian_filter(noise, width)
    return noise / noise.std() * strength
