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
# # Which payments should a person look at first?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people who review payments, invoices or claims, and those who decide how; a little Python helps |
#
# **At the end you have** a list that says every morning which payments to look at first, what that list is worth in
# euros a month compared with the house rule, and a reason for each payment on it that a person can read.
#
# **You learn to**
#
# - judge a model where almost nothing is what you look for;
# - put a price on both mistakes, and let the price set the *threshold*, the probability from which a look pays;
# - explain one case, and see who carries the burden of false alarms.
#
# **In short.** Finding fraud is not about being right most of the time. It is about spending scarce attention where it
# saves the most. That takes a probability you can trust, multiplied by the money at stake.

# %% [markdown]
# ## 1. The question, in euros
#
# A small bank handles 1,600 payments a day. About four in a thousand are fraud. One analyst can look at **ten payments
# a day**; each look takes a quarter of an hour and costs **€ 15**. A fraud that is seen in time saves **80 %** of its
# amount, on average: part of the money is always gone.
#
# So far the analyst takes the largest payments to payees that the customer never paid before. It is a sensible rule. Is
# there a better list of ten?

# %% [markdown]
# ## 2. Load the payments
#
# They are made up by a small program, `data/payments.py`: no real customer is in them. Real payments say a great deal
# about people, and you would need permission to bring them here. What you learn on these carries over.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import payments as maker

exercise = tutorial("09_payments")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
DAYS = 30 if SMALL else 90
payments = maker.payments(days=DAYS)
payments.head()

# %% [markdown]
# `known_payee` says whether this customer paid this payee before, `known_device` whether the phone or computer was used
# before. `fraud` is what came out later, from customers who complained. Frauds that nobody noticed stand as honest:
# that is how it is in life, and no model can learn what nobody found.

# %%
fraud = payments["fraud"]
print(f"{len(payments):,} payments in {DAYS} days, € {payments['amount'].sum():,.0f}")
print(f"{fraud.sum():,} known frauds ({fraud.mean():.2%}), € {payments.loc[fraud, 'amount'].sum():,.0f}")

# %% [markdown]
# **Exercise 1.** Somebody offers a program that is "more than 99 % accurate". Before you buy: how accurate is a program
# that calls *every* payment honest? Give the share of payments about which it is right, to four decimals.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (~payments["fraud"]).mean()
print(f"{answer:.2%} accurate, and not one fraud found")

# %% [markdown]
# So forget accuracy. Where almost everything is honest, it only measures how honest people are. This is called
# *imbalance*, and the remedy is to ask a different question: of the ten payments on the list, how many were worth it?

# %% [markdown]
# ## 3. Look before you calculate
#
# What sets a fraud apart? Take the amounts first.

# %%
steps = np.logspace(0, 4, 33)  # from € 1 to € 10,000, each step a third more than the one before
fig, axes = plt.subplots(figsize=(8, 4))
for kind, colour, label in [(False, "#5B7F95", "honest payments"), (True, "#B4500B", "known frauds")]:
    amounts = payments.loc[fraud == kind, "amount"]
    share = 100 * np.histogram(amounts, steps)[0] / len(amounts)
    axes.stairs(share, steps, color=colour, linewidth=2.5, linestyle="-" if kind else "--", label=label)
axes.set(title="Frauds are larger, and the two overlap", xlabel="Amount (€; each mark is ten times the last)")
axes.set(xscale="log", xticks=[1, 10, 100, 1000, 10000], xticklabels=["1", "10", "100", "1,000", "10,000"])
axes.set(ylabel="Share of the payments (%)")
axes.legend()
plt.show()

# %%
large, tiny = payments["amount"] > 1000, payments["amount"] < 5
print(f"Above € 1,000: {(large & ~fraud).sum():,} honest payments and {(large & fraud).sum():,} frauds.")
print(f"Below € 5: {tiny[fraud].mean():.0%} of the frauds, and {tiny[~fraud].mean():.0%} of the honest payments.")

