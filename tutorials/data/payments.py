"""Made-up payments of made-up customers of a made-up bank, some of them fraud.

Data card. Source: this program, from a fixed seed; no real customer, account or payment is in it. Licence:
BSD-3-Clause, business use allowed. A row is a payment, in the order of time: `time`, `customer` (a number), `amount`
(euro), `kind` (shop, online, transfer), `country` (home, EU, elsewhere), `known_payee` (this customer paid there
before), `known_device` (paid from a device that was used before), `fraud` (what came out later).

How it is made. Each customer has a usual amount; payments scatter around it, more by day than by night. One customer in
ten has family or business abroad. Now and then an honest customer buys something large from somebody new. Fraud is four
payments in a thousand, of three kinds: *takeovers* (a thief in the account: new device, new payee, large amounts, often
at night), *stolen cards* (a few tiny payments within minutes, then a large one) and *false invoices* (the customer pays
a thief by mistake: an ordinary transfer to a new payee). One fraud in twelve is never reported, as it is in life.
"""

SEED = 20261129
A_DAY = 1600  # payments
CUSTOMERS = 4000
FRAUD = 0.004  # of all payments
UNREPORTED = 1 / 12


def payments(days, seed=None):
    """The payments of so many `days`, as a pandas table in the order of time; a seed gives the same each time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED if seed is None else seed)
    usual = rng.lognormal(np.log(45), 0.6, CUSTOMERS)
    abroad = np.where(rng.random(CUSTOMERS) < 0.10, 0.35, 0.02)
    honest = _honest(rng, days * A_DAY, days, usual, abroad)
    wanted = int(days * A_DAY * FRAUD)
    frauds = [
        _takeovers(rng, wanted * 4 // 10, days, usual),
        _stolen_cards(rng, wanted * 3 // 10 // 4, days, usual),
        _false_invoices(rng, wanted * 3 // 10, days, usual),
    ]
    fraud = pd.concat(frauds)
    fraud = fraud.assign(fraud=rng.random(len(fraud)) > UNREPORTED)
    table = pd.concat([honest.assign(fraud=False), fraud]).sort_values("time", ignore_index=True)
    table["time"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(table["time"], unit="D").dt.floor("s")
    table["amount"] = table["amount"].clip(lower=0.5).round(2)
    return table


def _honest(rng, rows, days, usual, abroad):
    import numpy as np

    customer = rng.integers(0, len(usual), rows)
    large = rng.random(rows) < 0.006  # a sofa, a second-hand car
    amount = usual[customer] * rng.lognormal(0, 0.8, rows) * np.where(large, rng.uniform(5, 30, rows), 1)
    hour = np.clip(rng.normal(14.5, 4.2, rows), 0, 23.99)
    away = rng.random(rows) < abroad[customer]
    return _table(
        time=rng.integers(0, days, rows) + hour / 24,
        customer=customer,
        amount=amount,
        kind=rng.choice(["shop", "online", "transfer"], rows, p=[0.45, 0.35, 0.2]),
        country=np.where(away, rng.choice(["EU", "elsewhere"], rows, p=[0.7, 0.3]), "home"),
        known_payee=rng.random(rows) < np.where(large, 0.15, 0.8),
        known_device=rng.random(rows) < 0.975,
    )


def _takeovers(rng, rows, days, usual):
    import numpy as np

    customer = rng.integers(0, len(usual), rows)
    hour = np.where(rng.random(rows) < 0.5, rng.uniform(0, 6, rows), rng.uniform(6, 24, rows))
    return _table(
        time=rng.integers(0, days, rows) + hour / 24,
        customer=customer,
        amount=usual[customer] * rng.lognormal(1.9, 0.7, rows) + 100,
        kind=rng.choice(["online", "transfer", "shop"], rows, p=[0.45, 0.45, 0.1]),
        country=rng.choice(["home", "EU", "elsewhere"], rows, p=[0.5, 0.3, 0.2]),
        known_payee=rng.random(rows) < 0.1,
        known_device=rng.random(rows) < 0.2,
    )


def _stolen_cards(rng, cards, days, usual):
    """Four payments a card, minutes apart: three to see whether it works, then the large one."""
    import numpy as np

    customer = np.repeat(rng.integers(0, len(usual), cards), 4)
    rows, last = len(customer), np.tile([False, False, False, True], cards)
    minutes = np.tile([0, 1, 2, 3], cards) * np.repeat(rng.uniform(1, 6, cards), 4)
    return _table(
        time=np.repeat(rng.uniform(0, days - 0.1, cards), 4) + minutes / 1440,
        customer=customer,
        amount=np.where(last, usual[customer] * rng.lognormal(1.7, 0.5, rows) + 150, rng.uniform(1, 9, rows)),
        kind=np.repeat(rng.choice(["online", "shop"], cards, p=[0.6, 0.4]), 4),
        country=np.repeat(rng.choice(["home", "EU", "elsewhere"], cards, p=[0.4, 0.3, 0.3]), 4),
        known_payee=rng.random(rows) < 0.15,
        known_device=rng.random(rows) < 0.5,
    )


def _false_invoices(rng, rows, days, usual):
    import numpy as np

    customer = rng.integers(0, len(usual), rows)
    return _table(
        time=rng.integers(0, days, rows) + rng.uniform(8, 22, rows) / 24,
        customer=customer,
        amount=usual[customer] * rng.lognormal(1.5, 0.5, rows) + 50,
        kind=np.repeat("transfer", rows),
        country=rng.choice(["home", "EU"], rows, p=[0.8, 0.2]),
        known_payee=np.zeros(rows, dtype=bool),
        known_device=rng.random(rows) < 0.97,
    )


def _table(**columns):
    import pandas as pd

    return pd.DataFrame(columns)
