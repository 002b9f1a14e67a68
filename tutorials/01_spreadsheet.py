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
# | **Price** | at most 0.15 GPU-hours: 60 minutes on one seventh of a GPU, rounded up. Stop sooner, pay less |
# | **For** | everyone who works with tables; you need no Python to follow, a little to change things |
#
# **At the end you have** found where a company loses money, in a table that is too long for a spreadsheet program. You
# know whether a GPU answers faster, what can go wrong, and what it would take for your own work.
#
# **You learn to**
#
# - load, clean, group and plot a table that is too long for a spreadsheet;
# - find out whether a GPU helps, before you pay for one;
# - read the time and the budget of a session, and stop it.
#
# **In short.** A GPU is a chip that does thousands of sums at the same time. It is fast where there is a lot to do at
# once. A small table is done before it gets going. So measure, and do not guess.
#
# This is the first of three steps to begin with: this tutorial, one of your own sector, and *May I put this data here?*
# You can stop after each, and go on another day.
#
# Click a grey cell and press *Shift + Enter*: it runs, and the next one is selected. A star at its left, `[*]`, means
# that it is still at work. What comes out of it stands below. Run all cells from top to bottom. You need not understand
# the code, and nothing that you do here can break anything.
#
# The first cell makes the exercises ready: they check your answers, and give a hint when you ask.

# %%
from aif.learn import tutorial

exercise = tutorial("01_spreadsheet")

# %% [markdown]
# ## The screen, in six stops
#
# - **Left**: your files. The folder is yours alone, and the same in every session.
# - **Above this page**: the buttons. The triangle runs a cell, the square stops one that takes too long.
# - **Above this page, at the right**: the name of the *kernel*, the program that remembers what your cells made.
# - **At the bottom left**: the time that is left, the budget, and how busy the GPU is.
# - **Right**: the panel. Press the line at the bottom left, and it opens.
# - **In the panel**: everything of yours that runs, each with a button that stops it.
#
# The panel has a *Tour of the screen*, too. It points at each of these in turn and works with the keyboard alone. Press
# *Escape* to leave it; the next time, it goes on where you were.

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
# The orders are made up by a small program, `data/orders.py`. They are those of a wholesaler of packaging with five
# branches, for one year. Nobody's data is in them, so you may do with them what you like.

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

# %% [markdown]
# *pandas* now reads that file. It is a library for tables: code that others have written for us. `head()` shows the
# first five rows. `price` is in euros apiece. `returned` says whether the customer sent the goods back.

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

# %% [markdown]
# So we take out what is there twice and what has no quantity. We spell each town in one way. And we add a column
# `amount`: quantity times price, in euros. The clean table is called `tidy`.

# %%
tidy = orders.drop_duplicates().dropna(subset=["quantity"])
tidy = tidy.assign(
    branch=tidy["branch"].str.strip().str.capitalize(),
    amount=tidy["quantity"] * tidy["price"],
)
lost = 1 - len(tidy) / len(orders)
print(f"{len(tidy):,} rows left ({lost:.1%} taken out), {tidy['branch'].nunique()} towns")

# %% [markdown]
# **Exercise 1.** By how many euros would the sum of all amounts have been too high with the duplicates left in?
#
# Put your calculation in place of the three dots, and run the cell. For a hint, run `exercise(1).hint()` in a cell of
# its own: the **+** above this page makes one. No idea? `exercise(1).solution()` shows one way to do it.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (orders["quantity"] * orders["price"]).sum() - tidy["amount"].sum()
print(f"€ {answer:,.0f} too much, {answer / tidy['amount'].sum():.1%} of the total")

# %% [markdown]
# ## 4. Group it: a pivot table
#
# What share of the money comes back as returned goods, for each branch? `groupby` puts the rows of each branch together
# and adds them up, as a pivot table does.

# %%
returned = tidy["amount"].where(tidy["returned"], 0)
by_branch = returned.groupby(tidy["branch"]).sum() / tidy.groupby("branch")["amount"].sum()
by_branch = by_branch.sort_values(ascending=False)
worst, others = by_branch.index[0], by_branch.iloc[1:]
print(f"{worst} gets {by_branch.iloc[0]:.1%} of its sales back, the others {others.mean():.1%} on average")

# %% [markdown]
# ## 5. Plot it: when did it begin?
#
# One line for each branch, one point for each month:

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
axes.set(title="Returned goods by branch", xlabel="Month of the year (2026)")
axes.set(ylabel="Share of sales returned (%)", ylim=0)
axes.legend()
plt.show()

# %%
rose = share[worst].diff().idxmax()
print(f"{worst}: from {share[worst][rose - 1]:.1f} % in {rose - 1} to {share[worst][rose]:.1f} % in {rose},", end=" ")
print("its largest rise from one month to the next")

# %% [markdown]
# **Exercise 2.** Which *product* comes back so often in that branch? The answer is its name, between quotation marks.

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
# How sure is that? What came back is known to the cent. What nobody knows is how much *would* have come back in a
# normal year. The other branches had good months and bad ones. So we look at all their months. Of every twenty, we
# leave out the best and the worst. What lies between we call normal.

