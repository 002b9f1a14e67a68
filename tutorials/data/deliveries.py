"""Made-up orders of a made-up wholesaler south of Rotterdam, and the traffic between them.

Data card. Source: this program, from a fixed seed; no real firm, customer or address is in it. Licence: BSD-3-Clause,
business use allowed. A row is a delivery for tomorrow: `place` (a town), `east` and `north` (km from the depot),
`crates` (how many), `opens` and `closes` (hours of the clock: 8.5 is half past eight), `unload` (hours at the door).
Row 0 is the depot.

How it is made. Customers are around the middle of ten towns, which lie roughly where the real ones do. Four in ten
want their crates in a window of the morning, a quarter in one of the afternoon, the others at any time of the working
day. A road is 1.35 times as long as the straight line: the rivers, with their few bridges and tunnels, are left out. A
van drives the first kilometres of each leg through streets, the others faster. `hours` is what a route planner says for
a usual day. `traffic` makes days: each has a pace of its own, each leg differs, and on some there is an accident.
"""

from dataclasses import dataclass
from functools import cached_property

SEED = 20261206
#: km east and north of the depot in Barendrecht, and the share of the customers.
TOWNS = {
    "Rotterdam": (-3.8, 7.2, 0.30),
    "Schiedam": (-10.0, 6.7, 0.10),
    "Capelle": (2.9, 8.0, 0.10),
    "Dordrecht": (10.6, -4.9, 0.12),
    "Ridderkerk": (4.7, 1.7, 0.06),
    "Spijkenisse": (-14.1, -1.3, 0.08),
    "Delft": (-12.2, 17.1, 0.10),
    "Gouda": (12.1, 17.1, 0.06),
    "Oud-Beijerland": (-8.4, -3.7, 0.03),
    "Zoetermeer": (-2.8, 22.6, 0.05),
}
STREETS, STREET_SPEED, ROAD_SPEED = 5.0, 24.0, 65.0  # km of a leg through streets; km an hour
ACCIDENTS, HELD_UP = 0.02, 0.4  # share of the legs; hours, on average


@dataclass(frozen=True, eq=False)
class Day:
    """The deliveries of one day: `table`, its columns as lists, and what lies between any two of its rows."""

    number: int
    seed: int
    table: object

    @cached_property
    def km(self):
        """Kilometres by road, from row to row."""
        import numpy as np

        at = self.table[["east", "north"]].to_numpy()
        straight = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
        return (1.35 * straight + 0.4 * (straight > 0)).round(2).tolist()

    @cached_property
    def hours(self):
        """Hours of driving on a usual day, from row to row."""
        import numpy as np

        km = np.array(self.km)
        streets = np.minimum(km, STREETS)
        return (streets / STREET_SPEED + (km - streets) / ROAD_SPEED).round(4).tolist()

    @cached_property
    def crates(self):
        return self.table["crates"].tolist()

    @cached_property
    def opens(self):
        return self.table["opens"].tolist()

    @cached_property
    def closes(self):
        return self.table["closes"].tolist()

    @cached_property
    def unload(self):
        return self.table["unload"].tolist()

    def traffic(self, days, begin=0):
        """Hours of driving from row to row on so many made-up `days`; the days after another `begin` are others."""
        import numpy as np

        rng = np.random.default_rng([self.seed, self.number, begin])
        usual = np.array(self.hours)[:, :, None]
        pace = rng.lognormal(0, 0.08, days)
        of_leg = rng.lognormal(0, 0.2, (*usual.shape[:2], days))
        accident = rng.exponential(HELD_UP, of_leg.shape) * (rng.random(of_leg.shape) < ACCIDENTS)
        return usual * pace * of_leg + accident * (usual > 0)


def day(number, deliveries, seed=None):
    """Day `number`, with so many `deliveries`; the same each time for a seed, and another for another number."""
    import numpy as np
    import pandas as pd

    seed = SEED if seed is None else seed
    rng = np.random.default_rng([seed, number])
    share = np.array([town[2] for town in TOWNS.values()])
    place = rng.choice(list(TOWNS), deliveries, p=share / share.sum())
    at = np.array([TOWNS[name][:2] for name in place]) + rng.normal(0, 1.6, (deliveries, 2))
    crates = np.clip(rng.lognormal(2.0, 0.55, deliveries).round(), 2, 24).astype(int)
    kind = rng.choice(3, deliveries, p=[0.40, 0.25, 0.35])
    early, late = rng.choice([7, 7.5, 8, 8.5, 9], deliveries), rng.choice([12, 12.5, 13], deliveries)
    opens = np.select([kind == 0, kind == 1], [early, late], 8)
    wide = np.select([kind == 0, kind == 1], [rng.choice([2.5, 3, 3.5], deliveries), 3], 9)
    table = pd.DataFrame(
        {
            "place": place,
            "east": at[:, 0].round(2),
            "north": at[:, 1].round(2),
            "crates": crates,
            "opens": opens.astype(float),
            "closes": (opens + wide).astype(float),
            "unload": (0.12 + 0.008 * crates).round(3),
        }
    )
    depot = pd.DataFrame([["depot", 0.0, 0.0, 0, 0.0, 24.0, 0.0]], columns=table.columns)
    return Day(number, seed, pd.concat([depot, table], ignore_index=True))
