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
# # Where do my drivers lose time?
#
# | | |
# |---|---|
# | **Time** | 120 minutes, exercises included |
# | **Hardware** | No GPU needed: a minute on two processor cores. The same code uses a GPU where there is one |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.43 GPU-hours on small GPU parts |
# | **For** | people who plan trips, and those who pay for them; a little Python helps, none is required |
#
# **At the end you have** the hours and euros that your vans lose on the road each month, where and when they lose them,
# what to expect next month, and how far off that may be.
#
# **You learn to**
#
# - cut years of data into pieces that computers can work on side by side;
# - take on workers for a heavy step and send them home after it;
# - judge a forecast by what came true, next to the simplest forecast there is.
#
# **In short.** An average speed hides a traffic jam. Time is lost on a few kilometres, in a few hours of the day, and
# that is good news: a plan can avoid them.

# %% [markdown]
# ## 1. The question, in euros
#
# A firm has sixty vans. An hour of a van with its driver costs **€ 55**. The planner knows that "the ring is always
# full", the drivers name other places, and the customers only see that the van is late. The road authority counts
# vehicles and measures their speed, day and night, on every section. Four years of it are there for the asking.
#
# Where do the hours go? Would leaving later help? And what will next month bring?

# %%
import os
import time

import dask
import dask.dataframe as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import traffic as maker

exercise = tutorial("07_delay")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test

# %% [markdown]
# The data are made up by a small program, `data/traffic.py`: three roads, *Ring*, *Harbour* and *North*, of eight
# sections each. It makes one month at a time, as an authority would hand you one file a month. This is how a month
# begins: `speed` is the average in km/h of the `vehicles` that passed in these minutes.

# %%
MONTHS, EVERY = 48, 60 if SMALL else 5  # from January 2022 to December 2025, and minutes a row
maker.month(0, EVERY).head(4).astype({"speed": float}).round({"speed": 1})

# %% [markdown]
# ## 2. A worker beside your session
#
# Four years are ten million rows. That still fits into one computer; the real thing, with thousands of detectors, does
# not. So we work as one would there: with *workers*, processes on other computers, and *Dask*, a library that hands
# them pieces of a large table. We begin with one.
#
# A worker is paid for as long as it is there, also when it does nothing. In the size *No GPU* it costs nothing from
# your budget. On a small GPU part, two of them for half an hour cost as much as an hour of your session.

# %%
from importlib import import_module

from aif import NotInASession, backend, gpu_cluster

cluster = None
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
# *pandas* calculates with the processor, *cuDF* with the GPU, a chip that does thousands of sums at once. They
# understand the same words. We call whichever it is `xd`, and from here on the code is the same for both. The line
# above says which it is, and why. On a size with a GPU, the kernel *Python GPU dataframes*, the program that runs your
# cells, is chosen for you. If another name stands at the top right, change it with *Kernel → Change Kernel*, and run
# all cells again.

# %% [markdown]
# ## 3. One piece a month
#
# Dask calls the pieces of a table *partitions*. How to cut is the one decision that matters:
#
# - a piece must fit into the memory of a worker several times over;
# - there must be more pieces than workers, or some have nothing to do;
# - what belongs together should be in one piece. Our questions are about days, and no day is in two months. So each
#   month can be worked on without asking the others, and that is what makes it fast.

# %%
import cloudpickle

cloudpickle.register_pickle_by_value(maker)  # workers get the program sent along


def one_month(which):
    return xd.DataFrame(maker.month(which, EVERY))


traffic = dd.from_map(one_month, range(MONTHS), meta=one_month(0)[:0])  # meta: what kind of table comes
print(f"{traffic.npartitions} pieces; the first has {len(traffic.partitions[0]):,} rows")
traffic

# %% [markdown]
# The table is empty: Dask has noted what to do, and does it when an answer is asked for. We are going to ask twice, so
# we let the workers keep the pieces in their memory (`persist`). And as this is the heavy step, we take on a second
# worker. Work begins at once with the one that is there; the other joins when it has come.

# %%
if cluster is not None:
    cluster.scale(2)
begun = time.perf_counter()
traffic = traffic.persist()
rows, missing = len(traffic), traffic["speed"].isna().mean().compute()
seconds = time.perf_counter() - begun
print(f"{rows:,} rows, {missing:.1%} of them without a speed, made in {seconds:.1f} s")

# %% [markdown]
# Two rows in a hundred are missing, at all hours alike: a detector that was silent. Leaving them out does no harm. Were
# it those of the rush hour only, our result would be too good.

# %% [markdown]
# ## 4. Look: where and when is it slow?
#
# The average speed on workdays, by section and hour. Each worker adds up its months, and only the sums travel.


# %%
def in_pandas(table):
    """A table of the GPU or the processor as one of pandas, in this notebook's memory."""
    return table.to_pandas() if hasattr(table, "to_pandas") else table


