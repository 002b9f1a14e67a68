"""Made-up orders of a made-up wholesaler, and one question about them; the same file works on a CPU and on a GPU.

Data card. Source: this program, from a fixed seed; no real company, person or price is in it. Licence: BSD-3-Clause,
business use allowed. Columns: `order` (number), `date`, `branch` (town), `product`, `quantity` (rolls or boxes),
`price` (euro each), `returned` (the customer sent it back). Made dirty on purpose: 1 row in 100 is there twice,
1 town in 50 is misspelt, 1 quantity in 200 is missing. One branch has a problem from July on: the thing to find.
"""

import sys
import time
from pathlib import Path

SEED = 20261122
BRANCHES = {"Groningen": 0.30, "Zwolle": 0.22, "Leeuwarden": 0.18, "Assen": 0.16, "Emmen": 0.14}
PRODUCTS = {"Cardboard box": 1.10, "Stretch film": 7.40, "Paper tape": 2.30, "Bubble wrap": 9.80, "Pallet cover": 5.60}


def write_orders(path, rows):
    """Writes `rows` orders of one year (and their duplicates) as CSV to `path`; the same seed gives the same file."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    # more in autumn than in spring, as packaging goes
    season = 1 + 0.35 * np.sin((np.arange(365) - 170) / 365 * 2 * np.pi)
    day = np.sort(rng.choice(365, rows, p=season / season.sum()))
    branch = rng.choice(list(BRANCHES), rows, p=list(BRANCHES.values()))
    product = rng.choice(list(PRODUCTS), rows)
    troubled = (branch == "Assen") & (product == "Stretch film") & (day > 180)
    orders = pd.DataFrame(
        {
            "order": np.arange(1, rows + 1),
            "date": pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D"),
            "branch": branch,
            "product": product,
            "quantity": rng.integers(1, 41, rows).astype(float),
            "price": np.round(np.vectorize(PRODUCTS.get)(product) * rng.normal(1, 0.05, rows), 2),
            "returned": rng.random(rows) < np.where(troubled, 0.24, 0.03),
        }
    )
    misspelt, missing = rng.random(rows) < 1 / 50, rng.random(rows) < 1 / 200
    orders.loc[misspelt, "branch"] = " " + orders.loc[misspelt, "branch"].str.lower()
    orders.loc[missing, "quantity"] = np.nan
    twice = orders[rng.random(rows) < 1 / 100]
    pd.concat([orders, twice]).sort_values("order").to_csv(path, index=False, date_format="%Y-%m-%d")


def clean(orders):
    """The orders without duplicates and gaps, with towns spelt one way and the money of each order."""
    orders = orders.drop_duplicates().dropna(subset=["quantity"])
    return orders.assign(
        branch=orders["branch"].str.strip().str.capitalize(), amount=orders["quantity"] * orders["price"]
    )


def money_back(orders):
    """Euros returned and euros sold for each branch and product."""
    sold = orders.groupby(["branch", "product"])["amount"].sum()
    back = orders[orders["returned"]].groupby(["branch", "product"])["amount"].sum()
    return sold.to_frame("sold").join(back.to_frame("back"))


if __name__ == "__main__":  # seconds that the question takes, from file to answer: `python data/orders.py FILE`
    import pandas as pd

    money_back(clean(pd.read_csv(sys.argv[1], nrows=1000)))  # the first use of a library pays for loading it
    begun = time.perf_counter()
    money_back(clean(pd.read_csv(Path(sys.argv[1]), parse_dates=["date"])))
    print(time.perf_counter() - begun)
