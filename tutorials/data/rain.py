"""Made-up showers of made-up summers, as a rain radar sees them, and a made-up firm's sites under them.

Data card. Source: this program, from a fixed seed; no real weather, radar or firm is in it. Licence: BSD-3-Clause,
business use allowed. `radar` gives rain in mm for each showery day of a summer, five minutes from noon to six, and each
square of an area of 96 by 96 km. `gauges` gives the same at points, as rain gauges there would. `sites` is a table: the
place (km), what the drains carry (mm in an hour), what a flood costs (€), and each further mm above the drains (€).

How it is made. A summer has twelve showery days, a day has its wind and sixty showers. A shower is a hill of rain
that moves with the wind, grows and dies within about an hour. How hard it rains differs from shower to shower
(gamma, 21 mm an hour at its heart on average) and from day to day. Over a city, at 66 and 30 km, it rains up to two
fifths harder. No summer knows of another: there is no change of climate in it, and the radar makes no mistakes.
"""

SEED = 20261128
SIDE = 96  # km
DAYS, SHOWERS = 12, 60  # a summer, a day
FRAMES, AN_HOUR = 72, 12  # of five minutes: a day, an hour
CITY = (66, 30, 14)  # km: where, and how wide


def sites():
    """The firm's ten sites, as a pandas table by name."""
    import pandas as pd

    rows = [
        ("Eikhove", 12, 80, 26, 60_000, 2_500),
        ("Lindeveen", 28, 22, 38, 180_000, 6_000),
        ("Molenrade", 36, 60, 20, 9_000, 400),
        ("Kadewijk", 62, 34, 34, 90_000, 4_000),
        ("Zandhorn", 82, 76, 48, 250_000, 9_000),
        ("Bruglo", 70, 24, 30, 45_000, 2_000),
        ("Hofmeer", 48, 84, 32, 40_000, 1_500),
        ("Steenwal", 18, 48, 22, 25_000, 1_000),
        ("Polderzij", 86, 46, 58, 400_000, 12_000),
        ("Duinakker", 52, 10, 28, 30_000, 1_200),
    ]
    names = ["site", "x", "y", "drain", "flood", "each_mm"]
    return pd.DataFrame(rows, columns=names).set_index("site")


def radar(summer, km=1, xp=None):
    """Rain of a `summer` (a number), in mm: days, frames, then squares of `km` from south to north and west to east.

    `xp` is the library that calculates: NumPy, or CuPy on a GPU. Both give the same but for rounding.
    """
    import numpy as np

    xp = xp or np
    heart, x, y, width = (xp.asarray(each[..., None], dtype="float32") for each in _showers(summer))
    along = xp.arange(km / 2, SIDE, km, dtype="float32")
    east = xp.exp(-(((along - x) / width) ** 2) / 2)
    north = heart * xp.exp(-(((along - y) / width) ** 2) / 2)
    return xp.matmul(xp.swapaxes(north, -1, -2), east)


def gauges(summer, x, y):
    """Rain of a `summer` at points, in mm: days, frames, then points."""
    import numpy as np

    heart, of_x, of_y, width = _showers(summer)
    wet = heart > 0.01  # the others are not yet or no longer there
    heart, of_x, of_y, width = (each[wet][:, None] for each in (heart, of_x, of_y, width))
    rain = np.zeros((DAYS, FRAMES, len(x)))
    day, frame, _ = np.nonzero(wet)
    np.add.at(rain, (day, frame), heart * np.exp(-(((x - of_x) / width) ** 2 + ((y - of_y) / width) ** 2) / 2))
    return rain


def _showers(summer):
    """For each day, frame and shower of a summer: mm in five minutes at its heart, where that is, and its width."""
    import numpy as np

    rng = np.random.default_rng([SEED, summer])
    each = (DAYS, 1, SHOWERS)
    speed = rng.gamma(8, 3, (DAYS, 1, 1))  # km an hour
    towards = rng.normal(0.6, 0.6, (DAYS, 1, 1))  # most come from the south-west
    since = np.arange(FRAMES)[None, :, None] / AN_HOUR - rng.uniform(-0.5, 6.5, each)  # hours since it was strongest
    x = rng.uniform(-12, SIDE + 12, each) + speed * np.cos(towards) * since
    y = rng.uniform(-12, SIDE + 12, each) + speed * np.sin(towards) * since
    width = rng.uniform(2.5, 5, each) * np.ones_like(since)
    hard = rng.gamma(1.5, 14, each) * rng.lognormal(0, 0.2, (DAYS, 1, 1))  # mm an hour
    over_city = 1 + 0.4 * np.exp(-(((x - CITY[0]) / CITY[2]) ** 2 + ((y - CITY[1]) / CITY[2]) ** 2) / 2)
    heart = hard * over_city * np.exp(-((since / rng.uniform(0.25, 0.5, each)) ** 2)) / AN_HOUR
    return heart, x, y, width
