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
# # When will this machine need service?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people who keep machines running, and those who pay for it; a little Python helps, none is required |
#
# **At the end you have** a rule that says when to call the mechanic, what it saves in euros a year compared with the
# maintenance calendar, and how sure you can be of that amount.
#
# **You learn to**
#
# - turn a stream of sensor readings into a table with one row a day;
# - test a prediction on machines that it has never seen;
# - choose the moment of an alarm by what mistakes cost, not by what looks accurate.
#
# **In short.** A prediction of the days left is worth nothing by itself. It becomes worth something through a decision,
# and the decision depends on two prices: that of a service too early and that of a stop too late.

# %% [markdown]
# ## 1. The question, in euros
#
# A packaging firm has forty vacuum pumps on its lines. A pump that stops in the middle of a shift costs **€ 9,000**:
# the line stands still, product is thrown away, a mechanic comes at night. A planned service costs **€ 1,500**. It has
# to be ordered **three days** ahead.
#
# Until now each pump is serviced after a fixed number of days. That is safe and dear: most pumps could have gone on for
# months. The firm has kept its sensor readings. Can they say when a pump really needs service?

# %% [markdown]
# ## 2. Load the readings
#
# The readings are made up by a small program, `data/pumps.py`. No firm's secret is in them, so you may use them as you
# like. Open the program to see how it works: because we know how these pumps wear, we can check what the method finds.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import pumps as maker

exercise = tutorial("11_service")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
readings = maker.readings(pumps=90 if SMALL else 240)
print(f"{len(readings):,} readings of {readings['pump'].nunique()} pumps, each from its overhaul until it stopped")
readings.head()

# %% [markdown]
# Each row is one reading; there are six a day. `day` counts from the overhaul. `load` says how hard the line worked.
# Vibration is measured in millimetres per second (mm/s), the current in amperes (A).
#
# Sensors drop readings. Before you calculate, ask how many are missing.

# %%
missing = readings[["load", "vibration", "temperature", "current"]].isna().mean()
print(f"Between {missing.min():.1%} and {missing.max():.1%} of the readings are missing.")

# %% [markdown]
# Two in a hundred, spread evenly: an average over a day does not suffer from that. Had one sensor been silent for
# weeks, we would have had to ask why.

# %% [markdown]
# ## 3. Look before you calculate
#
# How long does a pump last?

# %%
life = readings.groupby("pump")["day"].max() + 1
fig, axes = plt.subplots(figsize=(8, 3.5))
number, _, _ = axes.hist(life, bins=range(0, 650, 25), color="#9CC5CF", edgecolor="#00677A")
axes.axvline(life.median(), color="#10222E", linestyle="--")
axes.annotate(f"half of them within {life.median():.0f} days", (life.median() + 8, number.max() * 1.1))
axes.set(
    title="How long a pump runs after its overhaul",
    xlabel="From overhaul to stop (days)",
    ylabel="Pumps (number in each 25 days)",
)
axes.set(ylim=(0, number.max() * 1.25))
plt.show()
print(f"{(life < 100).mean():.0%} stopped within 100 days, {(life > 365).mean():.0%} ran for more than a year")

# %% [markdown]
# A few stop within 100 days, others run for more than a year. No single date is right for all of them: a calendar that
# is early enough for the weak ones wastes half the life of the strong ones.
#
# **Exercise 1.** The firm services its pumps after 150 days. What share of the pumps had stopped by then? Give a number
# between 0 and 1. `life` has the days of each pump; a comparison such as `life < 30` gives true or false for each.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (life < 150).mean()
print(f"{answer:.0%} had stopped, and {1 - answer:.0%} were serviced although they still ran")

# %% [markdown]
# Now follow two pumps to their end.

