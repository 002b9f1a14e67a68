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
# # What can a GPU do with my spreadsheet?
#
# | | |
# |---|---|
# | **Time** | 60 minutes, exercises included |
# | **Hardware** | Small GPU part; it also runs without a GPU |
# | **Price** | at most 0.29 GPU-hours: 2 hours on one seventh of a GPU. Stop sooner, pay less |
# | **For** | everyone who works with tables; you need no Python to follow, a little to change things |
#
# **At the end you have** loaded a table that is too long for a spreadsheet program, cleaned it, found where a company
# loses money, drawn it, and measured whether a GPU answers faster.
#
# Click a grey cell and press *Shift + Enter*: it runs, and the next one is selected. The first one makes the exercises
# ready: they check your answers, and give a hint when you ask.

# %%
from aif.learn import tutorial

exercise = tutorial("01_spreadsheet")

# %% [markdown]
# ## 1. Where am I, and how long do I have?
#
# Your notebook runs in a *session*: a piece of a computer that is yours until the time below. When the time is up the
# session ends; your files stay.

# %%
from aif import NotInASession, session
from IPython.display import display

try:
    display(session())
except NotInASession as note:
    print(note)

# %% [markdown]
# ## 2. A table that is too long for a spreadsheet
#
# The orders are made up by a small program, `data/orders.py`: a wholesaler of packaging with five branches, one year.
# Nobody's data is in it, so you may do with it what you like.

# %%
import os
import sys
import tempfile
from pathlib import Path

from data import orders as maker

SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
file = Path(tempfile.mkdtemp(), "orders.csv")
maker.write_orders(file, rows=50_000 if SMALL else 2_000_000)
print(f"{file.stat().st_size / 1e6:.0f} MB written")

# %%
import pandas as pd

orders = pd.read_csv(file, parse_dates=["date"])
print(f"{len(orders):,} rows; a spreadsheet program stops at 1,048,576")
orders.head()

# %% [markdown]
# ## 3. Clean it
#
# Real tables have rows twice, gaps, and towns spelt in two ways. Look before you calculate.

# %%
print(f"rows that are there twice: {orders.duplicated().sum():,}")
print(f"quantities missing:        {orders['quantity'].isna().sum():,}")
print(f"ways to spell five towns:  {orders['branch'].nunique()}")

# %%
tidy = orders.drop_duplicates().dropna(subset=["quantity"])
tidy = tidy.assign(
    branch=tidy["branch"].str.strip().str.capitalize(),
    amount=tidy["quantity"] * tidy["price"],
)
lost = 1 - len(tidy) / len(orders)
print(f"{len(tidy):,} rows left ({lost:.1%} taken out), {tidy['branch'].nunique()} towns")

# %% [markdown]
# **Exercise 1.** By how many euros would the total have been too high with the duplicates left in?
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (orders["quantity"] * orders["price"]).sum() - tidy["amount"].sum()
print(f"€ {answer:,.0f} too much, {answer / tidy['amount'].sum():.1%} of the total")

# %% [markdown]
# ## 4. Group it: a pivot table in one line
#
# What share of the money comes back as returned goods, for each branch?

# %%
returned = tidy["amount"].where(tidy["returned"], 0)
by_branch = returned.groupby(tidy["branch"]).sum() / tidy.groupby("branch")["amount"].sum()
by_branch = by_branch.sort_values(ascending=False)
worst, others = by_branch.index[0], by_branch.iloc[1:]
print(f"{worst} gets {by_branch.iloc[0]:.1%} of its sales back, the others {others.mean():.1%} on average")

# %% [markdown]
# ## 5. Plot it: when did it begin?

# %%
import matplotlib.pyplot as plt

month = tidy["date"].dt.to_period("M")
share = (returned.groupby([month, tidy["branch"]]).sum() / tidy.groupby([month, "branch"])["amount"].sum()) * 100
share = share.unstack()
months = share.index.to_timestamp()
fig, axes = plt.subplots(figsize=(8, 4))
for town in others.index:
    axes.plot(months, share[town], color="#5B7F95", linewidth=1, linestyle="--")