# %% [markdown]
# Large amounts are suspect, but there are so many honest ones that they outnumber the frauds at every amount. And on
# the far left is a bump of frauds of a few euros: thieves who try out a stolen card. Whoever looks only at large
# payments never sees that warning.

# %% [markdown]
# ## 4. What an experienced analyst looks at
#
# An analyst does not ask "is € 400 much?" but "is it much *for this customer*?". So we add that: the amount compared
# with what the customer paid on average *until then*, and the minutes since the customer's previous payment.
#
# "Until then" is essential. At the moment of the payment nobody knows what comes after it.

# %%
by_customer = payments.groupby("customer")
earlier = by_customer.cumcount()  # how many payments this customer made before this one
spent_before = by_customer["amount"].cumsum() - payments["amount"]
payments["times_usual"] = payments["amount"] / (spent_before / earlier.where(earlier > 0))
payments["minutes_since"] = by_customer["time"].diff().dt.total_seconds() / 60
payments["hour"] = payments["time"].dt.hour
payments["day"] = payments["time"].dt.floor("D")
for column in ("kind", "country"):
    payments[column] = payments[column].astype("category")
payments.groupby("fraud")[["amount", "times_usual", "minutes_since"]].median().round(1)

# %% [markdown]
# ## 5. Practise on the past, examine on what came later
#
# The list will be used tomorrow, on payments that did not exist when the model was made. So we practise on the first
# two thirds of the days and keep the last third for the exam. Drawing payments at random instead would let the model
# see the end of a thief's series and "predict" its beginning.

