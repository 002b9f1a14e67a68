"""Made-up ships on their way to a made-up port, one month at a time: what their radio reports, and when they came.

Data card. Source: this program, from a fixed seed; no real ship, port or person is in it. Licence: BSD-3-Clause,
business use allowed. `month` gives a row for each ship and each few minutes, as the radio of a ship (AIS) reports it:
`voyage` (a number), `seconds` (since 1970), `lat`, `lon`, `speed` (knots), `draught` (how deep it lies, metres) and
`stated` (the captain's arrival, in seconds since 1970), the `wind` in the port at that moment (m/s), and `arrived`,
from the port's book, which is written later: when the ship was at the quay, in seconds since 1970.

How it is made. Ships come from the north, the west and the south, along a route with bends, each at a speed of its own,
slower against strong wind. Before the port they slow down and wait for a pilot, who takes one ship after the other and
none in a storm. Ships that lie deep wait for high water too. Then it takes about two hours to the quay. Captains say
when they hope to be there, in whole hours, from their distance and their usual speed; they say it anew a few times a
day, some forget to, and hardly any counts in what waits at the port. Far from land many reports are lost, and each ship
is silent for some hours somewhere.
"""

SEED = 20261128
FIRST = "2023-01"  # month 0
VOYAGES = 200  # a month
PORT = (52.0, 4.0)  # latitude and longitude, degrees
ROUTES = {  # points to pass, km east and north of the port
    "north": [(180, 560), (60, 320), (-60, 120), (-25, 8), (0, 0)],
    "west": [(-560, -260), (-330, -190), (-150, -40), (-25, 8), (0, 0)],
    "south": [(-330, -470), (-230, -230), (-90, -90), (-25, 8), (0, 0)],
}
TIDE = 12.42  # hours from high water to high water
PILOT = 26  # km from the port, where pilots come on board


def month(which, every=10):
    """The reports of voyages that begin in one month, `which` counted from January 2023; one each so many minutes."""
    import numpy as np
    import pandas as pd

    rng, begin, wind, ships = _voyages(which)
    parts = [_reports(rng, ship, wind, every / 60) for ship in ships]
    table = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    for name in ("seconds", "stated", "arrived"):
        table[name] = (begin + 3600 * table[name]).round().astype("int64")
    for name, digits in {"lat": 4, "lon": 4, "speed": 1, "draught": 1, "wind": 1}.items():
        table[name] = table[name].round(digits)
    return table


def _voyages(which):
    """The ships of a month, each with the hours of its way: where it is when, and when pilot and quay come."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng([SEED, which])
    first = pd.Period(FIRST, "M") + which
    begin = int(first.start_time.timestamp())
    wind = _wind(rng, first.month)
    ships = [_ship(rng, VOYAGES * which + number, first.days_in_month, wind) for number in range(VOYAGES)]
    free = 0.0  # from when a pilot is
    for ship in sorted(ships, key=lambda ship: ship["pilot"]):
        start = max(ship["pilot"], free)
        while (ship["deep"] and not _high(begin / 3600 + start)) or wind[min(int(start), len(wind) - 1)] > 23:
            start += 0.1
        free = start + rng.uniform(0.6, 2.2)
        ship["taken"], ship["arrived"] = start, start + rng.normal(1.9, 0.15)
    return rng, begin, wind, ships


def _wind(rng, month):
    """Wind in the port for each hour of the month and two weeks after it, m/s: windy days follow each other."""
    import numpy as np

    steps, state = rng.normal(0, 1, 45 * 24), [0.0]
    for step in steps:
        state.append(0.975 * state[-1] + 0.222 * step)
    season = 8.5 + 1.2 * np.cos(2 * np.pi * (month - 1) / 12)
    return (season * np.exp(0.38 * np.array(state[1:]))).clip(0.5, 28)


def _high(hour):
    """Whether the water is high enough for ships that lie deep."""
    phase = hour % TIDE
    return min(phase, TIDE - phase) < 2.2


def _ship(rng, voyage, days, wind):
    import numpy as np

    points = np.array(ROUTES[rng.choice(list(ROUTES), p=[0.35, 0.4, 0.25])], float)
    points[1:-2] += rng.normal(0, 12, points[1:-2].shape)
    along = np.concatenate([[0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    usual = rng.uniform(21, 36)  # km/h
    start = rng.uniform(0, 24 * days)
    hour, done, hours, way = start, 0.0, [start], [0.0]
    slowing = rng.uniform(30, 90)  # km before the pilot
    pace = usual * rng.normal(1, 0.03)
    shakes = iter(rng.normal(0, 0.7, 1000))
    while done < along[-1] - PILOT:
        left = along[-1] - PILOT - done
        slow = 1 if left > slowing else 0.55 + 0.4 * left / slowing
        pace += 0.3 * (usual - pace) + next(shakes)
        against = 1 - 0.025 * max(0.0, wind[min(int(hour), len(wind) - 1)] - 9)
        step = max(4.0, pace * slow * max(against, 0.55)) / 2
        hour, done = hour + min(1, left / step) / 2, min(done + step, along[-1] - PILOT)
        hours.append(hour)
        way.append(done)
    draught = rng.uniform(6, 15.5)
    route = {"points": points, "along": along, "hours": hours, "way": way}
    ship = {"voyage": voyage, "usual": usual, "draught": draught, "deep": draught > 12.5, "lazy": rng.random() < 0.2}
    return route | ship | {"start": start, "pilot": hour}


def _reports(rng, ship, wind, step):
    """What the radio of one ship reports, with its gaps; times in hours of the month."""
    import numpy as np

    along, whole = ship["along"], ship["along"][-1]
    hour = np.arange(np.ceil(ship["start"] / step), np.ceil(ship["arrived"] / step)) * step
    knots = np.array([*ship["hours"], ship["taken"], ship["arrived"]])
    way = np.interp(hour, knots, [*ship["way"], whole - PILOT, whole])
    ahead = np.interp(hour + 0.1, knots, [*ship["way"], whole - PILOT, whole])
    east, north = (np.interp(way, along, ship["points"][:, axis]) for axis in (0, 1))
    says = np.floor((hour - ship["start"]) / (40 if ship["lazy"] else 7))  # which statement holds
    told = ship["start"] + says * (40 if ship["lazy"] else 7)
    hope = told + (whole - np.interp(told, knots, [*ship["way"], whole - PILOT, whole])) / ship["usual"]
    hope = hope + 1 + rng.normal(0, 0.8, int(says.max()) + 1)[says.astype(int)]
    silent = rng.uniform(ship["start"], ship["arrived"])
    far = np.hypot(east, north) > 300
    keep = (rng.random(len(hour)) > np.where(far, 0.45, 0.05)) & ((hour < silent) | (hour > silent + rng.uniform(1, 5)))
    table = {
        "voyage": np.full(len(hour), ship["voyage"]),
        "seconds": hour,
        "lat": PORT[0] + north / 111.2,
        "lon": PORT[1] + east / (111.2 * np.cos(np.radians(PORT[0]))),
        "speed": ((ahead - way) / 0.1 / 1.852 + rng.normal(0, 0.15, len(hour))).clip(0),
        "draught": np.full(len(hour), ship["draught"]),
        "stated": np.round(hope),
        "arrived": np.full(len(hour), ship["arrived"]),
        "wind": wind[hour.astype(int).clip(0, len(wind) - 1)],
    }
    return {name: column[keep] for name, column in table.items()}
