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
# # Which of my sites floods in a cloudburst?
#
# | | |
# |---|---|
# | **Time** | 120 minutes, exercises included |
# | **Hardware** | No GPU needed: a minute on two processor cores. The same code uses a GPU where there is one |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.43 GPU-hours on small GPU parts |
# | **For** | people who look after buildings, and those who insure them; a little Python helps, none is required |
#
# **At the end you have** a list of your sites with what rain will cost each of them in euros a year, how sure you can
# be of that, and what you may spend to prevent it.
#
# **You learn to**
#
# - calculate with more data than fit into memory, on a few computers at once;
# - say how often something happens that you have hardly ever seen;
# - turn rare and dear events into an amount a year that can be compared with an offer.
#
# **In short.** Thirty years are too short to see a cloudburst that comes once in a hundred. But the places around a
# site have had cloudbursts of their own, and together they know more than the site does.

# %% [markdown]
# ## 1. The question, in euros
#
# A firm has ten cold stores. When more rain falls in an hour than the drains of a site carry away, water comes in.
# Cleaning up costs a fixed amount, and each further millimetre costs more: pallets, cooling, days without trade.
#
# An installer offers ponds under the car parks. They are not cheap. The firm wants to know at *which* sites they pay.
# "It has never flooded here" is what each manager says, and it is often true. What does it prove?

# %%
import os
import time

import dask
import dask.array as da
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import rain as maker

exercise = tutorial("08_cloudburst")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test

# %%
sites = maker.sites()
sites

# %% [markdown]
# `x` and `y` say where a site is: kilometres to the east and to the north of the corner of our map. `drain` is how much
# rain the drains carry away in an hour, in millimetres (mm). One millimetre is one litre on each square metre. `flood`
# is what a flood costs in euros, `each_mm` what each millimetre above the drains adds.

# %% [markdown]
# ## 2. Two helpers
#
# A rain radar looks every five minutes, at every square kilometre. Thirty summers of that are a lot of numbers, more
# than one should load at once. So we ask for two *workers*: processes on other computers that calculate for us. The
# list of who does what is kept by *Dask*, a library that cuts large calculations into pieces.
#
# Workers are paid for as long as they are there, also when they do nothing. These two cost nothing in the size *No
# GPU*. On a small GPU part, half an hour of both costs as much as an hour of your session. We close them as soon as we
# can.

# %%
from importlib import import_module

from aif import NotInASession, backend, gpu_cluster

cluster = None
try:
    chosen = backend()
    arrays = chosen.array  # `cupy` where a GPU can calculate, else `numpy`
    cluster = gpu_cluster(workers=2, hours=0.5)
    client = cluster.get_client()
except NotInASession:
    arrays, chosen = "numpy", "This is not a session of the workbench, so the cores of this computer do the work."
    dask.config.set(scheduler="threads")
xp = import_module(arrays)
print(chosen)

# %% [markdown]
# *NumPy* calculates with the processor, *CuPy* with the GPU, a chip that does thousands of sums at once. They have the
# same functions by the same names. We call whichever it is `xp`, and from here on the code is the same for both. The
# line above says which it is, and why. On a size with a GPU, the kernel *Python GPU dataframes*, the program that runs
# your cells, is chosen for you. If another name stands at the top right, change it with *Kernel → Change Kernel*, and
# run all cells again.

# %% [markdown]
# ## 3. Thirty summers of rain
#
# The rain is made up by a small program, `data/rain.py`. Showers drift over an area of 96 by 96 km, grow and die. Each
# summer has twelve showery days, and on each the radar looks from noon to six. There is a city in the south-east, over
# which showers grow harder. Because we know how this rain is made, we can check in the end who was right.
#
# Dask does not calculate yet. It notes what would have to be done, one piece a summer.

# %%
import cloudpickle

SUMMERS, KM = 30, 3 if SMALL else 1  # how many, and how wide a square of the radar is
cloudpickle.register_pickle_by_value(maker)  # workers get the program sent along

