# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python (data)
#     language: python
#     name: aif-python
# ---

# %% [markdown]
# # May I put this data here?
#
# | | |
# |---|---|
# | **Time** | 60 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.15 GPU-hours on a small GPU part |
# | **For** | everybody who wants to bring data of their own, and those who have to approve it; a little Python helps |
#
# **At the end you have** four questions that decide whether data may come here. You can measure how easily people are
# found in a table without names. And you have a stand-in to work with while you wait for an answer.
#
# This is the last of three steps to begin with, after *What can a GPU do with my spreadsheet?* and a tutorial of your
# own sector. It can be read by itself, too.
#
# **You learn to**
#
# - see which columns point to people, also when no name is in them;
# - replace names so that nobody without your key can undo it, and make groups large enough to hide in;
# - read a licence and a date of deletion as part of the data.
#
# **In short.** Taking out the names is not enough. People are found by the *mix* of ordinary columns. That can be
# measured before anything is uploaded.

# %% [markdown]
# ## 1. Four questions
#
# Before a file goes anywhere, answer these:
#
# | question | what to do |
# |---|---|
# | Are there **people** in it, directly or indirectly? | if so, stop, and ask the data protection officer |
# | Is it a **secret** of a customer or supplier? | if so, stop, and ask whoever you promised to keep it |
# | Does its **licence** forbid what you plan, or is there none? | if so, stop, and ask whoever made it |
# | **Where** is it from, and **until when** may you keep it? | write both down, beside the data |
#
# The first question is the hardest, and most of this tutorial is about it. Our case: a web shop wants to know *how much
# customers spend, by age and region*. A colleague says: "I took the names out, so we can upload it." Can they?

# %% [markdown]
# ## 2. Load the customers
#
# They are made up by a small program, `data/customers.py`. So is the member list of a sports club that we will need.
# With real people this exercise would not be allowed.
#
# Each row is a customer. `spent` is what they spent last year, in euros. `note` is what customer service typed.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import customers as maker

exercise = tutorial("02_data")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
shop = maker.customers(4_000 if SMALL else 20_000)
shop.head(3)

# %% [markdown]
# ## 3. Look: which columns point to people?
#
# There are three kinds:
#
# - **direct**: a name, an e-mail address, a phone number. One value is one person;
# - **indirect**: a birth date, a postcode, a gender. Alone they say little, together a lot;
# - **free text**: anything at all.
#
# A quick measure: how many customers have a value that nobody else has?

# %%
for column in ["name", "email", "phone", "birth_date", "postcode", "gender"]:
    alone = ~shop[column].duplicated(keep=False)
    print(
        f"{column:10} {shop[column].nunique():6,} values; {alone.mean():4.0%} of the customers share theirs with nobody"
    )

# %% [markdown]
# Notice that a name is *less* telling than an e-mail address: many people are called the same. A birth date or a full
# postcode alone already singles out a good part of the customers. Now the free text. Patterns find a phone number or an
# e-mail address. For illness and family there is no pattern, so a person has to read a sample.

# %%
notes = shop.loc[shop["note"] != "", "note"]
pattern = notes.str.contains(r"\d{2}-\d{8}|@", regex=True)
words = notes.str.contains("hospital|wheelchair|divorce", regex=True)
print(f"{len(notes):,} notes; {pattern.sum()} hold a phone number or e-mail address, {words.sum()} illness or family:")
notes[words].drop_duplicates().to_list()

# %% [markdown]
# Two of these are about health. The *GDPR*, the European law on data about people, protects that in particular (Article
# 9). The column `note` stays at home. It answers no part of our question anyway, and that is the first and cheapest
# protection: **do not bring what you do not need**.

# %% [markdown]
# ## 4. The baseline: without names
#
# Our colleague takes out name, e-mail, phone and note. This is our *baseline*: what all that follows is compared with.
# Is it anonymous? Try to find people again. A sports club has put a list of its members on the web, with birth dates
# and postcodes. Everybody can read it.

# %%
club = maker.club(shop, members=400 if SMALL else 1_000)
club.head(3)


# %%
def found(table, public, columns):
    """Whether exactly one row of `table` fits each member of `public` in these columns."""
    size = table.groupby(columns, observed=True).size()
    fits = pd.MultiIndex.from_frame(public[columns])
    return size.reindex(fits).to_numpy() == 1


DIRECT = ["name", "email", "phone", "note"]
without_names = shop.drop(columns=DIRECT)
hit = found(without_names, club, ["birth_date", "postcode", "gender"])
print(f"{hit.sum()} of {len(club)} members are found in the table without names: we now know what they spent.")

