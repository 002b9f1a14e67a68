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
# # When will the ship really arrive?
#
# | | |
# |---|---|
# | **Time** | 120 minutes, exercises included |
# | **Hardware** | No GPU needed: a minute or two on two processor cores. Where there are GPUs, it uses 1 to 4 |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.58 GPU-hours on small GPU parts |
# | **For** | people who plan quays, crews and trucks, and those who pay for them; a little Python helps |
#
# **At the end you have** an arrival for each ship with a range around it, the hours that crews and trucks wait because
# of a wrong one, and what a better one saves a month.
#
# **You learn to**
#
# - turn position reports into *features*, the numbers that a model goes by, a month in a piece, with workers beside
#   your session;
# - judge a forecast by voyage and not by row, because rows of a voyage are alike;
# - choose from a range the one time that costs least to plan with.
#
# **In short.** A captain says when the ship *could* be there. What happens between the sea and the quay, a pilot, a
# tide, other ships, can be learned from those that came before.

# %% [markdown]
# ## 1. The question, in euros
#
# Two hundred ships a month come to a terminal. When one is 150 km away, the planner orders a quay crew and its trucks.
# Ordered too early, they wait: **€ 300** an hour. Ordered too late, the ship waits at the quay: **€ 150** an hour.
#
# The planner has the captain's word, and knows what that is worth. Can we say better, and how sure is it?

# %%
import os
import time

import dask
import dask.dataframe as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from aif.learn import tutorial
from data import ships as maker

exercise = tutorial("05_ships")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test

# %% [markdown]
# Each large ship reports by radio where it is and how fast it goes; this is called *AIS*. The reports here are made up
# by a small program, `data/ships.py`, one month at a time. `stated` is the arrival that the captain has typed in,
# `speed` is in knots (1 knot is 1.85 km/h), `draught` says how many metres deep the ship lies, and `wind` is that in
# the port, in metres a second. `arrived` was written beside it later, from the port's book. Times are seconds since
# 1970, as receivers keep them.

# %%
MONTHS, EVERY = (8, 120) if SMALL else (36, 5)  # from January 2023, and minutes a report
maker.month(0, EVERY).head(4)

# %% [markdown]
# ## 2. Workers beside your session
#
# Each ship reports every few seconds; a port that keeps one report a minute has millions of them a month. So we work
# with *workers*, processes on other computers, and *Dask*, a library that hands them pieces of a large table. Begin
# with one; `WORKERS` may go up to four, on a GPU each where you have them. In the size *No GPU* they cost nothing from
# your budget. On small GPU parts, two of them for half an hour cost as much as an hour of your session, and four twice
# that.

# %%
from importlib import import_module

from aif import NotInASession, backend, gpu_cluster

WORKERS, cluster = 2, None  # 1 to 4 workers
try:
    chosen = backend()
    frames = chosen.dataframe  # `cudf` where a GPU can calculate, else `pandas`
    cluster = gpu_cluster(workers=1, hours=0.5)
    client = cluster.get_client()
except NotInASession:
    frames, chosen = "pandas", "This is not a session of the workbench, so the cores of this computer do the work."
    dask.config.set(scheduler="threads")
xd = import_module(frames)
print(chosen)

# %% [markdown]
# *pandas* calculates with the processor, *cuDF* with the GPU, a chip that does thousands of sums at once; they
# understand the same words, and `xd` is whichever it is. The line above says which, and why. On a size with a GPU, the
# kernel *Python GPU dataframes*, the program that runs your cells, is chosen for you. If another name stands at the top
# right, change it with *Kernel → Change Kernel*, and run all cells again.
#
# We cut the reports so that a month is a piece. A voyage is filed under the month in which it began, so none is cut in
# two, and the ships that get in each other's way are nearly always in the same piece.

# %%
import cloudpickle

cloudpickle.register_pickle_by_value(maker)  # workers get the program sent along