# %%
shape = (maker.DAYS, maker.FRAMES, maker.SIDE // KM, maker.SIDE // KM)
nothing = xp.empty((0,) * 4, dtype="float32")  # tells Dask what kind of array comes


@dask.delayed
def one_summer(summer):
    return maker.radar(summer, KM, xp)


rain = da.stack([da.from_delayed(one_summer(summer), shape, meta=nothing) for summer in range(SUMMERS)])
print(f"{rain.size:,} numbers, {rain.nbytes / 1e9:.1f} GB, in {rain.npartitions} pieces")
rain

# %% [markdown]
# Such a block of numbers, with more than two directions, is an *array*. Its shape says: summers, days, looks a day,
# squares from south to north, squares from west to east. Let us see one afternoon of it. Only now is something
# calculated, and only that summer.


# %%
def here(array):
    """An array of the GPU or the processor as one of NumPy, in this notebook's memory."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


first = here(rain[0].compute())
wettest = np.unravel_index(first.max(axis=(2, 3)).argmax(), first.shape[:2])
day, look = wettest[0], min(max(wettest[1], 6), maker.FRAMES - 7)
print(f"the hardest rain of the first summer: {first.max():.1f} mm in five minutes, on showery day {day + 1}")

# %%
AREA = {"extent": (0, maker.SIDE, 0, maker.SIDE), "origin": "lower"}
fig, panels = plt.subplots(1, 3, figsize=(10, 3.8), sharey=True, layout="constrained")
for axes, each in zip(panels, [look - 6, look, look + 6], strict=True):
    shown = axes.imshow(12 * first[day, each], cmap="YlGnBu", vmin=0, vmax=60, **AREA)
    axes.plot(sites["x"], sites["y"], "^", color="#B4500B", markersize=5)
    axes.set(title=f"{12 + each // 12}:{each % 12 * 5:02}", xlabel="East (km)")
panels[0].set(ylabel="North (km)")
fig.suptitle("Showers drift over ten sites (triangles)")
fig.colorbar(shown, ax=panels, label="Rain (mm an hour)")
plt.show()
hard = (first[wettest] > first.max() / 2).sum() * KM**2
print(f"At its hardest, it rains at least half as hard on {hard:,} of {maker.SIDE**2:,} square kilometres.")

# %% [markdown]
# Hard rain is small: a few kilometres across. It hits one site and misses the next. Whether a site had a cloudburst in
# thirty years is to a great part luck.

# %% [markdown]
# ## 4. The wettest hour of each summer
#
# Drains do not mind a hard minute. What counts is the rain of an hour. We add up the rain from noon on; what fell in
# the hour before a look is that sum minus the sum twelve looks earlier. Of all hours of a summer we keep the wettest,
# for each square. That leaves one number a summer and square, a thousandth of what we began with.


# %%
def wettest_hour(summer):
    """The most rain in any hour of a summer: days and looks go, the places stay."""
    since_noon = summer.cumsum(axis=1)
    in_an_hour = since_noon[:, maker.AN_HOUR :] - since_noon[:, : -maker.AN_HOUR]
    return in_an_hour.max(axis=(0, 1))


begun = time.perf_counter()
one_map = {"drop_axis": (1, 2), "meta": xp.empty((0,) * 3, dtype="float32")}  # a piece loses its days and looks
maxima = here(rain.map_blocks(lambda piece: wettest_hour(piece[0])[None], **one_map).compute())
seconds = time.perf_counter() - begun
print(f"{rain.nbytes / 1e9:.1f} GB became {maxima.nbytes / 1e6:.1f} MB in {seconds:.1f} s, with {arrays}")

# %% [markdown]
# That was the heavy part. What is left fits on a telephone, so the workers go home.

# %%
if cluster is not None:
    cluster.close()
    print(f"The workers have used {cluster.spent:.2f} GPU-hours.")

# %% [markdown]
# ### Was that work for a GPU?
#
# Measure it: the same function on the same summer, `first`. NumPy runs it on one core of the processor. Where there is
# a GPU, CuPy runs it twice: once with the numbers copied from the notebook's memory to the GPU's, and once with the
# numbers there already.
#
# A GPU goes on by itself while the notebook does the next line. So we wait until it is done before we read the clock:
# that is what `synchronize` is for. The first run gets things ready and does not count. Of the five after it we take
# the middle one.


# %%
def milliseconds(job):
    """How long a job takes: the middle of five runs, after one that gets things ready."""
    taken = []
    for _ in range(6):
        begun = time.perf_counter()
        job()
        if arrays == "cupy":
            xp.cuda.Device().synchronize()
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken[1:])[2]


# %%
took = {"processor": milliseconds(lambda: wettest_hour(first))}
if arrays == "cupy":
    there = xp.asarray(first)
    took["GPU, with the copy"] = milliseconds(lambda: wettest_hour(xp.asarray(first)))
    took["GPU, numbers already there"] = milliseconds(lambda: wettest_hour(there))
pd.DataFrame({f"milliseconds for {first.nbytes / 1e6:.0f} MB": took}).round(1)

# %%
rate = first.nbytes / 1e6 / took["processor"]  # MB in a millisecond are GB in a second
print(f"One core does {rate:.2f} GB a second. Our {rain.nbytes / 1e9:.1f} GB take it {rain.nbytes / 1e9 / rate:.1f} s.")
print(f"To keep it busy for a minute, there would have to be {60 * rate:,.0f} GB.")
if len(took) == 3:
    cpu, with_copy, without = took.values()
    print(f"The GPU is {cpu / with_copy:.1f} times as fast as that core, {cpu / without:.1f} times without the copy.")
    print("Below 1 means slower.")
else:
    print("No GPU was timed: this session has none that this kernel can use.")

# %% [markdown]
# For less than a minute nobody has to wait, and a GPU only costs budget. With more GB than that, a GPU pays if you use
# the same numbers many times once they are there. If each is used once, as here, most of the time goes into getting
# them: above into making up the rain, with a real radar into reading files. A GPU does not make the disk faster.

# %% [markdown]
# ## 5. What the sites have seen
#
# Which square is a site in? The one that its kilometres fall into.

# %%
row, column = (sites[along].to_numpy() // KM for along in ("y", "x"))
seen = pd.DataFrame(maxima[:, row, column], columns=sites.index)
seen.index.name = "summer"
floods = (seen > sites["drain"]).sum()
summary = sites[["drain"]].assign(usual=seen.median(), record=seen.max(), floods=floods)
summary.sort_values("floods", ascending=False).round(0)

# %% [markdown]
# `usual` is the wettest hour of an ordinary summer, `record` that of all thirty. `floods` counts the summers in which
# more fell than the drains carry.
#
# **Exercise 1.** How often is there a flood *somewhere* in the firm? Give the share of the summers, between 0 and 1, in
# which at least one of the ten sites was flooded. `seen > sites["drain"]` has true and false for each summer (row) and
# site.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (seen > sites["drain"]).any(axis=1).mean()
print(f"In {answer:.0%} of the summers, although each site by itself is flooded seldom.")

# %% [markdown]
# ## 6. A baseline: believe the record
#
# The simplest forecast is: what has been will be. A site that was flooded three times in thirty summers has three
# floods in the next thirty, and a site without a flood has none. In euros a year:


# %%
def damage(hour, site):
    """What a wettest hour, in mm, costs at a site: nothing up to the drains, then a flood and each mm above."""
    above = hour - site["drain"]
    return np.where(above > 0, site["flood"] + site["each_mm"] * above, 0)


by_record = pd.Series({name: damage(seen[name], site).mean() for name, site in sites.iterrows()})
print(f"all sites together: € {by_record.sum():,.0f} a year; {(by_record == 0).sum()} of them: nothing")

# %% [markdown]
# A site that stayed two millimetres below what its drains carry counts as safe here, and one that had a single terrible
# summer counts as lost. The baseline knows nothing of how *near* it was. For that we need a curve.

# %% [markdown]
# ## 7. A curve for what was hardly ever seen
#
# The wettest hours of many summers follow a curve that mathematics knows, whatever the weather is like in detail: the
# *generalised extreme value distribution* (GEV). Three numbers describe it: its place, its width, and its *shape*,
# which says how far it reaches out to the right. With the shape at zero it is called the *Gumbel* distribution, long
# the engineers' favourite because two numbers are easier to find than three.
#
# *SciPy*, a library of mathematics, finds these numbers for both: it *fits* the curves to the thirty summers. What they
# say is easiest to read as a *return level*: the rain that comes once in so many years on average. "Once in 50 years"
# means a chance of 1 in 50 each summer; it can happen twice in a row.

# %%
from scipy.stats import genextreme, gumbel_r

NAME = "Kadewijk"
years = np.geomspace(1.05, 500, 100)
ordered = np.sort(seen[NAME])
once_in = (SUMMERS + 1) / np.arange(SUMMERS, 0, -1)  # the record of 30 summers: once in about 31
with_gumbel = gumbel_r(*gumbel_r.fit(seen[NAME])).isf(1 / years)
fitted = genextreme.fit(seen[NAME], 0, loc=seen[NAME].median(), scale=seen[NAME].std())
with_gev = genextreme(*fitted).isf(1 / years)

# %%
fig, axes = plt.subplots(figsize=(8, 4))
axes.plot(once_in, ordered, "o", color="#10222E", label="seen: thirty summers")
axes.plot(years, with_gumbel, color="#B4500B", linestyle="--", linewidth=2.5, label="Gumbel: two numbers")
axes.plot(years, with_gev, color="#00677A", linewidth=2.5, label="GEV: three numbers")
axes.axhline(sites.loc[NAME, "drain"], color="#5B7F95", linestyle=":", label="what the drains carry")
axes.set(title=f"One site, {NAME}: beyond the dots the curves part", xscale="log", ylim=0)
axes.set(xlabel="Once in so many years (years; each mark is ten times the last)", ylabel="Wettest hour (mm)")
axes.set(xticks=[1, 10, 100], xticklabels=["1", "10", "100"])
axes.legend(loc="upper left")
plt.show()

# %%
fewer = genextreme.fit(ordered[:-1], 0, loc=np.median(ordered), scale=ordered.std())
print(f"Once in 500 years: {with_gumbel[-1]:.0f} mm says Gumbel, {with_gev[-1]:.0f} mm the GEV,")
print(f"and {genextreme(*fewer).isf(1 / 500):.0f} mm the GEV if the wettest of the thirty summers is left out.")

# %% [markdown]
# Where there are dots, both curves follow them. To the right, where the money is, one or two wet summers decide which
# of them is higher. Thirty numbers are not enough to find a shape.

# %% [markdown]
# ## 8. Ask the neighbours
#
# The radar saw more than this one square. A cloudburst that fell ten kilometres away could have fallen here. So we put
# the squares around a site together, and fit one curve to all of them.
#
# There are many numbers now, and we will fit thousands of times. We take a way that is used in the study of water,
# *L-moments*: sort the values, take three averages in which the high ones count more and more, and calculate the three
# numbers from them.


# %%
from scipy.special import gamma


def fit(values):
    """Shape, place and width of the GEV for the numbers along the last axis, by L-moments."""
    ordered, many = np.sort(values, axis=-1), values.shape[-1]
    rank = np.arange(many) / (many - 1)
    mean, higher = ordered.mean(axis=-1), (rank * ordered).mean(axis=-1)
    highest = (rank * (rank * (many - 1) - 1) / (many - 2) * ordered).mean(axis=-1)
    spread, skew = 2 * higher - mean, 6 * highest - 6 * higher + mean
    bend = 2 / (3 + skew / spread) - np.log(2) / np.log(3)
    shape = 7.859 * bend + 2.9554 * bend**2
    width = spread * shape / ((1 - 2**-shape) * gamma(1 + shape))
    return shape, mean - width * (1 - gamma(1 + shape)) / shape, width


# %%
AROUND = 15  # km
middle = np.arange(KM / 2, maker.SIDE, KM)  # of each square


def neighbours(x, y):
    """The wettest hours of all squares around a place: summers, then squares."""
    near = (middle - x) ** 2 + (middle[:, None] - y) ** 2 <= AROUND**2
    return maxima[:, near]


around = {name: neighbours(site["x"], site["y"]) for name, site in sites.iterrows()}
fits = pd.DataFrame({name: fit(of.ravel()) for name, of in around.items()}, index=["shape", "place", "width"]).T
alone = pd.DataFrame(dict(zip(["shape", "place", "width"], fit(seen.to_numpy().T), strict=True)), index=sites.index)
fits.assign(once_in_50=genextreme.isf(1 / 50, *fits.to_numpy().T), record=seen.max()).astype(float).round(1)

# %% [markdown]
# A shape below zero means: the curve reaches further out than Gumbel's. `once_in_50` is in millimetres.
#
# **Exercise 2.** How much rain falls once in 25 years at Kadewijk, in mm an hour? Use the curve with the neighbours:
# `genextreme.isf(chance, *fits.loc["Kadewijk"])` gives the rain that is exceeded with that chance in a summer.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = genextreme.isf(1 / 25, *fits.loc["Kadewijk"])
print(f"{answer:.0f} mm. The drains there carry {sites.loc['Kadewijk', 'drain']} mm.")

# %% [markdown]
# ### Who is right?
#
# With real rain we would have to wait for centuries. Here the program can make more summers, at the sites alone. Let us
# look at the rain that comes once in 50 years.

# %%
many = range(1000, 1150 if SMALL else 2500)  # summers that nobody has looked at
x, y = sites["x"].to_numpy(), sites["y"].to_numpy()
to_come = np.stack([wettest_hour(maker.gauges(summer, x, y)) for summer in many])
truth = np.quantile(to_come, 1 - 1 / 50, axis=0)
guesses = {
    "The record of 30 summers": seen.max(),
    "A curve for each site alone": genextreme.isf(1 / 50, *alone.to_numpy().T),
    "A curve with the neighbours": genextreme.isf(1 / 50, *fits.to_numpy().T),
}
wrong_by = {name: np.abs(guess / truth - 1).mean() for name, guess in guesses.items()}
for name, share in wrong_by.items():
    print(f"{name}: wrong by {share:.0%} on average")

# %% [markdown]
# The neighbours help. They are not free of error: over the edge of the city, places are put together that are not quite
# alike. How far around one may ask is a judgement, and one to discuss with somebody who knows the weather there.

# %% [markdown]
# ## 9. A map
#
# Left, each square has its own curve; right, each place borrows from what is around it.

# %%
own = genextreme.isf(1 / 50, *fit(np.moveaxis(maxima, 0, -1)))
grid = np.arange(3, maker.SIDE, 6)
shared = np.array([[genextreme.isf(1 / 50, *fit(neighbours(x, y).ravel())) for x in grid] for y in grid])
enough = sites["drain"] >= genextreme.isf(1 / 50, *fits.to_numpy().T)
for name, level in [("Each square alone", own), ("With its neighbours", shared)]:
    print(f"{name}: nine in ten places from {np.quantile(level, 0.05):.0f} to {np.quantile(level, 0.95):.0f} mm")

# %%
fig, panels = plt.subplots(1, 2, figsize=(10, 4.6), sharey=True, layout="constrained")
for axes, level, title in zip(panels, [own, shared], ["Each square alone", "With its neighbours"], strict=True):
    shown = axes.imshow(level, cmap="YlGnBu", vmin=20, vmax=60, **AREA)
    axes.set(title=title, xlabel="East (km)")
panels[0].set(ylabel="North (km)")
for fine, mark, colour, label in [(True, "o", "#10222E", "drains carry it"), (False, "X", "#B4500B", "flooded")]:
    some = sites[enough == fine]
    panels[1].plot(some["x"], some["y"], mark, color=colour, markersize=9, markeredgecolor="white", label=label)
panels[1].legend(loc="lower left")
fig.colorbar(shown, ax=panels, label="Wettest hour, once in 50 years (mm)")
plt.show()

# %% [markdown]
# The left map looks exact, down to the square. Most of what it shows is where showers happened to pass. On the right
# the chance is averaged out, and what remains is the city.

# %% [markdown]
# ## 10. The result
#
# From rain to euros: go through all chances from small to large, take the rain that belongs to each, and average what
# it costs. That is the *expected damage* a year. It is not what you will pay next year, which is nothing or a great
# deal. It is what you would have to put aside each year.
#
# And how sure is it? We draw thirty summers at random from the thirty that we have, some twice and some not at all,
# and calculate everything again, many times. This is the *bootstrap*. We draw *summers*, and each brings all its
# squares with it: the squares of one summer saw the same showers and are no independent witnesses.

# %%
CHANCES = (np.arange(2000)[:, None] + 0.5) / 2000


def expected(curve, site):
    """Damage a year, in euros, for a curve (shape, place, width) or for many of them."""
    return damage(genextreme.isf(CHANCES, *curve), site).mean(axis=0)


chance = np.random.default_rng(1)
draws = chance.integers(0, SUMMERS, (100 if SMALL else 300, SUMMERS))
again = {name: fit(around[name][draws].reshape(len(draws), -1)) for name in sites.index}
ranges = pd.DataFrame({name: expected(again[name], site) for name, site in sites.iterrows()})
result = pd.DataFrame({"middle": [expected(fits.loc[name], site)[0] for name, site in sites.iterrows()]}, sites.index)
result["low"], result["high"] = ranges.quantile(0.05), ranges.quantile(0.95)
result = result.sort_values("middle")

# %%
fig, axes = plt.subplots(figsize=(8, 4.2))
axes.barh(result.index, result["middle"], color="#9CC5CF", edgecolor="#00677A")
below, above = result["middle"] - result["low"], result["high"] - result["middle"]
reach = [below.clip(0), above.clip(0)]
axes.errorbar(result["middle"], result.index, xerr=reach, fmt="none", color="#10222E", capsize=4)
axes.plot(by_record[result.index], result.index, "D", color="#B4500B", label="believing the record")
axes.set(title="What rain costs each site, with the range of 90 in 100 draws", xlabel="Expected damage (€ a year)")
axes.set(ylabel="Site (by damage)", xlim=0)
axes.legend(loc="lower right")
plt.show()

# %%
total, least, most = result["middle"].sum(), *ranges.sum(axis=1).quantile([0.05, 0.95])
worst = result.index[::-1][:3]
print(f"Rain costs the ten sites € {total:,.0f} a year together")
print(f"(between € {least:,.0f} and € {most:,.0f} in 90 of 100 draws).")
print(f"{result['middle'][worst].sum() / total:.0%} of that is at {', '.join(worst)}.")
really = sum(damage(to_come[:, at], sites.iloc[at]).mean() for at in range(len(sites)))
print(f"In the {len(many):,} summers that nobody had looked at, it is € {really:,.0f} a year.")
print(f"Believing the record said € {by_record.sum():,.0f}.")
print(f"Flooded most often: {floods.idxmax()}, {floods.max()} times in {SUMMERS} summers. Dearest: {worst[0]}.")

# %% [markdown]
# The summers that nobody had looked at are a luxury that only made-up rain affords. Our figure is nearer to theirs than
# that of the record. Theirs may still lie outside the range: the draws know how much thirty summers differ, but not
# that neighbours are not quite alike.
#
# Which sites flood *often* and which flood *dear* are two lists. A shed with small drains is wet every few years and
# costs little; a store that is flooded once in a hundred years may lead the list of euros.

# %% [markdown]
# ### What may a pond cost?
#
# The installer's pond takes 15 mm on top of what the drains carry. It lasts twenty years. Money that is saved in ten
# years is worth less than money today: at 4 % interest, € 1 a year for twenty years is worth € 13.59 today. That times
# the damage that a pond prevents in a year is what it may cost.

# %%
WORTH = sum(1 / 1.04**year for year in range(1, 21))
offers = pd.DataFrame(index=result.index[::-1], columns=["low", "middle", "high"], dtype=float)
for name in offers.index:
    site, curve = sites.loc[name], fits.loc[name]
    better = {**site, "drain": site["drain"] + 15}
    prevented = expected(again[name], site) - expected(again[name], better)
    offers.loc[name, ["low", "high"]] = WORTH * np.quantile(prevented, [0.05, 0.95])
    offers.loc[name, "middle"] = WORTH * (expected(curve, site) - expected(curve, better))[0]
offers.round(-3).astype(int)

# %% [markdown]
# Read it with the offer beside it. If the pond costs less than `low`, build it. If it costs more than `high`, do not.
# In between, more data or a cheaper measure first: a threshold at the door, pallets off the floor.
#
# **Exercise 3.** A cheaper idea for Bruglo: a second pump, which raises what the site takes from 30 to 36 mm an hour.
# What may it cost at most, in euros, if it too lasts twenty years? Take the middle: the curve `fits.loc["Bruglo"]`. A
# changed site is `sites.loc["Bruglo"].replace(30, 36)`.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
site, curve = sites.loc["Bruglo"], fits.loc["Bruglo"]
answer = WORTH * (expected(curve, site) - expected(curve, site.replace(30, 36)))[0]
print(f"At most € {answer:,.0f}.")

# %% [markdown]
# **Exercise 4.** Warmer air carries more water. Suppose each cloudburst brings 20 % more rain than in our thirty
# summers. By how many *percent* does the expected damage of all ten sites together rise? When all rain is 1.2 times as
# much, so are the place and the width of a curve; its shape stays.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
wetter = fits * [1, 1.2, 1.2]
then = sum(expected(wetter.loc[name], site)[0] for name, site in sites.iterrows())
answer = 100 * (then / total - 1)
print(f"20 % more rain, {answer:.0f} % more damage: what matters is the part above the drains.")

# %% [markdown]
# ## 11. Limits and risks
#
# - **This rain is made up.** Its showers are round, come in the afternoon, and are the same in the last summer as in
#   the first.
# - **The past is no guide.** Exercise 4 is not a game: with a warming climate a curve fitted to old summers is too low.
#   Ask the national weather service for its climate scenarios, and calculate with several.
# - **A radar does not measure rain.** It measures an echo. Hail, hills and distance deceive it, and hard rain is read
#   too low more often than too high. Take a product that was corrected with rain gauges, and see what 20 % does.
# - **Drains are more than a number.** Leaves, a high river, or the neighbour's roof decide as well. And we count one
#   flood a summer at most. Walk over the site with somebody who knows it before you sign.
# - **A chance is not a promise.** "Once in 50 years" is exceeded within twenty years with a chance of one in three.
# - **Who is warned less well.** At the edge of the city or of the radar's map, the neighbours are less like the site,
#   so its curve is less true; and a list in euros puts a full store before the people in the cellar next door, whose
#   loss is not in our table.
# - **Licence.** Radar data of weather services are often free, with a duty to name the source. Read the terms before
#   you sell what you made of them.
# - **The AI Act.** Curves that a person fits to rain are hardly what this European law is about. It becomes serious
#   when such numbers decide by themselves: about somebody's insurance, or in running drains and pumps that others
#   depend on, where a safety component may be *high-risk*, with strict duties. Ask your legal adviser.

# %% [markdown]
# ## 12. Size it on your own data
#
# How much computer do your own sites take? Most of it is reading the radar's files, which this run did not do; the rest
# grows with the squares and the summers. Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
side, summers, days = 200, 25, 92  # your numbers: km, how many, all days of June to August
looks = 288  # a day, one every five minutes
numbers = side**2 * summers * days * looks
print(f"{numbers * 4 / 1e9:,.0f} GB, of which one worker holds {side**2 * days * looks * 4 / 1e9:,.1f} GB at a time")

# %%
pieces, workers = summers, 8  # your numbers
one_worker = seconds * (1 if cluster is None else 2)  # at most what one worker takes
print(f"a summer took {one_worker / SUMMERS:.2f} s of work here, at most")
print(f"{workers} workers do {pieces} summers in {np.ceil(pieces / workers) / pieces:.0%} of the time of one, at best")

# %% [markdown]
# *At most*, because the second worker may have come while the clock ran. *At best*, because starting workers takes
# time, too, and the work is done when the slowest summer is. Twenty-five summers do not divide by eight, so some
# workers are done before the others. A worker is paid while it waits: together they cost at least as many GPU-hours as
# one.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=one_worker,  # at most, as was just said
    size=rain.size,
    unit="numbers",
    on="gpu" if arrays == "cupy" else "cpu",
    own=numbers,
    runs=4,  # how often: here for four climate scenarios
)
mine

# %% [markdown]
# If a piece does not fit into the memory of a worker, cut it smaller: a month, or a quarter of the map. Part 4 measured
# from how many GB on a core is busy for a minute; beyond that a GPU pays, if the same arrays are used many times.
# `print(mine.application())` gives the text for an application.

# %% [markdown]
# ## You have seen
#
# - thirty summers of radar cut into pieces and shared out, with one code for processor and GPU;
# - workers that are closed when the heavy part is done;
# - when a GPU pays here, by a clock that counts the copy, too;
# - why "never flooded" proves little, and how neighbours lengthen a short memory;
# - expected damage in euros a year with its range, and from it the most that a measure may cost;
# - that a little more rain is a lot more damage.
#
# **Next:** *Where do my drivers lose time?* does the same with tables instead of arrays. Before you bring your own
# sites, take *May I put this data here?*
