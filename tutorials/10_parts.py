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
# # Can a camera find the bad parts?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people who make things, inspect them or answer for complaints; a little Python helps, none is required |
#
# **At the end you have** an inspector that learnt from good parts only, that shows *where* a part is wrong, and you
# know what it saves in euros a month compared with inspection by eye, with its range.
#
# **You learn to**
#
# - find what is odd without examples of everything that can go wrong;
# - set the limit by what mistakes cost: a good part thrown away, a bad part at the customer;
# - measure speed, and notice when the camera sees another world than it learnt from.
#
# **In short.** Good parts are many and alike; bad parts are few, and the next one is bad in a new way. So learn what
# good looks like, and look at what is left over.

# %% [markdown]
# ## 1. The question, in euros
#
# A firm turns steel flanges, rings that join two pipes: **30,000 a month**, of which about **two in a hundred** have a
# defect. A bad part that reaches the customer costs **€ 100**: a complaint, a parcel, an hour of sorting. A good part
# that is thrown away costs **€ 6**.
#
# Today an inspector looks at each part while packing. In a test with 200 bad and 1,000 good parts, mixed without the
# inspector knowing, **75 %** of the bad parts were found and **0.5 %** of the good ones rejected. That is no shame:
# nobody looks closely thirty thousand times. A camera with a lamp would cost **€ 1,200 a month**, upkeep included.
# Would it pay?

# %% [markdown]
# ## 2. Load the pictures
#
# The pictures are made by a small program, `data/parts.py`, so nobody's product is in them. There are three sets:
#
# - **good parts**, to learn from: a firm has them by the thousand;
# - the **practice tray**, good and bad parts mixed, to set the limit: bad ones from a drawer, saved over a year;
# - the **exam tray**, other parts of the same kind, only for the final result.

# %%
import os
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import parts as maker

exercise = tutorial("10_parts")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test

# %%
good_parts, _, _ = maker.parts(good=500 if SMALL else 1200, bad=0, batch=0)
practice, practice_kind, practice_mask = maker.parts(good=500 if SMALL else 1500, bad=120 if SMALL else 200, batch=1)
exam, exam_kind, _ = maker.parts(good=600 if SMALL else 2000, bad=200 if SMALL else 400, batch=2)
practice_good, exam_good = practice_kind == "good", exam_kind == "good"
print(f"{len(good_parts):,} good parts to learn from, each {practice.shape[1]} by {practice.shape[2]} points")
print(f"practice tray: {practice_good.sum():,} good and {(~practice_good).sum()} bad")
print(f"exam tray: {exam_good.sum():,} good and {(~exam_good).sum()} bad")

# %% [markdown]
# To a computer a picture is a table of numbers, one for each point, from 0 (black) to 255 (white). The trays hold more
# bad parts than life does; otherwise there would be too few to count. We shall put that right when we count euros.

# %% [markdown]
# ## 3. Look before you calculate
#
# Look at parts as the inspector does. `scratch`, `dent`, `chip`, `stain` and `hole` (a hole that was not drilled) are
# the names of the defects.

# %%
bad = [np.flatnonzero(practice_kind == kind)[1] for kind in maker.KINDS]
fig, axes = plt.subplots(2, 4, figsize=(8, 4.6))
for place, number in zip(axes.flat, [0, 1, 2, *bad], strict=True):
    place.imshow(practice[number], cmap="gray", vmin=0, vmax=255)
    place.set(title=practice_kind[number], xticks=[], yticks=[])
fig.suptitle("Three good parts, and one of each defect")
plt.show()

# %% [markdown]
# Some defects jump out, others take a second look, and a few you will not find at all. Notice also that the good parts
# are not alike: one is brighter, and the rings of the cutter lie differently.
#
# **Exercise 1.** How much do *good* parts differ by the light alone? Take the average brightness of each picture in
# `good_parts`, and give the difference between the brightest and the darkest part, in steps of grey.
# `good_parts.mean(axis=(1, 2))` averages over the rows and columns of each picture.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
brightness = good_parts.mean(axis=(1, 2))
answer = brightness.max() - brightness.min()
print(f"{answer:.0f} steps of grey between good parts; a faint scratch is only ten steps off")