axes.plot(months, share[worst], color="#00677A", linewidth=3, marker="o", label=worst)
axes.plot([], [], color="#5B7F95", linestyle="--", label="the other branches")
axes.set(title="Returned goods by branch", xlabel="Month of 2026", ylabel="Share of sales returned (%)", ylim=0)
axes.legend()
plt.show()

# %% [markdown]
# **Exercise 2.** Which *product* is it in that branch? The answer is its name, between quotation marks.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
here = tidy[tidy["branch"] == worst]
by_product = here[here["returned"]].groupby("product")["amount"].sum() / here.groupby("product")["amount"].sum()
print((by_product.sort_values(ascending=False) * 100).round(1).astype(str) + " %")
answer = by_product.idxmax()

# %% [markdown]
# ## 6. What is it worth?
#
# If the worst branch had as few returns as the others, how much money would have stayed?

# %%
sales = tidy.loc[tidy["branch"] == worst, "amount"].sum()
normal = others.mean()
saved = (by_branch.iloc[0] - normal) * sales
print(f"Returns in {worst} at the level of the others ({normal:.1%}) would have kept € {saved:,.0f} this year.")

# %% [markdown]
# That number is the answer to take to a meeting. It says *where* to look, not *why*: a bad batch, a new driver and a
# wrong price list look the same in this table.

# %% [markdown]
# ## 7. And the GPU?
#
# The same question, from file to answer, timed twice: once with pandas on the processor (CPU), once with the *same
# file of code* started through cuDF, which runs pandas on the GPU. First we ask whether there is a GPU that can
# calculate. That its software can be imported is not enough.

# %%
from aif_kernels.selftest import examine

gpu = examine()
print(gpu.sentence)

# %%
import subprocess


def seconds(*how):
    command = [sys.executable, *how, "data/orders.py", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return float(done.stdout.split()[-1])


times = {"CPU, pandas": seconds()}
if gpu.cudf:
    times["GPU, cuDF"] = seconds("-m", "cudf.pandas")
for name, time in times.items():
    print(f"{name:12} {time:6.2f} s")

# %%
if len(times) == 2:
    cpu, fast = times.values()
    print(f"The GPU took {fast:.1f} s, the CPU {cpu:.1f} s: {cpu / fast:.1f} times as fast.")
    if fast > cpu:
        print("Below 1 means slower: for a table this small, moving it to the GPU costs more than it saves.")
else:
    print("Only the CPU was timed, because this kernel has no usable GPU with cuDF.")
    print("With one: Kernel → Change Kernel → Python GPU dataframes, and run all cells again.")

# %% [markdown]
# **Exercise 3.** Where the CPU needs less than a second, nobody waits for it, and a GPU only costs budget. How many
# rows does the CPU of this session do in one second?

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
answer = len(orders) / times["CPU, pandas"]
print(f"about {answer:,.0f} rows a second: below that, this question does not need a GPU")

# %% [markdown]
# ## 8. Stop
#
# A session costs its price as long as it runs, also while you have lunch. Your notebook saves itself every minute.
# To stop: *File → Hub Control Panel → Stop*. What is left of your time:

# %%
try:
    print(session())
except NotInASession as note:
    print(note)

# %% [markdown]
# And what is left of your project's budget. Your session is already in it, as *committed*:

# %%
from aif import AifError, allocation

try:
    display(allocation())
except AifError as note:
    print(note)

# %% [markdown]
# ## You have seen
#
# - a table of more rows than a spreadsheet takes, loaded and cleaned in a few lines;
# - a pivot table (`groupby`) and a plot that point at one branch and one month;
# - the answer as an amount of money, and what it does not say;
# - that "there is a GPU" is something to measure, and that small tables do not need one.
#
# **Next:** your own table. Drag a CSV file into the panel on the left, and change the file name in part 2. Before you
# do: is there personal data in it? Then ask first; the contact is on every page of the workbench.
