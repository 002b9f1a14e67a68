"""Made-up grey pictures of made-up spots on made-up skin, harmless and suspect, from three kinds of camera.

Data card. Source: this program, from a fixed seed; no patient is in it, and no real skin. Licence: BSD-3-Clause,
business use allowed. Each picture is 48 by 48 points of a quarter of a millimetre, from 0 (black) to 255 (white). With
each come its `camera` (scope, phone or new) and `suspect`: what the tissue was found to be afterwards.

How it is made. A spot has a size, an outline that is smooth or ragged, and an inside that is even or patchy. Suspect
spots are larger, more ragged and patchier on average, each by about two standard deviations, so the two overlap. One
picture in five has hairs on it. The *scope* is a dermatoscope, sharp, with an even light of its own. The *phone* is
less sharp, noisier, lit from one side, and its flash takes some of the dark away: that hides some of what makes a spot
suspect. The *new* camera is out of focus, pale, without grain, and has glare. All the skin is of one light tone: what
is learnt here says nothing about other skin.
"""

SEED = 20261201
SIZE = 48  # points
MM = 0.25  # millimetres a point
BLUR = {"scope": 0.4, "phone": 1.3, "new": 2.6}  # points
NOISE = {"scope": 0.008, "phone": 0.012, "new": 0.003}


def spots(number, batch, camera=None, suspect=0.3, seed=None):
    """So many pictures, their cameras and whether each is suspect, as three NumPy arrays.

    Another `batch` gives other people, and the same batch the same each time. Three in four come from the scope and the
    rest from a phone, unless `camera` names one. `suspect` is the share of suspect spots.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng([SEED if seed is None else seed, batch])
    is_suspect = rng.random(number) < suspect
    cameras = rng.choice(["scope", "phone"], number, p=[0.75, 0.25])
    if camera:
        cameras[:] = camera
    down, right = (np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2) * MM  # millimetres from the middle
    pictures = np.empty((number, SIZE, SIZE), "uint8")
    for each, (bad, kind) in enumerate(zip(is_suspect, cameras, strict=True)):
        skin = _skin(rng, right, down)
        seen = gaussian_filter(skin - _spot(rng, right, down, bad), BLUR[kind])
        if kind != "scope":
            seen = seen * (1 + rng.normal(0, 0.01) * right)
        if kind == "phone":
            seen = 0.17 + 0.75 * seen  # its flash takes some of the dark away
        if kind == "new":
            x, y = rng.uniform(-4, 4, 2)
            seen = 0.25 + 0.6 * seen + 0.06 * np.exp(-((right - x) ** 2 + (down - y) ** 2) / 30)
        pictures[each] = np.clip(255 * (seen + NOISE[kind] * rng.standard_normal(seen.shape)), 0, 255)
    return pictures, cameras, is_suspect


def _skin(rng, right, down):
    """Skin of a light tone, with hairs in one picture of five."""
    import numpy as np

    skin = np.full(right.shape, rng.normal(0.75, 0.03))
    for _ in range(rng.integers(1, 5) if rng.random() < 0.2 else 0):
        way, off = rng.uniform(0, np.pi), rng.uniform(-5, 5)
        skin = skin - 0.12 * np.exp(-(((right * np.cos(way) + down * np.sin(way) - off) / 0.12) ** 2))
    return skin


def _spot(rng, right, down, suspect):
    """How much darker than the skin a spot makes each point."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    size, ragged, patchy = rng.standard_normal(3) + 1.9 * suspect
    x, y = rng.normal(0, 0.3, 2)
    far, angle = np.hypot(right - x, down - y), np.arctan2(down - y, right - x)
    outline = 1 + rng.normal(0, 0.06) * np.cos(2 * angle + rng.uniform(0, 6.3))
    for wave in (3, 5):
        outline = outline + 0.05 * np.exp(0.5 * ragged) * np.cos(wave * angle + rng.uniform(0, 6.3))
    inside = 1 / (1 + np.exp((far - 1.6 * np.exp(0.18 * size) * outline) / 0.12))
    patches = gaussian_filter(rng.standard_normal(right.shape), 1.8) * 6.4  # of about one standard deviation
    return inside * np.clip(rng.normal(0.32, 0.03) + 0.035 * np.exp(0.5 * patchy) * patches, 0.05, 0.6)