# %% [markdown]
# ## 4. A baseline: how different is it from the average good part?
#
# A *baseline* is the simplest way to do the job, and whatever we build has to beat it. Here: average all good parts
# into one picture, subtract it from a new part, and take the point that differs most. That number is the part's
# *score*. The higher, the odder.

# %%
average_part = good_parts.mean(axis=0)


def difference(pictures):
    """The score of each picture: its largest difference from the average good part, in steps of grey."""
    return abs(pictures - average_part).max(axis=(1, 2))


practice_difference = difference(practice)
limit = np.quantile(practice_difference[practice_good], 0.99)  # 1 good part in 100 is above this
found = practice_difference[~practice_good] > limit
print(f"If we may reject 1 good part in 100, the baseline finds {found.mean():.0%} of the bad ones.")

# %%
fig, axes = plt.subplots(figsize=(8, 3.8))
steps = np.linspace(20, 200, 46)
for kind, colour, style, label in [(True, "#5B7F95", "--", "good parts"), (False, "#B4500B", "-", "bad parts")]:
    scores = practice_difference[practice_good == kind]
    share = 100 * np.histogram(scores, steps)[0] / len(scores)
    axes.stairs(share, steps, color=colour, linestyle=style, linewidth=2.5, label=label)
axes.set(title="The baseline hardly tells good from bad", xlabel="Difference from the average part (steps of grey)")
axes.set(ylabel="Share of the parts (%)")
axes.legend()
plt.show()
for kind, share in pd.Series(found).groupby(practice_kind[~practice_good]).mean().items():
    print(f"{kind}: {share:.0%} found")

# %% [markdown]
# Only a missing hole or a large chip stands out on the right. A scratch drowns in the light, in the rings, and in the
# fraction of a point by which one part lies differently from the next. We need something that *knows* in which ways a
# good part may differ.

# %% [markdown]
# ## 5. A model: redraw it as a good part, and look at what is left
#
# *Principal component analysis* (PCA) finds the few ways in which good parts differ most: brighter on the left, rings
# shifted outward, turned by a hair. With thirty of them it can redraw any good part almost exactly: take the average
# part, add so much of the first way, so much of the second. It never saw a scratch, so it cannot draw one. What it
# cannot draw is left over.
#
# First we take out the light as a whole: each picture is divided by its own average. And we keep a quarter of the good
# parts aside, to see later how much is left over of a good part that it did *not* learn from.

# %%
from scipy.ndimage import uniform_filter
from sklearn.decomposition import PCA


def even(pictures):
    """Each picture as a row of numbers, with an average brightness of 1."""
    rows = pictures.reshape(len(pictures), -1)
    return (rows / rows.mean(axis=1, keepdims=True)).astype("float32")


# %%
quarter = len(good_parts) // 4
pca = PCA(n_components=30, svd_solver="randomized", random_state=1).fit(even(good_parts[quarter:]))


def redraw(pictures):
    return pca.inverse_transform(pca.transform(even(pictures))).reshape(pictures.shape)


kept_aside = good_parts[:quarter]
off = abs(even(kept_aside).reshape(kept_aside.shape) - redraw(kept_aside)).mean()
print(f"good parts that it did not learn from: off by {off:.1%} of the brightness on average")


# %%
scratched = bad[0]
before = even(practice[[scratched]])[0].reshape(maker.SIZE, maker.SIZE)
redrawn = redraw(practice[[scratched]])[0]
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2))
titles = ["a scratched part", "redrawn as a good part", "what is left over"]
for place, picture, title in zip(axes, [before, redrawn, before - redrawn], titles, strict=True):
    low, high = (0, 2) if title != titles[2] else (-0.3, 0.3)
    place.imshow(picture, cmap="gray", vmin=low, vmax=high)
    place.set(title=title, xticks=[], yticks=[])