# %%
last = readings["pump"].map(life) - readings["day"]
fig, axes = plt.subplots(figsize=(8, 4))
for pump, colour, style in [(life.index[7], "#00677A", "-"), (life.index[12], "#B4500B", "--")]:
    own = readings[readings["pump"] == pump]
    smooth = own["vibration"].rolling(A_WEEK := 7 * maker.A_DAY, min_periods=1).mean()
    axes.plot(last[own.index], own["vibration"], ".", color=colour, markersize=2, alpha=0.25)
    axes.plot(last[own.index], smooth, color=colour, linestyle=style, linewidth=2.5, label=f"pump {pump}")
    print(f"pump {pump}: {smooth.iloc[A_WEEK]:.1f} mm/s in its first week, {smooth.iloc[-1]:.1f} in its last")
axes.set(title="Two pumps: readings (dots) and their average over a week (lines)", xlim=(120, 0))
axes.set(xlabel="Left until the stop (days)", ylabel="Vibration (mm/s)", ylim=0)
axes.legend()
plt.show()

# %% [markdown]
# Three things are worth seeing here, before any model:
#
# - single readings jump up and down, averages over a week do not;
# - in the last weeks vibration climbs, slowly at first and then fast;
# - the pumps differ from the start. A level that is normal for one is an alarm for the other.

# %% [markdown]
# ## 4. From readings to windows
#
# A *window* is a stretch of time that we sum up in a few numbers. Ours is the last seven days. For each pump and day we
# take the averages over its window and ask: how far is that from this pump's own first week? The numbers that describe
# a day are called *features*; they are all that the model will get to see.
#
# `groupby("pump")` matters: without it the first window of a pump would reach back into the last days of another.

# %%
SENSORS = ["load", "vibration", "temperature", "current"]
days = readings.groupby(["pump", "day"], as_index=False)[SENSORS].mean()
week = days.groupby("pump")[SENSORS].rolling(7).mean().reset_index(level=0, drop=True)
when_new = week.groupby(days["pump"]).transform("first")
spread = days.groupby("pump")["vibration"].rolling(7).std().reset_index(level=0, drop=True)

days = days[["pump", "day"]].join(week.add_suffix("_week"))
days = days.join((week - when_new).add_suffix("_since_new")).assign(vibration_spread=spread)
days["left"] = days["pump"].map(life) - days["day"]  # what we want to know
days = days.dropna()
print(f"{len(days):,} rows: one for each pump and day, {days.shape[1] - 3} features of its sensors")
days.tail(3).round(2).T

# %% [markdown]
# **Exercise 2.** Add a feature that a mechanic would ask for: *how much has the vibration risen in a week?* For each
# row of `days`, take `vibration_week` minus its own value seven rows earlier, for the same pump. The first seven rows
# of a pump have no value.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = days["vibration_week"] - days.groupby("pump")["vibration_week"].shift(7)
near = days["left"] <= 7
print(f"in the last week before a stop it rises by {answer[near].mean():.2f} mm/s on average,", end=" ")
print(f"before that by {answer[~near].mean():.2f}")

# %% [markdown]
# ## 5. Keep some pumps apart
#
# A model that has seen a pump's last days knows when that pump stops. It would shine on paper and fail in the factory.
# So we put a third of the *pumps* aside, not a third of the rows, and do not look at them until the end.
#
# - **Practice pumps:** for building the model and for choosing the moment of the alarm.
# - **Exam pumps:** only for the final result.

# %%
exam_pump = days["pump"] % 3 == 0
practice, exam = days[~exam_pump].copy(), days[exam_pump].copy()
print(f"practice: {practice['pump'].nunique()} pumps, exam: {exam['pump'].nunique()} pumps")

# %% [markdown]
# ## 6. A baseline: what does the calendar cost?
#
# A *baseline* is the simplest way to do the job. Whatever we build has to beat it. To compare rules, we play each
# pump's life again: the first alarm orders a service, which comes three days later. If the pump stops before that, the
# firm pays for a stop.

# %%
STOP, SERVICE, AHEAD = 9000, 1500, 3  # euros, euros, days


