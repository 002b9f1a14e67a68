"""Made-up grey pictures of made-up machined parts: steel flanges under a camera, some of them with a defect.

Data card. Source: this program, from a fixed seed; no real product, firm or person is in it. Licence: BSD-3-Clause,
business use allowed. Each picture is 64 by 64 points, from 0 (black) to 255 (white). With each come its `kind` (good,
scratch, dent, chip, stain or hole) and a mask that is true on the points that the defect changed.

How it is made. A flange is a turned disc with a hole in the middle and four bolt holes around it. A fixture holds it,
so that it moves by a part of a point only and hardly turns. The cutter leaves rings, in another phase each time, and a
sheen. The light varies: as a whole by 6 %, and a little from side to side; the sensor adds noise. Defects lie anywhere
on the steel and run from plain to hardly visible: a *scratch* (a thin line), a *dent* (dark on one side, bright on the
other), a *chip* (a bite out of the rim), a *stain* (wide and faint), a *hole* (a bolt hole that was not drilled).
"""

SEED = 20261130
SIZE = 64  # points
KINDS = ("scratch", "dent", "chip", "stain", "hole")
BOLTS = 0.55  # distance of the bolt holes from the middle; the picture reaches from -1 to 1
RIM, BORE, BOLT = 0.85, 0.22, 0.10  # radii: of the disc, of the hole in the middle, of a bolt hole


def parts(good, bad, batch, lamp=0.0, seed=None):
    """Pictures of so many good and then so many bad parts, their kinds and their masks, as three NumPy arrays.

    Another `batch` gives other parts of the same product, and the same batch the same parts each time. `lamp` says how
    much brighter than before one corner is, because somebody moved the lamp: at 0.1 it gets a tenth more light.
    """
    import numpy as np

    rng = np.random.default_rng([SEED if seed is None else seed, batch])
    kinds = np.array(["good"] * good + list(rng.choice(KINDS, bad)))
    down, right = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype("float32")
    corner = np.exp(-((right - 0.5) ** 2 + (down + 0.5) ** 2) / 0.25)
    pictures = np.empty((len(kinds), SIZE, SIZE), "uint8")
    masks = np.zeros(pictures.shape, bool)
    for number, kind in enumerate(kinds):
        across, along, turned = rng.normal(0, 0.008), rng.normal(0, 0.008), rng.normal(0, 0.02)
        x, y = right - across, down - along
        angles = turned + np.pi / 4 + np.arange(4) * np.pi / 2
        bolts = [(BOLTS * np.cos(angle), BOLTS * np.sin(angle)) for angle in angles]
        phase, lit = rng.random(), 2 * rng.normal(0.6, 0.1)
        surface = _steel(x, y, bolts, phase, lit)
        if kind != "good":
            undrilled = kind == "hole"
            spoilt = _steel(x, y, bolts[1:], phase, lit) if undrilled else _spoilt(rng, kind, x, y, surface)
            masks[number] = abs(spoilt - surface) > 0.02
            surface = spoilt
        side, front = rng.normal(0, 0.03, 2)
        light = rng.lognormal(0, 0.06) * (1 + side * right + front * down + lamp * corner)
        seen = surface * light + 0.012 * rng.standard_normal(x.shape, "float32")
        pictures[number] = np.clip(255 * seen, 0, 255)
    return pictures, kinds, masks


def _edge(inside):
    """1 inside, 0 outside, and in between over about one point."""
    import numpy as np

    return np.clip(0.5 + inside * SIZE / 3, 0, 1)


def _steel(x, y, bolts, phase, lit):
    """A flange before anything happened to it: its bolt holes, where its rings begin, and where its sheen lies."""
    import numpy as np

    far = np.hypot(x, y)
    rings = 0.04 * np.sin(2 * np.pi * (11 * far + phase))
    sheen = 0.07 * ((x**2 - y**2) * np.cos(lit) + 2 * x * y * np.sin(lit)) / (far**2 + 1e-6)
    steel = _edge(RIM - far) * _edge(far - BORE)
    for across, along in bolts:
        steel = steel * _edge(np.hypot(x - across, y - along) - BOLT)
    return 0.1 + steel * (0.52 + rings + sheen)


def _spoilt(rng, kind, x, y, surface):
    """The surface with a defect of this kind on it."""
    import numpy as np

    where, way = rng.uniform(0, 2 * np.pi, 2)
    far = rng.uniform(0.32, 0.75)
    across, along = x - far * np.cos(where), y - far * np.sin(where)
    ahead, aside = across * np.cos(way) + along * np.sin(way), along * np.cos(way) - across * np.sin(way)
    steel = np.clip((surface - 0.1) / 0.4, 0, 1)  # a hole cannot be scratched
    if kind == "chip":
        rim = np.hypot(x - RIM * np.cos(where), y - RIM * np.sin(where))
        return 0.1 + (surface - 0.1) * _edge(rim - rng.uniform(0.05, 0.13))
    if kind == "scratch":
        length, depth = rng.uniform(0.15, 0.35), rng.uniform(0.05, 0.25) * rng.choice([-1, 1])
        return surface + steel * depth * np.exp(-((aside / 0.02) ** 2)) * _edge(length - abs(ahead))
    if kind == "dent":
        size, depth = rng.uniform(0.04, 0.08), rng.uniform(0.08, 0.35)
        return surface + steel * depth * ahead / size * np.exp(-(ahead**2 + aside**2) / size**2)
    size, depth = rng.uniform(0.12, 0.25), rng.uniform(0.03, 0.10)
    return surface - steel * depth * np.exp(-(ahead**2 + aside**2) / size**2)