workdays = traffic[traffic["time"].dt.dayofweek < 5]
workdays = workdays.assign(hour=workdays["time"].dt.hour)
speed = workdays.groupby(["section", "hour"])["speed"].mean(split_out=1).compute()
speed = in_pandas(speed).unstack().loc[maker.sections().index]
print(f"over all sections and hours: {speed.to_numpy().mean():.0f} km/h on average, where {maker.LIMIT} are allowed")

# %%
fig, axes = plt.subplots(figsize=(9, 5.5))
shown = axes.imshow(speed, aspect="auto", cmap="cividis", vmin=40, vmax=110)
axes.set(title="Slow twice a day, on some sections", xlabel="Time of day (hours of the clock)", xticks=range(0, 24, 2))
axes.set(yticks=range(len(speed)), yticklabels=speed.index, ylabel="Section (road and number)")
fig.colorbar(shown, label="Average speed on workdays (km/h)")
plt.show()

# %% [markdown]
# While we look at pictures, one worker is enough. What the other keeps in its memory is handed over before it goes.

# %%
if cluster is not None:
    cluster.scale(1)

# %% [markdown]
# Look again at the figure above the picture: on average, nobody loses anything. That is the trap of averages: fast
# nights make up for slow mornings, but your vans do not drive at night. We need the speed *when and where the vans are
# there*.

# %% [markdown]
# ## 5. From speed to hours
#
# `trips` says how many of the firm's vans pass a section in each hour of a workday. For each we calculate the time that
# the section takes, minus the time that it takes at the limit of 100 km/h; who drives faster gains nothing. Times the
# vans, that is what is lost.

# %%
vans = xd.DataFrame(maker.trips())
lengths = xd.DataFrame(maker.sections().reset_index())


def lost_hours(table, lengths=lengths, vans=vans):
    """Hours that the vans lose, by day, section and hour: one month in, one month out."""
    table = table.dropna()
    table = table[table["time"].dt.dayofweek < 5].merge(lengths, on="section")
    each = table["length"] / table["speed"] - table["length"] / maker.LIMIT
    table = table.assign(day=table["time"].dt.floor("D"), hour=table["time"].dt.hour, each=each.clip(lower=0))
    delay = table.groupby(["day", "section", "hour"])["each"].mean().reset_index()
    delay = delay.merge(vans, on=["section", "hour"])
    return delay.assign(lost=delay["each"] * delay["trips"])


# %%
begun = time.perf_counter()
lost = traffic.map_partitions(lost_hours, meta=lost_hours(one_month(0))[:0])
lost = in_pandas(lost.compute())
print(f"{rows:,} rows became {len(lost):,} in {time.perf_counter() - begun:.1f} s")
passed = [traffic.partitions[at : at + 12]["vehicles"].sum().compute() for at in (0, 36)]  # in the first and last year
lost.tail(3).round({"each": 3, "lost": 3})

# %% [markdown]
# `each` is the delay of one van, in hours; `lost` that of all vans that pass then. The rest is small, so the workers go
# home.

# %%
if cluster is not None:
    cluster.close()
    print(f"The workers have used {cluster.spent:.2f} GPU-hours.")

# %% [markdown]
# ### Was that work for a GPU?
#
# Measure it on one month. *pandas* runs the same function on one core of the processor. Where there is a GPU, *cuDF*
# runs it twice: once with the month copied from the notebook's memory to the GPU's, and once with the month there
# already. The answer is brought back each time, since that is what we need. A first run gets things ready and does not
# count. Of the five after it we take the middle one.


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
there = [one_month(0), lengths, vans]
month, *others = [in_pandas(table) for table in there]
took = {"processor": milliseconds(lambda: lost_hours(month, *others))}
if frames == "cudf":
    took["GPU, with the copy"] = milliseconds(lambda: in_pandas(lost_hours(xd.DataFrame(month), *there[1:])))
    took["GPU, month already there"] = milliseconds(lambda: in_pandas(lost_hours(*there)))
pd.DataFrame({f"milliseconds for {len(month):,} rows": took}).round(1)

# %%
cpu = took["processor"]
print(f"One core takes {cpu / 1000 * MONTHS:.1f} s for all {MONTHS} months, once they are there.")
if len(took) == 3:
    _, with_copy, without = took.values()
    print(f"The GPU is {cpu / with_copy:.1f} times as fast as that core, {cpu / without:.1f} times without the copy.")
    print("Below 1 means slower.")
else:
    print("No GPU was timed: this session has none that this kernel can use.")

# %% [markdown]
# For less than a minute nobody has to wait, and a GPU only costs budget. With thousands of detectors it may pay. Then
# count what comes before, too: making the rows up, or with real counts reading files. A GPU does not make the disk
# faster.