# %%
begin_exam = payments["day"].min() + pd.Timedelta(days=DAYS * 2 // 3)
practice = payments[payments["day"] < begin_exam]
exam = payments[payments["day"] >= begin_exam].copy()
exam_days = exam["day"].nunique()
print(f"practice: {len(practice):,} payments, {practice['fraud'].sum()} frauds")
print(f"exam:     {len(exam):,} payments, {exam['fraud'].sum()} frauds, in {exam_days} days")

# %% [markdown]
# ## 6. A baseline: the house rule
#
# A *baseline* is what we have without a model. To compare, we let each rule give every payment a number, take the ten
# highest of each day, and count what they bring: money saved minus the analyst's time.

# %%
LOOK, SAVED, A_DAY = 15, 0.80, 10  # euros a look, share of a fraud that is saved, looks a day


def first(order, a_day=A_DAY):
    """The payments of the exam that come first, so many a day."""
    return exam.assign(order=order).sort_values("order", ascending=False).groupby("day").head(a_day)


def worth(looked_at):
    """What it brings, in euros a month of 30 days."""
    saved = SAVED * looked_at.loc[looked_at["fraud"], "amount"].sum()
    return (saved - LOOK * len(looked_at)) * 30 / exam_days


# %%
lists = {
    "Largest amounts": first(exam["amount"]),
    "House rule: large, new payee": first(exam["amount"] * ~exam["known_payee"]),
}
for name, looked_at in lists.items():
    print(f"{name:29} {10 * looked_at['fraud'].mean():.1f} of 10 are fraud; € {worth(looked_at):7,.0f} a month")

# %% [markdown]
# ## 7. A model: how likely is it?
#
# *Gradient boosting* builds a hundred small *decision trees*, chains of yes-or-no questions, each of which corrects the
# mistakes of those before it. What it gives for a payment is a *probability*: 0.20 means that of a hundred such
# payments about twenty are fraud.
#
# Two things keep it a probability. Many recipes for rare events throw honest payments away, or make each fraud count a
# hundredfold; we leave the payments as they are. And we keep the trees small and the steps short: a model that learns a
# few hundred frauds by heart is very sure of itself, and often wrong.

# %%
from sklearn.ensemble import HistGradientBoostingClassifier

FEATURES = ["amount", "times_usual", "minutes_since", "hour", "kind", "country", "known_payee", "known_device"]


def fitted(features):
    cautious = {"max_leaf_nodes": 8, "min_samples_leaf": 100, "l2_regularization": 5, "learning_rate": 0.05}
    model = HistGradientBoostingClassifier(**cautious, categorical_features="from_dtype", random_state=1)
    return model.fit(practice[features], practice["fraud"])


model = fitted(FEATURES)
exam["risk"] = model.predict_proba(exam[FEATURES])[:, 1]

# %% [markdown]
# Can we trust the probability? Sort the exam's payments into groups by what the model said, and compare with what came
# true.

# %%
groups = pd.cut(exam["risk"], [0, 0.01, 0.1, 0.4, 1], labels=["below 1 %", "1 to 10 %", "10 to 40 %", "above 40 %"])
said_and_true = exam.groupby(groups, observed=True).agg(
    payments=("risk", "size"), model_says=("risk", "mean"), came_true=("fraud", "mean")
)
said_and_true.round(4)

# %% [markdown]
# The two columns on the right should tell the same story, and they do, within chance. A model for which this holds is
# called *calibrated*. Only then may its numbers be multiplied by euros.

# %% [markdown]
# ## 8. From a probability to a list
#
# Which comes first: a payment of € 40 that is fraud with a probability of 0.9, or one of € 4,000 with 0.1? The first is
# more likely fraud. The second is worth more of the analyst's time: € 36 are at stake in the first, € 400 in the
# second. Probability times amount is the *expected loss*, and that is what we sort by.
#
# **Exercise 2.** From which probability on is it worth looking at a payment of € 1,000? A look costs € 15 and saves 80
# % of the amount if it is fraud. Give the probability at which cost and gain are equal.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
answer = LOOK / (SAVED * 1000)
print(f"From {answer:.2%} on. One half, the usual threshold, would let most of that money go.")

# %%
lists["Model: likeliest first"] = first(exam["risk"])
lists["Model: largest expected loss"] = first(exam["risk"] * exam["amount"])
for name, looked_at in lists.items():
    print(f"{name:29} {10 * looked_at['fraud'].mean():.1f} of 10 are fraud; € {worth(looked_at):7,.0f} a month")

# %% [markdown]
# Compare the last two. The list with *fewer* frauds on it can bring *more* money. Counting hits is the wrong measure
# when hits differ in size.

# %% [markdown]
# ## 9. The result, and how sure it is
#
# A month has good and bad days. To see how much that matters, we draw days at random from those of the exam, some twice
# and some not at all, and calculate again, a thousand times. This is called the *bootstrap*; we report the range in
# which 90 of 100 draws fall.


# %%
def by_day(looked_at):
    """What each day of the exam brought, in euros."""
    saved = SAVED * looked_at["amount"].where(looked_at["fraud"], 0) - LOOK
    return saved.groupby(looked_at["day"]).sum()


daily = pd.DataFrame({name: by_day(looked_at) for name, looked_at in lists.items()})
chance = np.random.default_rng(1)
draws = [daily.iloc[chance.integers(0, len(daily), len(daily))].mean() * 30 for _ in range(1000)]
months = pd.DataFrame(draws)

# %%
middle, low, high = daily.mean() * 30, months.quantile(0.05), months.quantile(0.95)
fig, axes = plt.subplots(figsize=(8, 3.2))
axes.barh(middle.index, middle, color=["#C9D3D9", "#C9D3D9", "#9CC5CF", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(middle, middle.index, xerr=[middle - low, high - middle], fmt="none", color="#10222E", capsize=4)
axes.axvline(0, color="#10222E", linewidth=1)
axes.set(
    title="What ten looks a day bring, with the range of 90 in 100 draws", xlabel="Saved, less the work (€ a month)"
)
axes.set(ylabel="Rule that picks the ten")
axes.invert_yaxis()
plt.show()

# %%
_, house, _, ours = months.columns
gain = middle[ours] - middle[house]
least, most = (months[ours] - months[house]).quantile([0.05, 0.95])
print(f"With the same ten looks a day, the model's list brings € {gain:,.0f} a month more than the house rule")
print(f"(between € {least:,.0f} and € {most:,.0f} in 90 of 100 draws).")

# %% [markdown]
# How many looks are worth their money? The more you look, the less each further look finds.

# %%
looks = [1, 2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 60]
fig, axes = plt.subplots(figsize=(8, 4))
for name, order, colour, style in [
    ("Model: largest expected loss", exam["risk"] * exam["amount"], "#00677A", "-"),
    ("House rule: large, new payee", exam["amount"] * ~exam["known_payee"], "#B4500B", "--"),
]:
    axes.plot(looks, [worth(first(order, n)) for n in looks], color=colour, linestyle=style, linewidth=2.5, label=name)
axes.axvline(A_DAY, color="#10222E", linewidth=1, linestyle=":")
axes.set(title="After the first looks, each further look brings less", xlabel="Looks a day (dotted: today's ten)")
axes.set(ylabel="Saved, less the work (€ a month)")
axes.legend(loc=4)
plt.show()

# %% [markdown]
# **Exercise 3.** A second analyst would make it twenty looks a day. How many euros a month does that bring *on top of*
# the first ten, with the list by expected loss? A negative number means that it costs more than it saves. `first` takes
# `a_day=20`.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
order = exam["risk"] * exam["amount"]
answer = worth(first(order, a_day=20)) - worth(first(order))
print(f"€ {answer:,.0f} a month on top of € {worth(first(order)):,.0f}")

# %% [markdown]
# ## 10. Why is this payment on the list?
#
# "The computer says so" is no reason to hold somebody's money. For a single case we can ask the model itself: *how
# likely would you find it if this one thing were ordinary?* Each *feature*, each column that the model saw, in turn
# gets the value that is usual among honest payments. What makes the probability drop most is what put the payment on
# the list.

# %%
honest = practice[~practice["fraud"]]
measured = ("amount", "times_usual", "minutes_since", "hour")
ordinary = {name: honest[name].median() if name in measured else honest[name].mode()[0] for name in FEATURES}
found = lists["Model: largest expected loss"]
true_alarms = found[found["fraud"] & ~found["known_device"]]
case = true_alarms.loc[[(true_alarms["risk"] - 0.8).abs().idxmin()], FEATURES]
asked = pd.concat([case] * (1 + len(FEATURES)), ignore_index=True).astype({"hour": float})
for row, name in enumerate(FEATURES, start=1):
    asked.loc[row, name] = ordinary[name]
risks = model.predict_proba(asked)[:, 1]


# %%
def plain(value):
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


words = [f"{name}: {plain(case[name].iloc[0])} → {plain(ordinary[name])}" for name in FEATURES]
fig, axes = plt.subplots(figsize=(8, 3.8))
axes.barh(words, 100 * risks[1:], color="#9CC5CF", edgecolor="#00677A")
axes.axvline(100 * risks[0], color="#B4500B", linewidth=2.5)
axes.set(title=f"The model says {risks[0]:.0%} (line). What if one thing were ordinary?", xlim=(0, 100))
axes.set(xlabel="Probability of fraud, if so (%)", ylabel="Feature made ordinary (from → to)")
axes.invert_yaxis()
plt.show()
most = risks[1:].argmin()
print(f"{FEATURES[most]} counts most: were it ordinary, the model would say {risks[1 + most]:.0%}.")

# %% [markdown]
# The shortest bars are the reasons. Put them on the analyst's screen in words, "paid from a new device to a new payee",
# and the analyst can ask the customer the right question. Two warnings. Features that act together are each only part
# of the reason. And the picture explains the *model*, not the payment: it says what the model went by, not what
# happened.

# %% [markdown]
# ## 11. Who carries the false alarms?
#
# Each honest payment on the list is a customer who waits. If that always hits the same people, it is a burden on them.
# `country` deserves a look: people who pay abroad often have family there.
#
# **Exercise 4.** Of the *honest* payments of each country in `exam`, what share is on the list by expected loss? Give a
# column of three shares, one for each country. `exam.index.isin(found.index)` says which payments are on the list.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
innocent = exam.assign(held=exam.index.isin(found.index))[~exam["fraud"]]
answer = innocent.groupby("country", observed=True)["held"].mean()
print(answer.map("{:.2%}".format).to_dict())

# %% [markdown]
# What would it cost to treat all countries alike? We do not have to guess. Train a model that never sees the country,
# and compare.

# %%
without = [name for name in FEATURES if name != "country"]
blind = fitted(without).predict_proba(exam[without])[:, 1]
blind_list = first(blind * exam["amount"])


# %%
def waiting(looked_at):
    """Of 1,000 honest payments of each country: how many are on the list."""
    innocent = exam[~exam["fraud"]]
    listed = pd.Series(innocent.index.isin(looked_at.index), innocent.index)
    return (1000 * listed.groupby(innocent["country"], observed=True).mean()).round(1)


for name, looked_at in [("with the country", found), ("without it", blind_list)]:
    held = waiting(looked_at).to_dict()
    print(f"{name:17} € {worth(looked_at):7,.0f} a month; honest payments that wait, in 1,000: {held}")

# %% [markdown]
# Now it is a choice with a price on it, and not a side effect. Such a choice belongs to people who answer for it, not
# to whoever happens to write the code. Leaving a feature out does not settle it, either: other features can stand in
# for it, so measure again.

# %% [markdown]
# ## 12. Limits and risks
#
# - **These payments are made up.** Real fraud is more varied, and thieves read the news. Expect the gain to be smaller,
#   and to shrink from month to month until the model is trained anew.
# - **What you look at shapes what you know.** If only payments on the list are ever examined, the model learns from its
#   own choices and grows blind elsewhere. Draw one or two payments a day at random and look at those, too.
# - **The analyst decides.** A payment is held by a person who can say why. European data protection law (GDPR, Article
#   22) gives people a right not to be subject to decisions by a machine alone when these touch them seriously.
# - **The AI Act.** Judging whether a person is *creditworthy* is *high-risk* in this European law, with strict duties
#   (Annex III, point 5b). Detecting financial fraud is expressly excepted there. The exception ends where the score is
#   used for anything else, such as refusing an account. This is orientation and no legal advice.

# %% [markdown]
# ## 13. Size it on your own data
#
# The same method sorts invoices, claims or customs declarations. What you need: past cases with their outcome, the cost
# of a look, and what a hit saves. Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
import time

a_day, months_kept, columns = 20_000, 24, 30  # your numbers
begun = time.perf_counter()
fitted(FEATURES)
seconds = time.perf_counter() - begun
rows = a_day * months_kept * 30
print(f"{rows:,} payments, about {rows * columns * 8 / 1e9:,.1f} GB of memory")

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=seconds,  # what was timed, and for how much
    size=len(practice) * len(FEATURES),
    unit="numbers",
    on="cpu",
    own=rows * columns,
    runs=12,  # how often: here the model is trained anew each month
    gpus=0,  # none was used
)
mine

# %% [markdown]
# From some millions of rows on, a GPU may build such trees faster, for example with the library XGBoost. Time it there,
# and put in what it took, with `on="gpu"` and `gpus=1`. Before that, ask whether the last two years say more than the
# last two months: fraud of last year is often not fraud of today.

# %% [markdown]
# ## You have seen
#
# - why a program that is right in 996 of 1,000 cases can be worthless;
# - a list sorted by probability times amount, and what it brings in euros, with its range;
# - that the threshold follows from two prices, and lies far below a half;
# - a reason for one case, and the price of treating groups alike.
#
# **Next:** *May I put this data here?* Payments are personal data, and that tutorial shows what to do before the first
# row leaves your bank.