def one_month(which):
    return xd.DataFrame(maker.month(which, EVERY))


first = one_month(0)
reports = dd.from_map(one_month, range(MONTHS), meta=first[:0])  # meta: what kind of table comes
print(f"{reports.npartitions} pieces; the first has {len(first):,} rows")

# %% [markdown]
# ## 3. From reports to features
#
# For each report we want the hours left until the quay, and what could be known *at that moment* to tell them. The
# numbers that a model goes by are called *features*:
#
# - `km`: the distance to the port, in a straight line; `east` and `north`: from where;
# - `now` and `pace`: the speed now, and how fast the port came nearer since a few reports ago (km/h);
# - `near`: how many ships are within 60 km of the port in this hour;
# - `tide`: hours since high water at the moment when the ship would be where *pilots* come on board, who guide ships
#   in;
# - `said` and `rule`: the hours left by the captain's word, and by distance divided by speed.

# %%
BACK, HOUR = max(1, 120 // EVERY), 3600  # reports in two hours, and seconds in an hour


def places(table):
    """Where each ship is, how fast, and how many others are near the port, in the order of its reports."""
    north = (table["lat"] - maker.PORT[0]) * 111.2
    east = (table["lon"] - maker.PORT[1]) * (111.2 * np.cos(np.radians(maker.PORT[0])))
    table = table.assign(north=north, east=east, km=(north**2 + east**2) ** 0.5, now=1.852 * table["speed"])
    table["hour"] = table["seconds"] // HOUR
    near = table[table["km"] < 60].groupby("hour")["voyage"].nunique().reset_index()
    table = table.merge(near.rename(columns={"voyage": "near"}), on="hour", how="left")
    table["near"] = table["near"].fillna(0)
    return table.sort_values(["voyage", "seconds"])


# %%
def features(table):
    """What is known at each report and what came of it, one report an hour and voyage."""
    table = places(table)
    earlier = table.groupby("voyage")[["km", "seconds"]].shift(BACK)
    table["pace"] = (earlier["km"] - table["km"]) / (table["seconds"] - earlier["seconds"]) * HOUR
    speed = table["now"].clip(lower=10)
    table["rule"] = table["km"] / speed
    table["tide"] = (table["seconds"] / HOUR + (table["km"] - maker.PILOT) / speed) % maker.TIDE
    table["said"] = ((table["stated"] - table["seconds"]) / HOUR).clip(lower=0)
    table["left"] = (table["arrived"] - table["seconds"]) / HOUR
    return table.drop_duplicates(["voyage", "hour"]).drop(columns=["lat", "lon", "speed", "hour", "stated", "arrived"])


# %% [markdown]
# A ship at anchor has no speed; so that the rule does not say "never", it counts with 10 km/h at least. This is the
# heavy step, so now we take on the other workers. Only one row an hour travels back. Then they go home.


# %%
def in_pandas(table):
    """A table of the GPU or the processor as one of pandas, in this notebook's memory."""
    return table.to_pandas() if hasattr(table, "to_pandas") else table


# %%
if cluster is not None:
    cluster.scale(WORKERS)
begun = time.perf_counter()
known = in_pandas(reports.map_partitions(features, meta=features(first)[:0]).compute())
known = known.sort_values(["voyage", "seconds"]).reset_index(drop=True)
seconds = time.perf_counter() - begun
print(f"{len(known):,} rows of {known['voyage'].nunique():,} voyages in {seconds:.1f} s")
if cluster is not None:
    cluster.close()
    print(f"The workers have used {cluster.spent:.2f} GPU-hours.")
known[["voyage", "km", "now", "pace", "near", "tide", "said", "rule", "left"]].head(3).round(1)

# %% [markdown]
# ### Was that work for a GPU?
#
# Measure it on one month, `first`. *pandas* runs the same `features` on one core of the processor. Where there is a
# GPU, *cuDF* runs them twice: once with the month copied from the notebook's memory to the GPU's, and once with the
# month there already. The answer is brought back each time, since we go on with it here. A first run gets things ready
# and does not count. Of the five after it we take the middle one.


# %%
def milliseconds(job):
    """How long a job takes: the middle of five runs, after one that gets things ready."""
    taken = []
    for _ in range(6):
        begun = time.perf_counter()
        job()
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken[1:])[2]


