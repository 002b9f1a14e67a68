"""Made-up customers of a made-up web shop, and the public member list of a made-up sports club in the same region.

Data card. Source: this program, from a fixed seed; no real person is in it. Licence: BSD-3-Clause, business use
allowed. A row of the shop: `customer` (number), `name`, `email`, `phone`, `birth_date`, `postcode`, `gender` (f, m, x),
`spent` (euro last year), `note` (what customer service typed). A row of the club: `name`, `email`, `birth_date`,
`postcode`, `gender`, as clubs used to print them for birthdays.

How it is made. Names are drawn from short lists; e-mail addresses end in example.org and phone numbers begin with
06-00, so that neither reaches anybody. Postcodes lie between 9700 and 9999, more of them in town. Spending depends on
age and region. One note in ten gives something away: a phone number, an address, an illness. Three in four members of
the club are customers of the shop, one in four is not.
"""

SEED = 20261201
FIRST = {
    "f": "Anna Emma Fatima Femke Grietje Ilse Joke Lieke Maria Nienke Noor Roos Sanne Sofie Tess Wietske Yara Zoë",
    "m": "Ahmed Bas Daan Douwe Finn Gerrit Hendrik Jan Jelle Kees Lars Mees Omar Pieter Rein Sem Thijs Wim",
    "x": "Alex Bo Charlie Jip Kim Robin Sam Sacha",
}
LAST = "Bakker Bos Bouma Dekker Dijkstra Hoekstra Jansen Kuipers Meijer Mulder Postma Smit Visser Vos Wiersma Yilmaz"
NOTES = (
    "Ring twice, please",
    "Asked about a late parcel",
    "Wants the invoice by post",
    "Changed the order by phone",
    "Happy with the new packaging",
)
TELLING = (
    "Call the daughter instead, 06-00{number:06d}",
    "Invoice goes to {email}",
    "In a wheelchair, deliver at the back door",
    "Away until March, in hospital for an operation",
    "Late with paying because of a divorce",
)


def customers(rows, seed=None):
    """So many customers of the shop as a pandas table; a seed gives the same each time."""
    import numpy as np

    rng = np.random.default_rng(SEED if seed is None else seed)
    table = _people(rng, rows)
    age = 2027 - table["birth_date"].dt.year
    region = table["postcode"].str[:2].astype(int)
    mean = 320 + 5 * (age - 20) - 0.075 * (age - 20) ** 2 + 12 * (region - 97)
    table["spent"] = (mean.clip(lower=60) * rng.lognormal(-0.18, 0.6, rows)).round(2)
    words = np.array(["", *NOTES], dtype=object)[np.where(rng.random(rows) < 0.6, 0, rng.integers(1, 6, rows))]
    for at in np.flatnonzero(rng.random(rows) < 0.1):
        words[at] = rng.choice(TELLING).format(number=rng.integers(10**6), email=table["email"][at])
    table["note"] = words
    table.insert(0, "customer", 100_000 + rng.permutation(rows))
    return table


def club(shop, members, seed=None):
    """The member list of a club, three quarters of it people from `shop`; a seed gives the same each time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng((SEED if seed is None else seed) + 1)
    columns = ["name", "email", "birth_date", "postcode", "gender"]
    ours = shop.sample(members * 3 // 4, random_state=rng)[columns]
    others = _people(rng, members - len(ours))[columns]
    return pd.concat([ours, others]).sample(frac=1, random_state=rng).reset_index(drop=True)


def _people(rng, rows):
    import numpy as np
    import pandas as pd

    gender = rng.choice(["f", "m", "x"], rows, p=[0.505, 0.485, 0.01])
    first, last = {each: names.split() for each, names in FIRST.items()}, LAST.split()
    name = [f"{rng.choice(first[each])} {rng.choice(last)}" for each in gender]
    number = rng.integers(10, 10**5, rows)
    days = (np.clip(rng.normal(47, 16, rows), 18, 95) * 365.25).astype(int)
    area = np.where(rng.random(rows) < 0.5, rng.integers(9711, 9748, rows), rng.integers(9750, 10_000, rows))
    letters = np.array([f"{one}{two}" for one in "ABCDEGHJKL" for two in "ABCDEFGHJK"])
    return pd.DataFrame(
        {
            "name": name,
            "email": [
                f"{each.lower().replace(' ', '.')}{at}@example.org" for each, at in zip(name, number, strict=True)
            ],
            "phone": [f"06-00{at:06d}" for at in rng.integers(0, 10**6, rows)],
            "birth_date": pd.Timestamp("2027-01-01") - pd.to_timedelta(days, unit="D"),
            "postcode": [f"{at}{pair}" for at, pair in zip(area, rng.choice(letters, rows), strict=True)],
            "gender": gender,
        }
    )