# %% [markdown]
# **Exercise 1.** Which section costs a *single* van the most time in the morning rush? Give its name: that with the
# highest average of `each` at `hour` 8, over all days in `lost`.
#
# Put your answer in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = lost[lost["hour"] == 8].groupby("section")["each"].mean().idxmax()
print(f"On {answer}. Whether it also costs the firm the most depends on how many vans pass there.")

# %% [markdown]
# ## 6. Where and when the hours go
#
# From here on the last twelve months, because that is what next year will resemble most.

# %%
PRICE = 55  # euros an hour
year = lost[lost["day"] >= "2025-01-01"]
by_section = year.groupby("section")["lost"].sum().sort_values(ascending=False) / 12
by_hour = year.groupby("hour")["lost"].sum() / 12
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.barh(by_section.index[:10], by_section[:10], color="#9CC5CF", edgecolor="#00677A")
left.invert_yaxis()
left.set(title="A few sections take most", xlabel="Lost (hours a month)", ylabel="Section (the ten worst)")
right.bar(by_hour.index, by_hour, color="#9CC5CF", edgecolor="#00677A")
right.set(title="In a few hours of the day", xlabel="Time of day (hours of the clock)", ylabel="Lost (hours a month)")
plt.show()
print(f"The three worst sections of {len(by_section)} take {by_section[:3].sum() / by_section.sum():.0%} of the hours.")

# %% [markdown]
# **Exercise 2.** How much of it is the evening rush? Give the share of the hours lost in `year` that is lost from 16 to
# 18 o'clock, that is at `hour` 16 and 17, as a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = by_hour[[16, 17]].sum() / by_hour.sum()
print(f"{answer:.0%}, in two hours of the day.")

# %% [markdown]
# ## 7. What will next month bring? A baseline first
#
# Months differ in their number of workdays, so we forecast the hours lost *a workday*.

# %%
daily = lost.groupby("day")["lost"].sum()
monthly = daily.groupby(daily.index.to_period("M")).mean()
fig, axes = plt.subplots(figsize=(9, 3.8))
axes.plot(monthly.index.to_timestamp(), monthly, color="#00677A", linewidth=2.5, marker="o", markersize=4)
axes.set(title="Holidays in summer, rush in autumn, and more each year", xlabel="Month (year and number)", ylim=0)
axes.set(ylabel="Lost (hours a workday)")
plt.show()
grown = monthly[-12:].mean() / monthly[:12].mean()
print(f"In three years traffic grew by {passed[1] / passed[0] - 1:.0%}, and the hours lost by {grown - 1:.0%}.")

# %% [markdown]
# A road that is nearly full has no room left: a little more traffic is a lot more delay.
#
# Three forecasts, none of which needs more than a line. The first is our *baseline*: the simplest thing that one could
# do. For each of the last twelve months we let them forecast it from what was known *before* it, and compare with what
# came true.

# %%
of_a_year = monthly.rolling(12).mean().shift(1)  # the twelve months before
growth = of_a_year / of_a_year.shift(12)
forecasts = {
    "Like last month": monthly.shift(1),
    "Like the average of a year": of_a_year,
    "Like a year ago, times the growth since": monthly.shift(12) * growth,
}
errors = {name: (said / monthly - 1)[-12:] for name, said in forecasts.items()}
for name, error in errors.items():
    print(f"{name:40} off by {error.abs().mean():.0%} on average, by {error.abs().max():.0%} at worst")

# %% [markdown]
# **Exercise 3.** Does the growth help? Leave it out: forecast each month as *what the same month was a year ago*. By
# how much is that off on average in the last twelve months? Give a share between 0 and 1, as `errors` has them.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
answer = (monthly.shift(12) / monthly - 1)[-12:].abs().mean()
print(f"Off by {answer:.1%}, and with the growth by {errors[name].abs().mean():.1%}.")

# %% [markdown]
# Beside the luck of a month, its rain and its accidents, a year's growth weighs little. What helps is to know the
# season. A model with weather, holidays and road works may do better. But now you know what it has to beat, and what
# "better" would be worth.

# %% [markdown]
# ## 8. The result
#
# What the last year cost, and how sure that is. Days differ: rain, an accident. We draw whole *weeks* at random, some
# twice and some not at all, and calculate again, a thousand times; this is the *bootstrap*. Weeks and not days, because
# days that follow each other are alike. The range in which 90 of 100 draws fall is an honest "give or take".

# %%
this_year = daily[daily.index >= "2025-01-01"]
weeks = this_year.groupby(this_year.index.to_period("W")).sum().to_numpy()
chance = np.random.default_rng(1)
draws = weeks[chance.integers(0, len(weeks), (1000, len(weeks)))].sum(axis=1) / 12
hours, (low, high) = weeks.sum() / 12, np.quantile(draws, [0.05, 0.95])
print(f"The vans lose {hours:,.0f} hours a month (between {low:,.0f} and {high:,.0f} in 90 of 100 draws),")
print(f"that is € {PRICE * hours:,.0f} a month (between € {PRICE * low:,.0f} and € {PRICE * high:,.0f}).")