plt.show()

# %% [markdown]
# On the right the rings, the sheen and the light are gone. What remains is noise, and the scratch.
#
# ## 6. Where is the defect?
#
# Two more steps make a *heat map* of it:
#
# - **Average over neighbours.** Noise differs from point to point, a defect covers several. We look twice: over 3 by 3
#   points for what is thin, over 9 by 9 for what is wide and faint.
# - **Divide by what is usual there.** At an edge more is left over, even of a good part. The good parts that we kept
#   aside say how much. So a 6 means: six times what is usual at this place.
#
# The score of a part is the hottest point of its map.


# %%
def looks(pictures):
    rest = even(pictures).reshape(pictures.shape) - redraw(pictures)
    return [uniform_filter(rest, (0, size, size)) for size in (3, 9)]


# %%
usual = [look.std(axis=0) for look in looks(kept_aside)]


def heat_map(pictures):
    """For each point of each picture: how many times more is left over than is usual there."""
    return np.max([abs(look) / spread for look, spread in zip(looks(pictures), usual, strict=True)], axis=0)


def oddness(pictures):
    """The score of each picture: the hottest point of its heat map."""
    return heat_map(pictures).max(axis=(1, 2))


# %%
fig, axes = plt.subplots(2, 5, figsize=(9, 4.2), layout="constrained")
for column, number in enumerate(bad):
    above, below = axes[:, column]
    above.imshow(practice[number], cmap="gray", vmin=0, vmax=255)
    heat = below.imshow(heat_map(practice[[number]])[0], cmap="magma", vmin=0, vmax=12)
    below.contour(practice_mask[number], [0.5], colors="#39C5F0", linewidths=1)
    above.set(title=practice_kind[number], xticks=[], yticks=[])
    below.set(xticks=[], yticks=[])
fig.colorbar(heat, ax=axes[1], label="times what is usual")
fig.suptitle("Above what the camera sees, below where it is odd; the thin blue line is the true defect")
plt.show()

# %% [markdown]
# A heat map is more than a nice picture. The inspector sees in a second whether an alarm makes sense, and the machine
# operator sees whether the same place goes wrong again and again.
#
# **Exercise 2.** How much better is this than the baseline? Do as in part 4, with `oddness` in place of `difference`:
# if we may reject 1 good part in 100 of the practice tray, what share of its bad parts is found? Give a number between
# 0 and 1. The scores are ready in `practice_odd`.

# %%
practice_odd, exam_odd = oddness(practice), oddness(exam)
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
practice_odd, exam_odd = oddness(practice), oddness(exam)
answer = (practice_odd[~practice_good] > np.quantile(practice_odd[practice_good], 0.99)).mean()
print(f"{answer:.0%} of the bad parts are found, where the baseline found {found.mean():.0%}")

# %% [markdown]
# ## 7. Where to put the limit
#
# "One in a hundred" was a guess. A low limit throws good parts away, a high one lets bad parts escape. What each costs
# we know, so let us count. Both shares are turned into a real month, in which two parts in a hundred are bad.

# %%
PARTS, BAD, ESCAPE, SCRAP, CAMERA = 30_000, 0.02, 100, 6, 1_200  # a month, share, and three times euros


def a_month(missed, rejected, scrap=SCRAP):
    """Euros a month, from the share of the bad parts that is missed and of the good parts that is rejected."""
    return PARTS * (BAD * missed * ESCAPE + (1 - BAD) * rejected * scrap)


def cost(score, good, threshold, scrap=SCRAP):
    return a_month((score[~good] <= threshold).mean(), (score[good] > threshold).mean(), scrap)