# %%
months_of_others = share[others.index].stack() / 100
good, bad = months_of_others.quantile([0.05, 0.95])
low, high = (by_branch.iloc[0] - bad) * sales, (by_branch.iloc[0] - good) * sales
print(f"In nine of ten months the others got between {good:.1%} and {bad:.1%} of their sales back.")
print(f"So between € {low:,.0f} and € {high:,.0f} would have stayed, and € {saved:,.0f} at their average.")

# %% [markdown]
# A whole year is never all good months or all bad ones. So this range is too wide rather than too narrow. That is the
# safe side for a promise.
#
# This range is the answer to take to a meeting. It says *where* to look, not *why*: a bad batch, a new driver and a
# wrong price list look the same in this table.

# %% [markdown]
# ## 7. Limits and risks
#
# - **These orders are made up.** Each fault was put in on purpose. Real tables have faults that nobody knows of.
# - **A share is not a cause.** It went up in July. What made it go up, the table does not say. And a branch that sells
#   more of a weak product gets more back, however well it works.
# - **Branches are people's work.** A bad place on such a list can stick to a team for years. Go and look before you
#   judge, and ask the team first. Does your own table say who packed an order? Then it has personal data in it.
# - **The AI Act.** This is the European law on AI. Our sum is no case for it: the law is about systems that find out by
#   themselves how to answer. Here a person wrote down each step: add, divide, sort. It is another matter when a model
#   rates how people work. That can be *high-risk*, with strict duties. Then ask your legal adviser.

# %% [markdown]
# ## 8. And the GPU?
#
# We time the same question, from file to answer, with pandas on the processor (CPU). Where there is a GPU, we time the
# *same file of code* there, too: *cuDF* has pandas run on it. Each is timed once. Another run would come out a little
# differently, so only a clear difference counts. First we ask whether there is a GPU that can calculate. That its
# software can be loaded is not enough.

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
# ## 9. What can go wrong
#
# Three things happen to everybody. None of them breaks the computer, and each has a name.
#
# **Memory runs out.** A session has only so much room. First look at what your table takes:

# %%
held = orders.memory_usage(deep=True).sum() / 1e6
print(f"The table takes {held:,.0f} MB of memory; grouping, joining and sorting take up to {3.5 * held:,.0f} MB.")

# %% [markdown]
# Now ask for far too much, on purpose: more than a quarter of a million GB. The cell is refused with a `MemoryError`,
# and nothing else happens:

# %%
import numpy as np

try:
    np.ones(2**45)
except MemoryError as error:
    print(f"MemoryError: {error}")

# %% [markdown]
# That is the mild form. When memory fills up slowly, one of two other things happens:
#
# - **The kernel dies**, and JupyterLab says so. The session goes on. Choose *Kernel → Restart Kernel*, and run the
#   cells again from the top.
# - **The session ends.** Then your home page names it “Out of memory”, and says why: “Its programs asked for more than
#   the 4 GB of memory that this size has, and were ended at 12:52.” What to do stands beside it: “Start again with a
#   larger size, or load less data at once.”
#
# What you saved is safe in all three cases.

# %% [markdown]
# **The time runs out.** You are told 30, 15 and 5 minutes before. The last one says: “This session ends in 5 min, at
# 16:30. Save now: running cells end, and what is not saved is gone.” It has two buttons, “Save all” and “Start the next
# session”. On your home page such an end is called “Time limit reached”.
#
# **You go to lunch.** When nothing has run for a while, mostly a quarter of an hour, you are told: “Your session is
# idle”. The button “Keep it” gives you the same time again. If you do nothing, the session is stopped later, so that it
# costs no more. Home calls that “Stopped when idle”. A cell that runs for hours is not idle, even with your browser
# closed.

# %% [markdown]
# ## 10. And for us?
#
# You have timed a real piece of work. From that run, the calculator reckons what your own work would take. Put in your
# own numbers, here or in its form:

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=times.get("GPU, cuDF", times["CPU, pandas"]),
    size=len(orders),
    unit="rows",
    on="gpu" if gpu.cudf else "cpu",
    own=50_000_000,  # your numbers from here: how many rows you have
    runs=250,  # and how often: here each working day of a year
)
mine

# %% [markdown]
# It gives three figures, because nobody knows the future: *likely*, and one for when things go better or worse. Ask for
# the likely figure, and plan for the high one. Some work takes so little that you need not apply at all. That, too, is
# an answer.
#
# Below the figures it says which way to ask for time fits. It also has a text for an application. What only you know
# stands there between brackets:

# %%
print(mine.application())

# %% [markdown]
# ## 11. Stop
#
# A session costs its price as long as it runs, also while you have lunch. Your notebook saves itself every minute.
# To stop, choose *File → Hub Control Panel*. Your home page opens; press *Stop* there, and then *Stop this session*.
# What is left of your time:

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
# - the answer as an amount of money with its range, and what it does not say;
# - that only measuring tells whether a GPU helps, and that small tables do not need one;
# - what memory, time and lunch do to a session, and what each is called;
# - what your own work would take, with its range, and where to ask for it.
#
# **Next:** the tutorial of your own sector; *All tutorials* on your home page lists them. After that, *May I put this
# data here?* comes before any table of your own. Is there personal data in it? Then ask first; the contact is on every
# page of the workbench.