# %% [markdown]
# Three in four members are customers of the shop, and practically all of those are found. Nobody broke in. Two harmless
# lists were laid side by side.
#
# **Exercise 1.** How could it be so easy? Calculate the share of *customers* in `shop` who share their combination of
# birth date, postcode and gender with nobody. Give a number between 0 and 1. `duplicated(columns, keep=False)` is true
# for each row that has a double.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (~shop.duplicated(["birth_date", "postcode", "gender"], keep=False)).mean()
print(f"{answer:.1%} of the customers are alone with their combination")

# %% [markdown]
# ## 5. Pseudonyms: replacing names
#
# Sometimes you must know that two rows are the same person, without knowing who. Then a name is replaced by a
# *pseudonym*. A popular way is a *hash*: a calculation that turns any text into a code. There is no calculation that
# turns the code back into the text.

# %%
import hashlib


def plain_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


coded = shop.assign(email=shop["email"].map(plain_hash)).drop(columns=["name", "phone", "note"])
coded[["customer", "email", "spent"]].head(3)

# %% [markdown]
# It looks safe. But whoever has a list of e-mail addresses can put each of them through the same calculation.
#
# **Exercise 2.** Do it. Calculate the plain hash of each address of the club, and count how many of them stand in
# `coded["email"]`. `isin` tells for each value whether it is in another column.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = club["email"].map(plain_hash).isin(coded["email"]).sum()
print(f"{answer} of {len(club)} members found by their coded address")

# %% [markdown]
# The remedy is a secret *key* that goes into the calculation. Without the key, nobody can repeat it. The key stays with
# you, apart from the data; it never travels with them.

# %%
import hmac
import secrets

key = secrets.token_bytes(32)  # kept at home, in a safe place


def pseudonym(text):
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]


coded = coded.assign(email=shop["email"].map(pseudonym))
print(f"{club['email'].map(plain_hash).isin(coded['email']).sum()} members found by their coded address")

# %% [markdown]
# Good, and not enough: birth date and postcode are still there. And as long as *you* have the key, these are still
# personal data in your hands (GDPR, Article 4). Do not count on it that they are less in the hands of others. A
# pseudonym is a lock. It is not an absence.

# %% [markdown]
# ## 6. Groups to hide in
#
# To hide people, make what is known about them coarser, until others look the same. If at least *k* people share each
# mix of values, the table is called **k-anonymous**. We try three steps.


