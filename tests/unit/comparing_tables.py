"""What `same_table` says of tables that pandas and Polars make; run by the data kernel's Python, which has both.

Prints the lines that came out wrong; nothing if all is well.
"""

import numpy as np
import pandas as pd
import polars as pl

from aif.learn import same_table
from aif.widgets.figures import speech

RIGHT = pd.DataFrame({"town": ["Assen", "Emmen", "Zwolle"], "share": [0.24, 0.03, 0.031], "count": [5, 7, 9]})
SERIES = RIGHT.set_index("town")["share"]
DAYS = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", "2026-01-02"]), "late": [True, False]})
GAPS = pd.Series([1.0, np.nan], index=pd.Index(["a", "b"], name="key"))

CASES = [
    # answer, right, what is said (empty: right)
    (RIGHT, RIGHT, ""),
    (RIGHT.set_index("town"), RIGHT, ""),
    (RIGHT.sample(frac=1, random_state=1), RIGHT, ""),
    (RIGHT[["count", "share", "town"]], RIGHT, ""),
    (RIGHT.assign(more=1), RIGHT, ""),
    (RIGHT.assign(count=RIGHT["count"].astype(float), share=RIGHT["share"].astype("float32")), RIGHT, ""),
    (RIGHT.assign(town=RIGHT["town"].astype("category")), RIGHT, ""),
    (RIGHT.assign(share=RIGHT["share"] * 1.001), RIGHT, ""),
    (pl.from_pandas(RIGHT), RIGHT, ""),
    (pl.from_pandas(RIGHT).select("town", "share"), SERIES, ""),
    (SERIES.sort_values(), SERIES, ""),
    (SERIES.rename("anything"), SERIES, ""),
    (SERIES.rename_axis(None), SERIES, ""),
    (SERIES.to_frame("share"), SERIES, ""),
    (SERIES.to_dict(), SERIES, ""),
    (RIGHT.to_dict("list"), RIGHT, ""),
    (DAYS, DAYS, ""),
    (DAYS.iloc[::-1], DAYS, ""),
    (GAPS, GAPS, ""),
    (..., RIGHT, "There is no answer yet"),
    (7, RIGHT, "A table is asked, and this is of kind int"),
    (pl.from_pandas(RIGHT).lazy(), RIGHT, "Put .collect() behind"),
    (RIGHT.drop(columns="share"), RIGHT, "misses these columns: share"),
    (RIGHT.iloc[:2], RIGHT, "has 2 rows and should have 3"),
    (RIGHT.assign(share=RIGHT["share"] * 100), RIGHT, "In column “share”, 3 of 3 values differ"),
    (RIGHT.assign(town=["Assen", "Emmen", "Zwol"]), RIGHT, "In column “town”, 1 of 3 values differ"),
    (RIGHT.assign(share=[0.24, np.nan, 0.031]), RIGHT, "In column “share”, 1 of 3 values differ"),
    (SERIES * 2, SERIES, "In column “share”, 3 of 3 values differ"),
    (GAPS.fillna(0), GAPS, "1 of 2 values differ"),
    (DAYS.assign(late=[1, 1]), DAYS, "In column “late”"),
]

words = speech("en").words
for at, (answer, right, says) in enumerate(CASES):
    found = same_table(answer, right)
    said = "" if found is None else found.said(lambda text: words.get(text, text))
    if (says not in said) if says else said:
        print(f"case {at}: {said!r} instead of {says!r}")
found = same_table(SERIES.sort_values(), SERIES.sort_values(ascending=False), in_order=True)
if found is None or found.text != "learn.off.order":
    print(f"the order: {found!r}")
if same_table(SERIES.sort_values(), SERIES.sort_values(), in_order=True) is not None:
    print("the same order is not found right")

found = same_table(SERIES * 100, SERIES, traps=[(SERIES + 1, "No."), (SERIES * 100, "These are percentages.")])
if str(found) != "These are percentages.":
    print(f"a table of the traps: {found!r}")
if same_table(SERIES, SERIES, traps=[(SERIES, "No.")]) is not None:
    print("a trap that is right is not found right")
