"""Made-up counts of made-up detectors in the road, one month at a time, and the made-up trips of a firm's vans.

Data card. Source: this program, from a fixed seed; no real road, firm or person is in it. Licence: BSD-3-Clause,
business use allowed. `month` gives a row for each section of road and each few minutes: `time`, `section` (a name),
`vehicles` (how many passed) and `speed` (km/h, their average). `sections` says how long each is (km), `trips` how often
the firm's vans pass it on a workday, by the hour in which they do.

How it is made. Three roads have eight sections each. Traffic has a peak in the morning and one in the evening, on
workdays only; in July and August there is less of it, in November more, and each year a little more than the last. The
more a section has to carry of what it can, the slower it gets, and steeply so when that is nearly all. On rainy days it
can carry less, and after an accident, which can happen anywhere, half. One row in fifty is missing its numbers.
"""

SEED = 20261128
FIRST = "2022-01"  # month 0
LIMIT = 100  # km/h, on all sections
_SEASON = [0.97, 0.99, 1.01, 1.0, 1.0, 1.02, 0.91, 0.92, 1.03, 1.04, 1.05, 0.98]  # January to December


def sections():
    """The sections, as a pandas table by name: `road`, and `length` in km."""
    import numpy as np
    import pandas as pd

    names = [f"{road}{at}" for road in ("Ring", "Harbour", "North") for at in range(1, 9)]
    length = np.random.default_rng(24).uniform(1.5, 4, len(names)).round(1)
    return pd.DataFrame({"road": [name[:-1] for name in names], "length": length}, pd.Index(names, name="section"))


def trips():
    """How many vans pass a section on a workday, as a pandas table: `section`, `hour` (0 to 23), `trips`."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(60)
    by_hour = {6: 5, 7: 16, 8: 14, 9: 6, 10: 4, 11: 4, 12: 4, 13: 4, 14: 6, 15: 10, 16: 14, 17: 9, 18: 3}
    rows = [
        (section, hour, trips)
        for section in sections().index
        for weight in [rng.uniform(0.2, 1.4)]
        for hour, vans in by_hour.items()
        for trips in [int(rng.poisson(weight * vans))]
        if trips
    ]
    return pd.DataFrame(rows, columns=["section", "hour", "trips"])


def month(which, every=5):
    """The rows of one month, `which` counted from January 2022, one for each section and so many minutes."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng([SEED, which])
    first = pd.Period(FIRST, "M") + which
    begin, end = first.start_time, (first + 1).start_time
    time = pd.date_range(begin, end, freq=f"{every}min", inclusive="left")
    names = sections().index.to_numpy()
    day = np.asarray((time - begin).days)
    load = _wanted(rng, time, day, first, len(names)) / _possible(rng, time, day, len(names))
    speed = 107 / (1 + 0.55 * load**7) * rng.lognormal(0, 0.04, load.shape)
    vehicles = rng.poisson(np.minimum(load, 1.0) * 70 * every)
    table = pd.DataFrame(
        {
            "time": np.repeat(time, len(names)),
            "section": np.tile(names, len(time)),
            "vehicles": vehicles.ravel().astype("float32"),
            "speed": speed.clip(8).ravel().round(1).astype("float32"),
        }
    )
    table.loc[rng.random(len(table)) < 1 / 50, ["vehicles", "speed"]] = np.nan
    return table


def _wanted(rng, time, day, first, sections):
    """How much traffic wants to pass: time by section, 1 is what a section can carry on a good day."""
    import numpy as np

    hour = np.asarray(time.hour + time.minute / 60)[:, None]
    workday = np.asarray(time.dayofweek < 5)[:, None]
    of_section = np.random.default_rng(8)
    busy, morning = of_section.uniform(0.7, 1.16, sections), of_section.uniform(0.82, 1.06, sections)
    peaks = morning * _peak(hour, 8.1, 1.1) + (1.88 - morning) * _peak(hour, 16.8, 1.4)
    profile = np.where(workday, 0.55 * _peak(hour, 13, 4.5) + 0.72 * peaks, 0.6 * _peak(hour, 14.5, 3.5))
    year = 1.015 ** (first.year - 2022 + (first.month - 1) / 12)
    of_day = rng.normal(1, 0.035, 31)[day][:, None]
    return 0.04 + busy * profile * _SEASON[first.month - 1] * year * of_day


def _peak(hour, at, width):
    import numpy as np

    return np.exp(-(((hour - at) / width) ** 2) / 2)


def _possible(rng, time, day, sections):
    """How much can pass: 1 on a good day, less in the rain, half for a while after an accident."""
    import numpy as np

    possible = np.where(rng.random(31) < 0.3, 0.93, 1.0)[day][:, None] * np.ones(sections)
    hours = np.asarray((time - time[0]) / np.timedelta64(1, "h"))
    for _ in range(rng.poisson(14)):
        begin, section = rng.uniform(0, hours[-1]), rng.integers(sections)
        possible[(hours >= begin) & (hours < begin + rng.uniform(0.5, 2.5)), section] *= 0.5
    return possible