# %%
def cheapest(score, good, scrap=SCRAP):
    """The threshold that costs least a month on this tray, of two hundred spread over its scores."""
    thresholds = np.quantile(score, np.linspace(0, 1, 200))
    return min(thresholds, key=lambda threshold: cost(score, good, threshold, scrap))


# %%
threshold = cheapest(practice_odd, practice_good)
grid = np.linspace(3, 10, 200)
escapes = [a_month((practice_odd[~practice_good] <= each).mean(), 0) / 1000 for each in grid]
scrap = [a_month(0, (practice_odd[practice_good] > each).mean()) / 1000 for each in grid]
fig, axes = plt.subplots(figsize=(8, 4))
axes.stackplot(grid, escapes, scrap, colors=["#B4500B", "#9CC5CF"], labels=["bad parts escape", "good parts scrapped"])
axes.axvline(threshold, color="#10222E", linestyle="--")
axes.annotate(f"cheapest: {threshold:.1f}", (threshold, 17), (threshold + 0.2, 17))
axes.set(title="Too strict is dear, too lax is dear", xlabel="Reject a part above this score (times what is usual)")
axes.set(ylabel="Cost (€ 1,000 a month)", ylim=(0, 20), xlim=(3, 10))
axes.legend(loc=(0.67, 0.55))
plt.show()

# %%
for each in (threshold - 0.3, threshold, threshold + 0.3):
    print(f"limit {each:.1f}: € {cost(practice_odd, practice_good, each):,.0f} a month")

# %% [markdown]
# On the left nearly every part is thrown away. On the right the cost of escapes creeps up. Between them lies a valley
# that is not very sharp, which is good news: a limit that is a little off costs little.

# %% [markdown]
# ## 8. The result
#
# Now the exam tray, once, with the limits where the practice tray put them. A camera has to earn its € 1,200.

# %%
by_eye, by_difference, by_model = names = ["By eye, as today", "Camera: difference", "Camera: left over"]
exam_difference = difference(exam)
first_limit = cheapest(practice_difference, practice_good)
shares = pd.DataFrame(index=names, columns=["found", "rejected", "bad", "good", "fixed"], dtype=float)
shares.loc[by_eye] = 0.75, 0.005, 200, 1000, 0
for name, scores, limit in [(by_difference, exam_difference, first_limit), (by_model, exam_odd, threshold)]:
    above, number_good = scores > limit, exam_good.sum()
    shares.loc[name] = above[~exam_good].mean(), above[exam_good].mean(), len(exam) - number_good, number_good, CAMERA
middle = a_month(1 - shares["found"], shares["rejected"]) + shares["fixed"]
for name in names:
    print(f"{name:22} finds {shares['found'][name]:4.0%} of the bad parts, rejects", end=" ")
    print(f"{shares['rejected'][name]:5.2%} of the good ones: € {middle[name]:6,.0f} a month")

# %% [markdown]
# Would it be the same with other parts? Each share was counted on a tray, and another tray would give a slightly other
# share. We let chance fill a thousand trays of the same size and calculate each again; `binomial` counts how many parts
# of a tray come out as found when each has that chance. The test of the inspector was small as well, so it gets the
# same treatment.

# %%
chance = np.random.default_rng(1)
by_draw = {}
for name, row in shares.iterrows():
    caught = chance.binomial(int(row["bad"]), row["found"], 1000) / row["bad"]
    scrapped = chance.binomial(int(row["good"]), row["rejected"], 1000) / row["good"]
    by_draw[name] = a_month(1 - caught, scrapped) + row["fixed"]
by_draw = pd.DataFrame(by_draw)
low, high = by_draw.quantile(0.05), by_draw.quantile(0.95)