# %%
month = in_pandas(first)
took = {"processor": milliseconds(lambda: features(month))}
if frames == "cudf":
    took["GPU, with the copy"] = milliseconds(lambda: in_pandas(features(xd.DataFrame(month))))
    took["GPU, month already there"] = milliseconds(lambda: in_pandas(features(first)))
pd.DataFrame({f"milliseconds for {len(month):,} reports": took}).round(1)

# %%
cpu = took["processor"]
print(f"One core takes {cpu / 1000 * MONTHS:.1f} s for all {MONTHS} months, once their reports are there.")
if len(took) == 3:
    _, with_copy, without = took.values()
    print(f"The GPU is {cpu / with_copy:.1f} times as fast as that core, {cpu / without:.1f} times without the copy.")
    print("Below 1 means slower.")
else:
    print("No GPU was timed: this session has none that this kernel can use.")

# %% [markdown]
# For less than a minute nobody has to wait, and a GPU only costs budget. With a report every few seconds, and many
# ports, it may pay. Then count what comes before, too: here making the reports up, in a real port reading files. A GPU
# does not make the disk faster.

# %% [markdown]
# ## 4. Look, and a baseline
#
# Some voyages, by hours left. A straight line would be a ship that just sails. Flat at the bottom is a ship that waits.

# %%
fig, axes = plt.subplots(figsize=(9, 4))
for voyage in known["voyage"].unique()[:12]:
    one = known[known["voyage"] == voyage]
    axes.plot(one["left"], one["km"], color="#00677A", linewidth=1.2, alpha=0.7)
axes.set(title="They sail, slow down, and wait", xlabel="Time before the quay (hours)")
axes.set(ylabel="Distance left (km)", ylim=0)
axes.invert_xaxis()
plt.show()

# %% [markdown]
# Everything is decided when the planner orders: at the first report within 150 km. `moment` has that row of each
# voyage. The captain's word is our *baseline*: what the planner goes by today, and what any model has to beat.

# %%
BOOKED = 150  # km
moment = known[known["km"] < BOOKED].groupby("voyage", as_index=False).first()
print(f"{len(moment):,} voyages, on average {moment['left'].mean():.1f} hours before the quay;")
print(f"the captain says {moment['said'].mean():.1f}, distance divided by speed says {moment['rule'].mean():.1f}")

# %% [markdown]
# **Exercise 1.** How much later than the captain's word do ships come? Give the *median* of hours left minus hours
# said, over the voyages in `moment`: half of them lie above it, half below.
#
# Put your answer in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (moment["left"] - moment["said"]).median()
print(f"{answer:.1f} hours. Captains do not lie: they say when they could be there if nobody were in the way.")

# %% [markdown]
# ## 5. A model, and how not to judge it
#
# *Gradient boosting* builds many small *decision trees*, chains of yes-or-no questions, each of which mends what those
# before it got wrong. It learns from the past and is judged by what came after: the last third, a year with all its
# seasons, is the *exam*. A voyage is wholly in one or in the other.
#
# We ask the model for a *quantile*: the hours below which a ship stays with a given chance. The quantile of 0.5 is the
# median, as often too much as too little; that of 0.95 is only exceeded by one ship in twenty.

# %%
TREES = 24 if SMALL else 100
FEATURES = ["km", "east", "north", "now", "pace", "near", "tide", "draught", "wind", "said"]
months = MONTHS // 3  # of the exam
later = known["voyage"] // maker.VOYAGES >= MONTHS - months
past, exam = known[~later].copy(), known[later].copy()