# %%
def play(rows, alarm, stop=STOP):
    """One row a pump: the days that it ran, what that cost, and the days of life that a service threw away."""
    life_of = life.reindex(rows["pump"].unique())
    serviced = (rows[alarm].groupby("pump")["day"].min() + AHEAD).reindex(life_of.index)
    stopped = ~(serviced < life_of)  # also where no alarm came
    ran = serviced.where(~stopped, life_of)
    cost = np.where(stopped, stop, SERVICE)
    return pd.DataFrame({"ran": ran, "stopped": stopped, "cost": cost, "lost": life_of - ran})


def a_year(played):
    """Euros a pump a year."""
    return 365 * played["cost"].sum() / played["ran"].sum()


# %% [markdown]
# Why *euros a year*, and not euros a pump? A rule that services each pump after a week never has a stop, and is
# ruinous. Dividing by the days that a pump ran puts both mistakes, too early and too late, on one scale.
#
# Each rule has a knob: the day on the calendar, the level of vibration. We turn it to where it costs least on the
# practice pumps.


# %%
def cheapest(rule, settings):
    """The setting of a rule that costs least on the practice pumps."""
    costs = pd.Series({setting: a_year(play(practice, rule(practice, setting))) for setting in settings})
    return costs.idxmin(), costs


def calendar(rows, day):
    return rows["day"] >= day - AHEAD


def vibration_limit(rows, limit):
    return rows["vibration_week"] > limit


# %%
day, _ = cheapest(calendar, range(60, 400, 10))
limit, _ = cheapest(vibration_limit, np.arange(2, 5, 0.1).round(1))
print(f"calendar: service after {day} days; limit: call the mechanic above {limit} mm/s")

# %% [markdown]
# ## 7. A model: how many days are left?
#
# Now the model. *Gradient boosting* builds a hundred small decision trees ("is the vibration more than 0.4 above what
# it was when new?"), each correcting the mistakes of those before it. For tables of numbers it is hard to beat, and it
# needs no GPU.
#
# We do not ask the impossible of it. A pump in good health shows no sign of *when* it will wear, so "more than 60 days"
# is one answer. And we have each practice pump predicted by a model that did not practise on it: the pumps take turns,
# in five groups. This is called *cross-validation*.

# %%
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GroupKFold, cross_val_predict

FEATURES = [name for name in days if name not in ("pump", "left")]
FAR = 60  # days: "not soon"
model = HistGradientBoostingRegressor(max_iter=100, min_samples_leaf=50, random_state=1)
target = practice["left"].clip(upper=FAR)
turns = GroupKFold(5)
practice["expected"] = cross_val_predict(model, practice[FEATURES], target, cv=turns, groups=practice["pump"])
exam["expected"] = model.fit(practice[FEATURES], target).predict(exam[FEATURES])

# %% [markdown]
# How good is it? One average hides what matters, so look at it by the days that were really left.

# %%
by_left = exam[exam["left"] <= FAR].groupby("left")["expected"].quantile([0.05, 0.5, 0.95]).unstack()
fig, axes = plt.subplots(figsize=(8, 4.5))
axes.fill_between(by_left.index, by_left[0.05], by_left[0.95], color="#9CC5CF", label="9 out of 10 predictions")
axes.plot(by_left.index, by_left[0.5], color="#00677A", linewidth=2.5, label="the middle prediction")
axes.plot([0, FAR], [0, FAR], color="#10222E", linestyle="--", label="a perfect prediction")
axes.set(title="The closer the stop, the better the model sees it", xlabel="Really left (days)")
axes.set(ylabel="Left according to the model (days)", xlim=(FAR, 0), ylim=(0, FAR + 5))
axes.legend(loc="lower left")
plt.show()

# %%
for left in (30, 14, 7):
    print(f"{left} days before the stop the middle prediction is {by_left.loc[left, 0.5]:.0f} days")
silent = (exam.groupby("pump")["expected"].min() > FAR / 2).mean()
print(f"for {silent:.0%} of the exam pumps the model never says fewer than {FAR // 2} days")

# %% [markdown]
# Read it from left to right, as time goes. Far from the stop the model says "not soon", which is all that can be said.
# In the last weeks it comes down, and in the last one it is at the dashed line. The band stays wide at the top: about
# one pump in ten stops without any warning, and for those the model goes on saying "not soon" until the end. No model
# will see what no sensor measures.