# %%
def coarser(table, years, digits):
    """Birth dates as bands of so many `years`, postcodes as their first `digits`."""
    year = table["birth_date"].dt.year
    return table.assign(born=year // years * years, area=table["postcode"].str[:digits])


COARSE = ["born", "area", "gender"]
for years, digits in [(1, 4), (10, 4), (10, 2)]:
    groups = coarser(shop, years, digits).groupby(COARSE).size()
    hit = found(coarser(shop, years, digits), coarser(club, years, digits), COARSE)
    print(
        f"bands of {years:2} years, {digits} digits: typical group {groups.median():3.0f}, smallest {groups.min()};",
        end=" ",
    )
    print(f"{hit.mean():.0%} of the members found")

# %% [markdown]
# **Exercise 3.** Even in the coarsest step a few people stand alone. Take bands of ten years and two digits of the
# postcode. What share of the *customers* is then in a group of fewer than ten?
# `groupby(COARSE)["customer"].transform("size")` gives each row the size of its group.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
of_group = coarser(shop, 10, 2).groupby(COARSE)["customer"].transform("size")
answer = (of_group < 10).mean()
print(f"{answer:.1%} of the customers would have to be left out")

# %% [markdown]
# So we leave them out. That is the price, and it is not paid evenly: those who stand alone are the oldest, and people
# who call themselves neither man nor woman. Say so when you show results, because for them there are none.

# %%
safe = coarser(shop, 10, 2)
safe = safe[safe.groupby(COARSE)["customer"].transform("size") >= 10]
safe = safe[[*COARSE, "spent"]]
smallest = safe.groupby(COARSE).size().min()
print(f"{len(safe):,} of {len(shop):,} customers left, {len(safe.columns)} columns, smallest group {smallest}")
gone = ~shop.index.isin(safe.index)
oldest, other = shop["birth_date"].dt.year < 1940, shop["gender"] == "x"
print(f"left out: {gone[oldest].mean():.0%} of those born before 1940, {gone[other].mean():.0%} of those with gender x")

# %% [markdown]
# ## 7. The result: what is protected, and what is lost?
#
# Two questions at once. How many members of the club are found, with the range that 90 of 100 lists like this would
# give? And how wrong is the answer that the shop wanted, the average spending by age and region?

# %%
steps = {"Year, four digits": (1, 4), "Ten years, four digits": (10, 4), "Ten years, two digits": (10, 2)}
hits = {"Names taken out": found(shop, club, ["birth_date", "postcode", "gender"])}
hits |= {name: found(coarser(shop, *how), coarser(club, *how), COARSE) for name, how in steps.items()}
hits["Small groups left out"] = found(safe, coarser(club, 10, 2), COARSE)
chance = np.random.default_rng(1)
draws = [chance.integers(0, len(club), len(club)) for _ in range(500)]
by_draw = pd.DataFrame({name: [100 * hit[draw].mean() for draw in draws] for name, hit in hits.items()})
middle = pd.Series({name: 100 * hit.mean() for name, hit in hits.items()})
low, high = by_draw.quantile(0.05), by_draw.quantile(0.95)

# %%
fig, axes = plt.subplots(figsize=(8, 3.2))
axes.barh(middle.index, middle, color=["#C9D3D9", *["#9CC5CF"] * 3, "#00677A"], edgecolor="#10222E")
axes.errorbar(middle, middle.index, xerr=[middle - low, high - middle], fmt="none", color="#10222E", capsize=4)
axes.set(title="How many members of the club are found in the shop's table", xlabel="Members found (%)", xlim=(0, 100))
axes.set(ylabel="What was done")
axes.invert_yaxis()
plt.show()


# %%
def answer_of(table):
    """What the shop wanted to know: the average spending in euros, by age and region."""
    return table.groupby(["born", "area"])["spent"].mean()


truth = answer_of(coarser(shop, 10, 2))
off = (answer_of(safe) / truth - 1).abs()
lost = truth.index.difference(answer_of(safe).index)
print(f"Found before: {middle.iloc[0]:.0f} % of the members", end=" ")
print(f"(from {low.iloc[0]:.0f} to {high.iloc[0]:.0f} in 90 of 100 draws). Found after: {middle.iloc[-1]:.1f} %.")
print(f"The answer is off by {off.mean():.1%} on average, {off.max():.1%} at most.")
print(f"{len(lost)} of {len(truth)} groups are gone.")

# %% [markdown]
# This is what to show the data protection officer: not "we took the names out" but a figure before and after, and what
# it cost. For the question that the shop asked, it cost next to nothing. Say how far the figure reaches, too: *none
# found among a thousand* still leaves room for up to three in a thousand.
#
# One warning. If *everybody* in a group has the same secret, hiding in it helps no one: whoever knows the group knows
# the secret. Look for that before you hand over a table (*l-diversity* is the word to search for).

# %% [markdown]
# ## 8. A stand-in while you wait
#
# Approval takes time. Until then you can build everything on a *synthetic stand-in*: rows that are drawn anew and look
# like the real ones. Ours knows only how large each group of `safe` is, and the average and spread of its spending.

# %%
cells = safe.assign(log=np.log(safe["spent"])).groupby(COARSE)["log"].agg(["size", "mean", "std"]).reset_index()
drawn = cells.loc[chance.choice(len(cells), len(safe), p=cells["size"] / cells["size"].sum())]
stand_in = drawn[COARSE].reset_index(drop=True)
stand_in["spent"] = np.exp(chance.normal(drawn["mean"], drawn["std"])).round(2)
same = stand_in.merge(safe.drop_duplicates(), how="inner").drop_duplicates()
print(f"{len(stand_in):,} rows that belong to nobody; {len(same)} of them happen to equal a real one")

# %%
fig, axes = plt.subplots(figsize=(8, 4))
for table, colour, style, mark, label in [
    (safe, "#00677A", "-", "o", "real customers, in groups"),
    (stand_in, "#B4500B", "--", "s", "the stand-in"),
]:
    by_age = table.groupby("born")["spent"].mean()
    axes.plot(by_age.index + 5, by_age, color=colour, linestyle=style, marker=mark, linewidth=2, label=label)
axes.set(title="The stand-in tells the same story", xlabel="Born around (year)", ylim=0)
axes.set(ylabel="Average spending (€ a year)")
axes.legend(loc=4)
plt.show()
apart = (stand_in.groupby("born")["spent"].mean() / safe.groupby("born")["spent"].mean() - 1).abs()
print(f"The two are {apart.mean():.1%} apart on average, {apart.max():.1%} at most.")

# %% [markdown]
# A few rows equal a real one by chance: the generator saw averages, never a row.
#
# What was not put in is not there: whoever looks for a link between gender and spending *within* a postcode finds
# nothing but chance. Use a stand-in to build and to test, not to decide. And be careful with cleverer generators: one
# that learned each row by heart gives the rows back. To count how many rows equal a real one is the least to ask for.

# %% [markdown]
# ## 9. Licence, origin, and until when
#
# Data without people can be forbidden, too. Here is the shelf of a small firm on 1 April 2027. `until` is the last day
# on which the firm may keep a file; `CC BY` asks to name the maker, `NC` means *not for business*.

# %%
today = pd.Timestamp("2027-04-01")
shelf = pd.DataFrame(
    [
        ("orders.csv", False, False, "our own", "2028-12-31"),
        ("survey.csv", True, False, "our own", "2027-12-31"),
        ("photos.zip", False, False, "CC BY-NC 4.0", "2030-01-01"),
        ("weather.csv", False, False, "CC BY 4.0", "2030-01-01"),
        ("supplier_prices.xlsx", False, True, "our own", "2027-06-30"),
        ("sensors.parquet", False, False, "our own", "2026-11-01"),
        ("maps.gpkg", False, False, "unknown", "2030-01-01"),
    ],
    columns=["file", "people", "secret", "licence", "until"],
)
shelf

# %% [markdown]
# **Exercise 4.** Which of these files may be put here today, for use in a business, without asking anybody first? Give
# a list of their names.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
in_time = pd.to_datetime(shelf["until"]) >= today
licensed = shelf["licence"].isin(["our own", "CC BY 4.0"])
answer = shelf.loc[~shelf["people"] & ~shelf["secret"] & licensed & in_time, "file"].to_list()
print(", ".join(answer))

# %% [markdown]
# "Unknown" is a no. A file without a licence belongs to somebody who has not allowed anything yet. And the file of
# which the date is over is not merely forbidden here: it should have been deleted at home as well.

# %% [markdown]
# The workbench asks the same four questions when you bring a file: run `upload()` in a cell of its own for the form. It
# says where the file will lie, who sees it and until when, and keeps your answers beside it. In code, for
# `weather.csv`:

# %%
from aif import upload

upload.check(persons="no", secret="no", licence="allows", licence_name="CC BY 4.0", origin="public", source="KNMI")

# %% [markdown]
# ## 10. Limits and risks
#
# - **We tried one list.** The club knew birth date and postcode. Others know where somebody works, which car they
#   drive, or when they bought something. k-anonymity protects against the columns that you thought of.
# - **Pictures, voices, places and texts** point to people in ways that no column shows. A face is personal data. So is
#   a week of somebody's journeys.
# - **Anonymous means that nobody can**, with means that are likely to be used. It does not mean "we cannot" (GDPR,
#   recital 26). When in doubt, treat data as personal and ask.
# - **The AI Act.** This European law calls some systems *high-risk*, such as those that select staff. Of these it asks
#   where data came from, how they were prepared, and what they leave out (Article 10). The figures of part 7 are part
#   of such an answer, and so is who was left out. Your completion record can help to show AI literacy (Article 4). This
#   is a guide and no legal advice.

# %% [markdown]
# ## 11. Size it on your own data
#
# Try it on a file of your own, *on your own computer or after approval*, not before. This function takes a table. It
# says of each column how many rows have a value that no other row has. The nearer to 100 %, the more the column points
# to people. Here it reads the shop's table.

# %%
import time


def report(table):
    """For each column: how many of the rows share its value with nobody."""
    alone = {column: (~table[column].duplicated(keep=False)).mean() for column in table.columns}
    return pd.Series(alone).sort_values(ascending=False).map("{:.0%}".format)


begun = time.perf_counter()
found_alone = report(shop)
seconds = time.perf_counter() - begun
print(f"a million rows take about {1e6 / len(shop) * seconds:,.0f} s on two processor cores and no GPU")
found_alone

# %% [markdown]
# ## 12. And for us?
#
# Each tutorial has the calculator near its end. In that of your sector it read what was timed there: rows, pictures or
# ships. Here it reads the run above.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=seconds,  # what was measured, and for how much
    size=len(shop),
    unit="rows",
    on="cpu",
    own=1_000_000,  # your numbers from here: how many you have
    runs=12,  # and how often: here once a month
)
mine

# %% [markdown]
# In a session without a GPU it says: no GPU-hours. That is a good answer. A check like this one belongs on your own
# computer. If the work of your sector does need a GPU, the form tells which way to ask for time fits. It has the text
# for it, too. The part on data in that text asks what this tutorial was about. You can fill it in now.

# %% [markdown]
# ## You have seen
#
# - four questions that come before any upload;
# - that people are found without names, by laying two lists side by side, and how to measure it;
# - a pseudonym with a key, and why it is still personal data;
# - groups to hide in, what they cost, and who pays for them;
# - a stand-in to go on working with, and a shelf with licences and dates.
#
# **Next:** a file of your own. Answer the four questions first, and write the answers down beside it. If you have not
# done the tutorial of your own sector yet, take that now.