def boosted(rows, quantile=0.5, leaf=40, leaves=31):
    """A model that says below which hours left a ship stays with this chance: 0.5 is as often more as less."""
    shape = {"max_iter": TREES, "learning_rate": 7.5 / TREES, "min_samples_leaf": leaf, "max_leaf_nodes": leaves}
    model = HistGradientBoostingRegressor(loss="quantile", quantile=quantile, random_state=1, **shape)
    return model.fit(rows[FEATURES], rows["left"])


# %% [markdown]
# First an experiment within the past. We let a model learn very freely from three quarters of it, and judge it by the
# rest: once every fourth *row* is kept apart, once every fourth *voyage*.


# %%
def off(rows, said):
    """Hours off on average: first over the rows of a voyage, then over voyages, so that slow ships count once."""
    return (rows["left"] - said).abs().groupby(rows["voyage"]).mean().mean()


def judged(kept):
    """Hours off on the rows that are kept apart."""
    model = boosted(past[~kept], leaf=5, leaves=len(past) // 200)
    return off(past[kept], model.predict(past[kept][FEATURES]))


by_row, by_voyage = judged(np.arange(len(past)) % 4 == 0), judged(past["voyage"] % 4 == 0)
print(f"judged by row: {by_row:.2f} hours off; judged by voyage: {by_voyage:.2f} hours off")

# %% [markdown]
# By row, the model has seen the same ship an hour earlier and an hour later, and knows how long *that* one waited. In
# the port it never will. Judge by what you will have: other voyages, and later ones. So now the exam, with a model that
# may learn less freely.

# %%
exam["middle"] = boosted(past).predict(exam[FEATURES])
for column, name in [("said", "the captain"), ("rule", "distance divided by speed"), ("middle", "the model")]:
    print(f"{name:26} {off(exam, exam[column]):.2f} hours off")

# %% [markdown]
# An error in hours means little without the distance. This is how it grows, and where the model helps.

# %%
distance = (exam["km"] // 50 * 50 + 25).rename("distance")
fig, axes = plt.subplots(figsize=(9, 4))
for column, name, color, style in [
    ("said", "Captain's word", "#5B7F95", "s--"),
    ("rule", "Distance divided by speed", "#B7791F", "^:"),
    ("middle", "Model", "#00677A", "o-"),
]:
    each = (exam["left"] - exam[column]).abs().groupby([distance, exam["voyage"]]).mean()
    by_distance = each.groupby("distance").mean()[lambda error: error.index < 600]
    axes.plot(by_distance.index, by_distance, style, color=color, linewidth=2.5, label=name)
axes.set(title="Error by distance", xlabel="Distance left (km)", ylabel="Off on average (hours)", ylim=0)
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## 6. A range for each arrival
#
# One number hides how sure it is. A ship that lies deep and comes at low water may wait six hours or none. So we ask
# for two more: the hours that nineteen in twenty ships exceed, and those that only one in twenty does. In between nine
# in ten should arrive.

# %%
for name, quantile in [("low", 0.05), ("high", 0.95)]:
    exam[name] = boosted(past, quantile).predict(exam[FEATURES])
booked = exam[exam["km"] < BOOKED].groupby("voyage", as_index=False).first()
shown = booked[-25:].sort_values("middle").reset_index(drop=True)
fig, axes = plt.subplots(figsize=(9, 4))
axes.vlines(shown.index, shown["low"], shown["high"], color="#9CC5CF", linewidth=6, label="Range: nine in ten")
axes.plot(shown.index, shown["middle"], "_", color="#10222E", markersize=12, markeredgewidth=2, label="Model")
axes.plot(shown.index, shown["left"], "o", color="#B4500B", markersize=6, label="What came true")
axes.set(title="Ranges of the last 25 ships", xlabel="Each ship (sorted by the model)", ylim=0, xticks=[])
axes.set(ylabel="Until the quay (hours)")
axes.legend(frameon=False, loc=2)  # above, on the left
plt.show()

# %% [markdown]
# **Exercise 2.** Is it nine in ten? Give the share of the voyages in `booked` of which `left` is from `low` to `high`,
# as a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = booked["left"].between(booked["low"], booked["high"]).mean()
width = (booked["high"] - booked["low"]).mean()
print(f"{answer:.0%} are inside, of ranges that are {width:.1f} hours wide on average.")

# %% [markdown]
# A model knows its own past better than the future, so ranges tend to be a little too narrow. Tell those who plan with
# them the share that you measured, not the one that you asked for. Each bound is a model of its own, so now and then
# the middle lies just outside.

# %% [markdown]
# ## 7. Which time to order?
#
# The middle is too early as often as too late. But an hour of the crew costs twice an hour of the ship, so it is
# cheaper to be late a little more often. Move the order one hour later: it saves `CREW` if the ship is not there yet,
# and costs `SHIP` if it is. They balance where the chance that it *is* there equals `CREW / (CREW + SHIP)`. That is the
# quantile to ask for: the hours that so large a share of ships need at most.
#
# To be fair to the captain, there is a plan that takes the word and adds what captains usually forget.

# %%
CREW, SHIP = 300, 150  # euros an hour
wanted = CREW / (CREW + SHIP)
before = moment[moment["voyage"] < booked["voyage"].min()]
forgotten = (before["left"] - before["said"]).quantile(wanted)
plans = {
    "Captain's word": booked["said"],
    "Distance divided by speed": booked["rule"],
    "Captain's word and what is forgotten": booked["said"] + forgotten,
    "Model: the middle": booked["middle"],
    "Model: the cheapest": pd.Series(boosted(past, wanted).predict(booked[FEATURES])),
}
print(f"Order for the time before which {wanted:.0%} of such ships are there.")

# %%
crew = {name: (booked["left"] - hours).clip(lower=0) for name, hours in plans.items()}
ship = {name: (hours - booked["left"]).clip(lower=0) for name, hours in plans.items()}
cost = pd.DataFrame({name: CREW * crew[name] + SHIP * ship[name] for name in plans})
for name in plans:
    waits = f"{crew[name].sum() / months:6,.0f} h, {ship[name].sum() / months:6,.0f} h"
    print(f"{name:38} crews and ships wait {waits} a month: € {cost[name].sum() / months:9,.0f}")

# %% [markdown]
# The rule for the cheapest time holds on average, and as far as the quantile is right. Over a few weeks the middle may
# come out ahead by luck.
#
# **Exercise 3.** How many hours *less* do crews and trucks wait a month with *Model: the cheapest* than with *Captain's
# word*? Give hours a month.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
answer = (crew["Captain's word"] - crew["Model: the cheapest"]).sum() / months
print(f"{answer:,.0f} hours a month of a crew with its trucks.")

# %% [markdown]
# ## 8. The result
#
# What is saved, against the planner's best rule, *Captain's word and what is forgotten*, and not against the worst.
# How sure? Weeks differ: a storm delays all ships of a week. We draw whole weeks at random, some twice and some not
# at all, and calculate again, a thousand times; this is the *bootstrap*.

# %%
fair, ours = "Captain's word and what is forgotten", "Model: the cheapest"
weeks = (cost[fair] - cost[ours]).groupby(booked["seconds"] // (7 * 24 * HOUR)).sum().to_numpy()
chance = np.random.default_rng(1)
draws = weeks[chance.integers(0, len(weeks), (1000, len(weeks)))].sum(axis=1) / months
saving, (least, most) = weeks.sum() / months, np.quantile(draws, [0.05, 0.95])
waited, often = crew[ours].sum() / months, crew["Captain's word"].sum() / months
print(f"With the model, crews and trucks wait {waited:,.0f} hours a month; by the captain's word {often:,.0f}.")
print(f"Against the planner's best rule it saves € {saving:,.0f} a month")
print(f"(between € {least:,.0f} and € {most:,.0f} in 90 of 100 draws).")

# %% [markdown]
# Take off what it costs to run: AIS reports, somebody who keeps watch over the model, and planners who learn to read a
# range. Most of the saving may be had with one line: taking the captain's word and adding what is forgotten. Begin with
# that.

# %% [markdown]
# ## 9. Limits and risks
#
# - **These ships are made up**, and so is why they wait. In a real port they wait for berths, customs and cranes too.
# - **Gaps.** Far from land reports are lost, and a radio can be off or wrong. A model that gets no report for hours
#   should say so, and not go on with the last one.
# - **Weather.** We know the wind now, not tomorrow's. Storms are few, so the range is least sure when you need it most.
# - **Behaviour changes.** When ports give ships a time to come, captains slow down and the past no longer holds.
#   Measure the share inside the range each month, and learn anew when it falls.
# - **People.** A ship is not a person, but a small one is close to it: its track says where its crew is, how long they
#   work and when they rest. Keep what the question needs, no longer than that, and do not judge crews by it. Quay crews
#   are people too: an order changed at midnight costs them sleep.
# - **The AI Act.** An arrival time for planning is hardly what this European law is strict about. A system that allots
#   work to people by how they behave can be *high-risk*, with strict duties, and so can a safety component of traffic
#   on critical infrastructure. A forecast must not steer ships. Ask your legal adviser.

# %% [markdown]
# ## 10. Size it on your own data
#
# What you need: AIS reports around your port, and its book of arrivals. How much computer? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
ships_a_day, hours_each, reports_an_hour, years = 80, 30, 60, 5  # your numbers
rows = ships_a_day * hours_each * reports_an_hour * 365 * years
memory = first.memory_usage(deep=True).sum() / len(first)
print(f"{rows:,.0f} reports, {rows * memory / 1e9:,.0f} GB in memory as {frames} holds them")
print(f"one piece a month has {rows * memory / 1e9 / (12 * years):,.1f} GB: a worker needs about four times that")

# %%
pieces, workers = 12 * years, 4  # your numbers
one_worker = seconds * (1 if cluster is None else WORKERS)  # at most what one worker takes
begun = time.perf_counter()
one_month(0)
making = time.perf_counter() - begun
print(f"a month took {one_worker / MONTHS:.2f} s of work here, at most; making its reports up takes {making:.2f} s")
print(f"{workers} workers do {pieces} months in {np.ceil(pieces / workers) / pieces:.0%} of the time of one, at best")

# %% [markdown]
# *At most*, because the other workers came while the clock ran. *At best*, because starting workers takes time, too,
# and the work is done when the slowest month is. A worker counts from its start to its end, also while it waits, so
# together they cost at least what one does. More workers than pieces bring nothing: with one month, one is enough.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=one_worker,  # at most, as was just said
    size=len(first) * MONTHS,
    unit="reports",
    on="gpu" if frames == "cudf" else "cpu",
    own=rows,
    runs=12,  # how often: here the model learns anew each month
)
mine

# %% [markdown]
# Making the reports up took most of that time here; reading them from files is faster. `print(mine.application())`
# gives the text for an application.

# %% [markdown]
# ## You have seen
#
# - position reports turned into features, a month in a piece, by workers that came for it and went;
# - when a GPU pays here, by a clock that counts the copy, too;
# - the captain's word and distance divided by speed, as what a model has to beat;
# - why rows of one voyage must not be on both sides of an exam;
# - the error in hours by distance, and a range for each arrival that was checked;
# - the time to order by, chosen by what waiting costs, and euros a month with their range.
#
# **Next:** *Where do my drivers lose time?* goes on from the quay, on the road.