# %% [markdown]
# ## 8. From a prediction to a decision
#
# At how many days left should we call the mechanic? Three days would be enough if the model were always right. It is
# not, so we let the costs decide.


# %%
def days_left(rows, threshold):
    return rows["expected"] < threshold


threshold, costs = cheapest(days_left, range(4, 46))
fig, axes = plt.subplots(figsize=(8, 4))
axes.plot(costs.index, costs, color="#00677A", linewidth=2.5)
axes.plot(threshold, costs.min(), "o", color="#B4500B", markersize=9)
axes.annotate(f"cheapest: {threshold} days", (threshold, costs.min()), (threshold + 2, costs.min() * 0.9))
axes.set(title="Too late is dear, too early is a little dear", xlabel="Call the mechanic when this is left (days)")
axes.set(ylabel="Cost of a pump (€ a year)", ylim=0)
plt.show()
for at in (costs.index[0], threshold, costs.index[-1]):
    print(f"at {at} days left: € {costs[at]:,.0f} a year")

# %% [markdown]
# The curve is steep on the left, where pumps stop before the mechanic comes, and rises gently on the right, where life
# is thrown away. Where you are not sure, be early.

# %% [markdown]
# ## 9. The result
#
# Now the exam pumps, once, with every knob where the practice pumps put it.

# %%
rules = {
    "Wait until it stops": play(exam, exam["day"] < 0),
    f"Calendar: after {day} days": play(exam, calendar(exam, day)),
    f"Limit: above {limit} mm/s": play(exam, vibration_limit(exam, limit)),
    f"Model: below {threshold} days left": play(exam, days_left(exam, threshold)),
}
for name, played in rules.items():
    print(f"{name:30} € {a_year(played):6,.0f} a pump a year", end="; ")
    print(f"{played['stopped'].mean():4.0%} stop unplanned, {played['lost'].mean():3.0f} days of life unused")

# %% [markdown]
# Would it be the same with other pumps? We do not have other pumps, but we can draw from those that we have: take as
# many at random, some twice and some not at all, and calculate again, a thousand times. The range in which 90 of 100
# draws fall is an honest "give or take". This is called the *bootstrap*.

# %%
chance = np.random.default_rng(1)
draws = [chance.integers(0, exam["pump"].nunique(), exam["pump"].nunique()) for _ in range(200 if SMALL else 1000)]
by_draw = pd.DataFrame({name: [a_year(played.iloc[draw]) for draw in draws] for name, played in rules.items()})
low, high = by_draw.quantile(0.05), by_draw.quantile(0.95)
middle = pd.Series({name: a_year(played) for name, played in rules.items()})