# %%
fig, axes = plt.subplots(figsize=(8, 2.8))
axes.barh(names, middle, color=["#C9D3D9", "#C9D3D9", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(middle, names, xerr=[middle - low, high - middle], fmt="none", color="#10222E", capsize=4)
axes.set(title="What bad parts cost, with the range of 90 in 100 draws", xlabel="Cost (€ a month)", xlim=0)
axes.set(ylabel="Way of inspecting")
axes.invert_yaxis()
plt.show()

# %%
saving = middle[by_eye] - middle[by_model]
least, most = (by_draw[by_eye] - by_draw[by_model]).quantile([0.05, 0.95])
print(f"Against inspection by eye, the camera saves € {saving:,.0f} a month, its own cost counted,")
print(f"between € {least:,.0f} and € {most:,.0f} in 90 of 100 draws.")

# %% [markdown]
# One number hides a lot, so ask which defects it finds. Of each kind the tray has some eighty parts, so chance alone
# can move a bar by several points.

# %%
by_kind = pd.Series(exam_odd > threshold).groupby(exam_kind).mean().drop("good").sort_values()
fig, axes = plt.subplots(figsize=(8, 3))
axes.barh(by_kind.index, 100 * by_kind, color="#00677A")
axes.set(title="What is found, by the kind of defect", xlabel="Found by the camera (% of the bad parts)", xlim=(0, 100))
axes.set(ylabel="Kind of defect")
plt.show()
print("; ".join(f"{kind}: {share:.0%}" for kind, share in by_kind.items()))

# %% [markdown]
# Missing holes and chips do not get past it. Faint scratches and shallow dents do: at 64 by 64 points a scratch can be
# thinner than a point. No calculation brings that back; a sharper camera or light from the side does. Before you tune
# a model, look at the lamp.
#
# **Exercise 3.** Suppose that the inspector looks again at each part that the camera rejects, and puts the good ones
# back. Wrongly rejecting a good part then costs € 0.50 of time in place of € 6. Choose the cheapest threshold for that
# on the practice tray, and give what a month costs on the *exam* tray, in euros, leaving out the € 1,200 for the camera
# itself. `cheapest` and `cost` take `scrap=0.5`.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
stricter = cheapest(practice_odd, practice_good, scrap=0.5)
answer = cost(exam_odd, exam_good, stricter, scrap=0.5)
print(f"€ {answer:,.0f} a month with a second look, in place of € {middle[by_model] - CAMERA:,.0f} without")
again = (exam_odd > stricter)[exam_good].mean()
print(f"the limit goes from {threshold:.1f} to {stricter:.1f}, and {again:.1%} of the good parts are looked at again")

# %% [markdown]
# Camera and inspector together beat either alone: one never tires, the other understands what it sees. It is also the
# better job: judging some ten parts an hour with the heat map beside them, instead of staring at two hundred.

# %% [markdown]
# ## 9. Is it fast enough?
#
# A second after the camera comes the flap that throws a part out, so the verdict must be there within a second. Many
# pictures at once go quicker, but the line cannot wait for two hundred parts. So measure both.

# %%
begun = time.perf_counter()
oddness(exam[:200])
in_batches = 200 / (time.perf_counter() - begun)
begun = time.perf_counter()
for number in range(50):
    oddness(exam[[number]])
one_by_one = 50 / (time.perf_counter() - begun)
print(f"{in_batches:,.0f} parts a second in batches, without a GPU")
print(f"{one_by_one:,.0f} parts a second one by one: a verdict in {1000 / one_by_one:.1f} thousandths of a second")

# %% [markdown]
# That is far quicker than the line needs. A GPU would change nothing here except the bill.

# %% [markdown]
# ## 10. The day the lamp moves
#
# The model knows good parts *under this lamp*. Somebody cleans the machine and leaves the lamp a little to one side.
# One corner of the picture now gets 8 % more light. You would not notice, and the parts are as good as ever.
#
# **Exercise 4.** Make 200 good parts under a moved lamp with `maker.parts(good=200, bad=0, batch=3, lamp=0.08)`; the
# pictures are the first of the three things that it gives. What share of them does the camera reject at `threshold`?
# Give a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
moved, _, _ = maker.parts(good=200, bad=0, batch=3, lamp=0.08)
answer = (oddness(moved) > threshold).mean()
print(f"{answer:.0%} of the good parts are rejected; under the old lamp it was {shares['rejected'][by_model]:.1%}")

# %% [markdown]
# This is called *drift*, and it announces itself: count the rejected parts of each hour, and stop to look when there
# are many more than usual. Worse is the drift that makes no alarm. So put ten parts that you know to be bad through
# the camera every week, and count how many it finds.

# %% [markdown]
# ## 11. Limits and risks
#
# - **These parts are made up.** They lie in a fixture and are all of one kind. Parts that lie loose have to be turned
#   into place first, or need a method that compares small patches (ask for *PaDiM* or *PatchCore*).
# - **A new product is a new world.** Another drill pattern is odd at each hole. Learn anew from good parts of the new
#   product, and check with bad ones before you trust it.
# - **"Good" is what you showed it.** If bad parts slipped into the good ones, it learns that they are fine. Have
#   somebody look through the pictures that it learns from.
# - **The range covers chance, not change.** It says what other trays of *these* parts would give. It does not know
#   about next year's steel, nor whether the drawer of bad parts is like the bad parts of tomorrow.
# - **People.** Keep hands, faces and badges out of the picture, or it is personal data. Rejects by shift measure people
#   as well as parts: talk with the works council before you begin. And make the inspector the one who decides; nobody
#   knows better what the customer accepts.
# - **The AI Act.** This European law puts strict duties on uses that it calls *high-risk*. Sorting parts by camera is
#   not one of them by itself. It can be one when it is a safety component, when a part that escapes can hurt somebody,
#   or when it is used to judge workers. Whoever works with it must understand what it can and cannot do (article 4).
#   Ask your legal adviser.

# %% [markdown]
# ## 12. Size it on your own data
#
# What you need from your own factory: a few hundred pictures of good parts under the lamp that you will use, a drawer
# of bad ones, and two prices. How much computer does it take? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
wide, tall, parts_a_second, learn_from = 1000, 800, 2, 500  # your numbers
larger = wide * tall / maker.SIZE**2
print(f"{wide * tall * learn_from * 4 / 1e9:.1f} GB of memory to learn, {31 * wide * tall * 4 / 1e6:,.0f} MB to keep")
print(f"about {one_by_one / larger:,.1f} parts a second on two processor cores, estimated from this run")
enough = one_by_one / larger >= parts_a_second
print("That is enough." if enough else "Too slow: cut out what matters, halve the picture, or try a GPU.")

# %% [markdown]
# Often a smaller picture is the better answer: the defect has to be a few points wide, and the rest is waste. Before
# you buy a camera, try the method on a month of your own pictures. The calculator reckons what that takes from the
# batch that was timed in part 9.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=200 / in_batches,  # what was timed, and for how much
    size=200 * maker.SIZE**2,
    unit="points",
    on="cpu",
    own=PARTS * wide * tall,
    runs=10,  # how often: here with ten settings of lamp and method
    gpus=0,  # none was used
)
mine

# %% [markdown]
# A GPU may pay with large pictures at several a second, or with a neural network in place of PCA. Then time it there,
# and put in what it took, with `on="gpu"` and `gpus=1`.

# %% [markdown]
# ## You have seen
#
# - an inspector that learnt from good parts only, and finds defects that nobody showed it;
# - a heat map that says where, so that a person can judge the alarm;
# - a limit placed by what mistakes cost, and moved when a second look is cheap;
# - a saving in euros a month with its range, counted on parts that it had never seen;
# - that a moved lamp is enough to break it, and how to notice.
#
# **Next:** pictures of your own product may be a customer's secret. Take *May I put this data here?* before you bring
# them. If the machine itself is your worry, take *When will this machine need service?*
