"""Made-up sensor readings of made-up vacuum pumps, each from its overhaul to the day on which it stopped.

Data card. Source: this program, from a fixed seed; no real machine, firm or person is in it. Licence: BSD-3-Clause,
business use allowed. A row is a reading, six a day: `pump` (a number; one overhaul to one stop), `day` (since the
overhaul), `load` (% of full production), `vibration` (mm/s), `temperature` (°C, of the bearing), `current` (A).

How it is made. A pump runs healthily for a while that differs from pump to pump (Weibull, 50 to 450 days). Then its
bearing begins to wear, slowly at first and faster every day, until it seizes about four weeks later. Wear shows in the
vibration, less in the temperature, hardly in the current. All three also follow the load and the temperature of the
hall, which have nothing to do with wear, and no two pumps vibrate alike when new. One pump in ten stops for a reason
that no sensor sees coming. One reading in fifty is missing.
"""

SEED = 20261128
A_DAY = 6  # readings
SEIZED = 20.0  # wear at which a bearing seizes, in units of the wear after the first weeks
WITHOUT_WARNING = 0.10  # share of the pumps


def readings(pumps, seed=None):
    """The readings of so many `pumps`, as a pandas table ordered by pump and time; a seed gives the same each time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED if seed is None else seed)
    begins = 50 + 215 * rng.weibull(2.5, pumps)  # days from overhaul to the first wear
    pace = 9 * rng.lognormal(0, 0.3, pumps)  # days in which wear grows to 2.7 times what it was
    life = begins + pace * np.log(1 + SEIZED)
    sudden = rng.random(pumps) < WITHOUT_WARNING
    life = np.where(sudden, life * rng.uniform(0.2, 0.9, pumps), life)
    rows = (life * A_DAY).astype(int)
    pump = np.repeat(np.arange(pumps), rows)
    time = (np.arange(rows.sum()) - np.repeat(rows.cumsum() - rows, rows)) / A_DAY

    wear = np.expm1(np.clip((time - begins[pump]) / pace[pump], 0, None))
    of_year = time + rng.uniform(0, 365, pumps)[pump]  # overhauls are spread over the year
    hall = 19 + 5 * np.sin(2 * np.pi * of_year / 365) + 2 * np.sin(2 * np.pi * time) + rng.normal(0, 1, len(time))
    load = _load(rng, time, of_year)
    new, foot = rng.normal(1.5, 0.25, pumps)[pump], rng.uniform(0.4, 1.2, pumps)[pump]
    table = pd.DataFrame(
        {
            "pump": pump,
            "day": time.astype(int),
            "load": 100 * load,
            "vibration": new + foot * load + 0.13 * wear + rng.normal(0, 0.3, len(time)),
            "temperature": hall + 24 * load + 0.55 * wear + rng.normal(0, 1.5, len(time)),
            "current": 6 + 5 * load + 0.03 * wear + rng.normal(0, 0.2, len(time)),
        }
    ).round({"load": 0, "vibration": 2, "temperature": 1, "current": 2})
    lost = rng.random(len(table)) < 1 / 50
    table.loc[lost, ["load", "vibration", "temperature", "current"]] = np.nan
    return table


def _load(rng, time, of_year):
    """Share of full production: less at night and at weekends, more before the holidays, and new each week."""
    import numpy as np

    week = rng.normal(0, 0.12, 200)[(of_year / 7).astype(int) % 200]
    night, weekend = (time % 1) < 1 / 3, (of_year.astype(int) % 7) >= 5
    season = 0.12 * np.sin(2 * np.pi * (of_year - 250) / 365)
    return np.clip(0.65 + season + week - 0.2 * night - 0.25 * weekend + rng.normal(0, 0.05, len(time)), 0.05, 1)