# %%
fig, axes = plt.subplots(figsize=(8, 3.2))
axes.barh(middle.index, middle, color=["#C9D3D9", "#C9D3D9", "#C9D3D9", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(middle, middle.index, xerr=[middle - low, high - middle], fmt="none", color="#10222E", capsize=4)
axes.set(title="What a pump costs, with the range of 90 in 100 draws", xlabel="Cost of a pump (€ a year)", xlim=0)
axes.set(ylabel="Rule and its setting")
axes.invert_yaxis()
plt.show()

# %%
_, by_calendar, by_limit, by_model = by_draw.columns
saved = by_draw[by_calendar] - by_draw[by_model]
saving = middle[by_calendar] - middle[by_model]
least, most = saved.quantile([0.05, 0.95])
print(f"Against the calendar, the model saves € {saving:,.0f} a pump a year")
print(f"(between € {least:,.0f} and € {most:,.0f} in 90 of 100 draws).")
print(f"For forty pumps: € {40 * saving:,.0f} a year, and not less than € {40 * least:,.0f} if we are careful.")

# %% [markdown]
# We draw the *pumps*, not the days, and compare both rules on the same draw. That is why this range is narrower than
# the bars suggest: a draw with many weak pumps is bad for every rule.
#
# **Exercise 3.** Do you need a model at all? Try a rule that fits in one line: call the mechanic when
# `vibration_since_new` is above a limit. Find the cheapest limit on the practice pumps, between 0.2 and 2 mm/s in steps
# of 0.1, and give what it costs a pump a year on the *exam* pumps, in euros.

# %%
answer = ...  # your turn
exercise(3).check(answer)


# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
def own_limit(rows, rise):
    return rows["vibration_since_new"] > rise


rise, _ = cheapest(own_limit, np.arange(0.2, 2.05, 0.1))
answer = a_year(play(exam, own_limit(exam, rise)))
print(f"One line costs € {answer:,.0f}, the model € {middle[by_model]:,.0f}, the calendar € {middle[by_calendar]:,.0f}")

# %% [markdown]
# Comparing each pump with itself brings most of the gain. That happens often: the insight is in the feature, and the
# model adds the last part. Whether that part pays for a model that somebody must look after is a question for your own
# figures, and a fair answer is sometimes "no".
#
# **Exercise 4.** On another line a stop costs € 40,000, and there are no sensors yet, only a calendar. After how many
# days should a pump be serviced there? Use the practice pumps, try 20 to 390 days in steps of 10, and count the cost
# with `play(..., stop=40_000)`.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
dear = {day: a_year(play(practice, calendar(practice, day), stop=40_000)) for day in range(20, 400, 10)}
answer = min(dear, key=dear.get)
print(f"After {answer} days, where a cheaper stop allowed {day}: the dearer the stop, the earlier the service.")

# %% [markdown]
# ## 10. Limits and risks
#
# - **These pumps are made up.** They wear in the way that we programmed. Real ones have several ways to fail, and a
#   firm seldom has hundreds of complete lives, because it services before the stop. Lives that were cut short in this
#   way are called *censored*; leaving them out makes machines look weaker than they are. Ask for *survival analysis*.
# - **The model knows yesterday's factory.** After a new product, another oil or a moved sensor, it is wrong without
#   saying so. Write down each stop and each alarm, and calculate part 9 again every quarter.
# - **An alarm nobody believes is no alarm.** Show the mechanic the curve of part 3 beside it, and let the mechanic
#   decide.
# - **People.** Readings of a machine can tell who worked when, and how fast. That makes them personal data. Keep them
#   coarser than a shift where you can, and talk with the works council before you begin, not after.
# - **The AI Act.** This European law puts strict duties on uses that it calls *high-risk*. Planning maintenance is not
#   one of them by itself. It can be one when the model is a safety component: when a missed alarm can hurt somebody.
#   Then it takes more than this notebook. Ask your legal adviser.

# %% [markdown]
# ## 11. Size it on your own data
#
# What you need from your own factory: the readings, the dates on which each machine was serviced or stopped, and the
# two prices. How much computer does it take? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
import time

machines, years, readings_a_day = 40, 3, 6  # your numbers
begun = time.perf_counter()
model.fit(practice[FEATURES], target)
seconds = time.perf_counter() - begun
rows = machines * years * 365
print(f"{rows * readings_a_day * 5 * 8 / 1e6:,.0f} MB of readings, {rows:,} rows of windows")
print(f"Learning from {len(practice):,} rows took {seconds:.1f} s here, without a GPU.")

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=6 * seconds,  # five turns and a last one
    size=len(practice),
    unit="rows",
    on="cpu",
    own=rows,
    runs=4,  # how often: here once a quarter
    gpus=0,  # none was used
)
mine

# %% [markdown]
# What takes seconds on the processor needs no GPU: it would only cost budget. It may pay with readings of every second,
# or when the windows go through a neural network. Then time it there, and put in what it took, with `on="gpu"` and
# `gpus=1`.

# %% [markdown]
# ## You have seen
#
# - readings turned into windows, compared with the machine's own first week;
# - a model judged on machines that it had never seen;
# - an alarm placed by what mistakes cost: early where a stop is dear;
# - a saving in euros with its range, and a rule of one line that comes close;
# - that some stops come without warning, whatever the model.
#
# **Next:** before you bring your own readings, take *May I put this data here?* It needs an hour and spares you a
# difficult conversation.
