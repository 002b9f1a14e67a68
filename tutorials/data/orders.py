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
    import pyarrow as pa
    from pyarrow import csv

    rng = np.random.default_rng(SEED)
    # more in autumn than in spring, as packaging goes
    season = 1 + 0.35 * np.sin((np.arange(365) - 170) / 365 * 2 * np.pi)
    day = np.sort(rng.choice(365, rows, p=season / season.sum()))
    towns, products = list(BRANCHES), list(PRODUCTS)
    town = rng.choice(len(towns), rows, p=list(BRANCHES.values()))
    product = rng.integers(0, len(products), rows)
    price = np.array(list(PRODUCTS.values()))[product] * rng.normal(1, 0.05, rows)
    troubled = (town == towns.index("Assen")) & (product == products.index("Stretch film")) & (day > 180)
    returned = rng.random(rows) < np.where(troubled, 0.24, 0.03)
    misspelt, missing = rng.random(rows) < 1 / 50, rng.random(rows) < 1 / 200
    spellings = np.array([*towns, *(f" {name.lower()}" for name in towns)])
    table = pa.table(
        {
            "order": np.arange(1, rows + 1),
            "date": pa.array(np.datetime64("2026-01-01") + day.astype("timedelta64[D]")),
            "branch": pa.DictionaryArray.from_arrays(town + len(towns) * misspelt, spellings).cast("string"),
            "product": pa.DictionaryArray.from_arrays(product, products).cast("string"),
            "quantity": pa.array(rng.integers(1, 41, rows), mask=missing),
            "price": np.round(price, 2),
            "returned": returned,
        }
    )
    twice = np.flatnonzero(rng.random(rows) < 1 / 100)
    table = table.take(np.sort(np.concatenate([np.arange(rows), twice])))
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="none"))


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
