"""Images of the same thing photographed again, and splits that know of them.

A held-out image whose twin was trained on is scored lower than a new image
will be, and a threshold measured on such images rejects too many.
"""

import numpy as np

from kdgan_tf.runtime.fitting import shrink, with_channels

# Images of one thing correlate above the first of these. Where most images of
# a folder do, all its parts look alike, and images of the same one even more.
CORRELATIONS = (0.95, 0.97, 0.98, 0.99, 0.995, 0.998)
_MOST = 0.5
_FEW = 8
SIDE = 64
_BLOCK = 512
_MOST_PRODUCTS = 2e11  # about ten seconds on one core


def near_twin_groups(images):
    """Which images show nearly the same.

    Two are near twins where their pixels at 64x64, grey and each image with
    its own mean and contrast, correlate above 0.95; twins of twins are in the
    same group. Where that makes one group of most images, as of screws that lie
    alike, the bar rises until it does not: else only odd ones would be left to
    hold out. Above some 7,000 images it looks at fewer pixels.

    Args:
        images: (n, side, side, c), uint8.

    Returns:
        Numbers (n,) of groups, 0 to the number of groups - 1.
    """
    count = len(images)
    pixels = _normalized(images)
    found = {bar: np.arange(count) for bar in CORRELATIONS}
    for begin in range(0, count, _BLOCK):
        similar = pixels[begin : begin + _BLOCK] @ pixels[begin:].T
        rows, columns = np.nonzero(similar > CORRELATIONS[0])
        strength = similar[rows, columns]
        for bar, groups in found.items():
            near = strength > bar
            found[bar] = _joined(
                groups, rows[near] + begin, columns[near] + begin
            )
    for groups in found.values():
        if np.max(np.bincount(groups)) <= _MOST * count:
            break
    return np.unique(groups, return_inverse=True)[1]


def _joined(groups, rows, columns):
    """Groups (n,) once these pairs are in one, by their first members."""
    # A small machine has no scipy, and splits nothing.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(groups)
    # What is joined so far is a chain to the group's number.
    one = np.concatenate([rows, np.arange(count)])
    other = np.concatenate([columns, groups])
    graph = coo_matrix((np.ones(len(one), bool), (one, other)), (count,) * 2)
    _, labels = connected_components(graph, directed=False)
    return np.unique(labels, return_index=True)[1][labels]


def hold_out(count, share, seed, groups=None):
    """Choose the images to keep out of training.

    Args:
        count: How many images there are.
        share: Share to keep out, in [0, 1); where it is not 0, at least one
            image, of eight or more two: one alone measures nothing.
        seed: Of the choice.
        groups: Numbers (count,) of the groups that stay together, such as
            `near_twin_groups`; by default every image is by itself. Large
            groups stay in training, so that those held out are of many kinds.

    Returns:
        (training, held out), sorted indices. Where groups leave less than
        half of that to hold out, or nothing to train on, they are not kept
        together.
    """
    order = np.random.default_rng(seed).permutation(count)
    wanted = int(np.ceil(share * count))
    if wanted and count >= _FEW:
        wanted = max(wanted, 2)
    chosen = order[:wanted]
    if groups is not None and wanted:
        chosen = _whole_groups(order, wanted, groups)
        if len(chosen) < wanted / 2:
            chosen = order[:wanted]
    held_out = np.zeros(count, bool)
    held_out[chosen] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _whole_groups(order, wanted, groups):
    """Images of whole groups in the order given, at most as many as wanted."""
    sizes = np.bincount(groups)
    taken, total = set(), 0
    for largest in (max(1, wanted // 4), wanted):
        for group in groups[order]:
            size = sizes[group]
            if group not in taken and size <= min(largest, wanted - total):
                taken.add(group)
                total += size
    return np.flatnonzero(np.isin(groups, list(taken)))


def _normalized(images):
    """Pixels (n, d), float32, each row of mean 0 and length 1."""
    count = len(images)
    side = min(SIDE, images.shape[1])
    while side > 8 and count**2 * side**2 > _MOST_PRODUCTS:
        side //= 2
    pixels = np.stack(
        [shrink(with_channels(image, 1), side).ravel() for image in images]
    ).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    length = np.linalg.norm(pixels, axis=1, keepdims=True)
    flat = length[:, 0] < 1e-3  # images of one value are twins of each other
    pixels[flat], length[flat] = 1, side
    return pixels / length