# %%
best = "Like a year ago, times the growth since"
ahead = monthly.iloc[-12] * monthly[-12:].mean() / monthly[-24:-12].mean()  # January 2026
workdays_ahead = len(pd.bdate_range("2026-01-01", "2026-01-31"))
off = errors[best].abs().quantile(0.9)
euros = PRICE * workdays_ahead * ahead
print(f"Next month: {workdays_ahead * ahead:,.0f} hours, € {euros:,.0f}")
print(f"(nine times in ten within {off:.0%}: from € {euros * (1 - off):,.0f} to € {euros * (1 + off):,.0f}).")

# %% [markdown]
# The two ranges say different things. The first is how sure we are of what an average month of last year cost. The
# second is how far a *single* month may be from its forecast; twelve months are few to know that by.
#
# **Exercise 4.** What if vans that pass a section at `hour` 8 did so at `hour` 10 instead, when the road is free? They
# would lose what a van loses there and then. Count, for each `day` and `section` in `year`, the trips of 8 o'clock
# times (`each` at 8 minus `each` at 10), and give what is saved a month, in euros. Where no van drives at 10 we do not
# know; leave those out.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
at_8 = year[year["hour"] == 8].set_index(["day", "section"])
at_10 = year[year["hour"] == 10].set_index(["day", "section"])
answer = PRICE * (at_8["trips"] * (at_8["each"] - at_10["each"])).sum() / 12
print(f"€ {answer:,.0f} a month, if customers and drivers can live with it.")

# %% [markdown]
# ## 9. Limits and risks
#
# - **These roads are made up**, and so is how they fill. Real detectors break for weeks, and roads are rebuilt.
# - **Where no detector is, no delay is seen.** Town streets, loading bays and ferries are missing from the sum.
# - **If everybody leaves later, the jam leaves later too.** For sixty vans it is true that the road does not notice.
# - **People.** Counts of vehicles are not personal data; tracks of your own vans are. They show who drove where, how
#   fast, and who took a break. Tell drivers what is recorded and what for, involve the works council before you begin,
#   and keep no more than the question needs.
# - **A plan is also about people's mornings.** Leaving at six saves hours on the road and costs hours of sleep.
# - **The AI Act.** Adding up counts is hardly what this European law is about. A system that allots work by how people
#   behave, or that judges drivers, can be *high-risk*, with strict duties; so can a safety component in the running of
#   road traffic. Ask your legal adviser.

# %% [markdown]
# ## 10. Size it on your own data
#
# What you need: the authority's counts for your roads, and for each section how many of your vans pass it in each hour.
# How much computer does it take? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
detectors, years, minutes = 4000, 10, 1  # your numbers
asked = detectors * years * 365 * 24 * 60 / minutes
piece = one_month(0)
memory = piece.memory_usage(deep=True).sum() / len(piece)
print(f"{asked:,.0f} rows, {asked * memory / 1e9:,.0f} GB in memory as {frames} holds them")
print(f"one piece a month has {asked * memory / 1e9 / (12 * years):,.1f} GB: a worker needs about four times that")

# %%
pieces, workers = 12 * years, 8  # your numbers
one_worker = seconds * (1 if cluster is None else 2)  # at most what one worker takes
print(f"a month took {one_worker / MONTHS:.2f} s of work here, at most")
print(f"{workers} workers do {pieces} months in {np.ceil(pieces / workers) / pieces:.0%} of the time of one, at best")

# %% [markdown]
# *At most*, because the second worker came while the clock ran. *At best*, because starting workers takes time, too,
# and the work is done when the slowest month is. A worker is paid while it waits, so together they cost at least as
# many GPU-hours as one.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=one_worker,  # at most, as was just said
    size=rows,
    unit="rows",
    on="gpu" if frames == "cudf" else "cpu",
    own=asked,
    runs=12,  # how often: here once a month
)
mine

# %% [markdown]
# `print(mine.application())` gives the text for an application. If a piece is too large, cut by month *and* road: a day
# of a road is still in one piece. `advise()` from `aif` looks at files of yours and says whether you need a cluster at
# all; for the ten million rows of this tutorial you do not.

# %% [markdown]
# ## You have seen
#
# - years of counts cut into months, so that each worker finishes its own;
# - a cluster that grew for the heavy step and was closed after it;
# - when a GPU pays here, by a clock that counts the copy, too;
# - why an average over the day hides what the drivers feel;
# - hours and euros a month with their range, by section and by hour;
# - a forecast judged by what came true, next to the simplest one.
#
# **Next:** *Which of my sites floods in a cloudburst?* does the same with maps instead of tables.
