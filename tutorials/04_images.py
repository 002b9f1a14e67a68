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
# # Can a model sort images for the specialist?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people who read images in care, and those who plan their time; a little Python helps, none is required |
#
# **At the end you have** a sorter that puts pictures on two piles, as carefully as the specialist demands, and that
# says "I do not know" in time. You know how many hours a year it frees, what it misses, and how sure both figures are.
#
# **You learn to**
#
# - let the specialist choose how many may be missed, and see what each choice costs;
# - find out for which camera, and so for which patients, the model works less well;
# - have a model hand over what it does not know.
#
# **In short.** A model that is right most of the time is of no use to a doctor. One that says how much it misses, for
# whom, and when it does not know, can be.

# %% [markdown]
# ## 1. The question, in hours
#
# Family doctors send **12,000 pictures** of skin spots a year to a dermatologist, who looks at each for **four
# minutes**. **One in ten** is suspect and needs tissue taken; the others are harmless. People wait three weeks for an
# answer, the suspect ones too.
#
# A trained nurse could answer the pictures that are clearly harmless, in **one minute** each. The dermatologist agrees
# on one condition: of a hundred suspect spots, **no more than two** may land on the nurse's pile. Can a model sort the
# pictures that well, and how many hours does that free?

# %% [markdown]
# ## 2. Load the pictures
#
# The pictures are made by a small program, `data/spots.py`: no patient is in them. Pictures of real patients do not
# belong here without permission. Most are from a *dermatoscope* (`scope`), a magnifier with its own light; a quarter
# are from the `phone` of a family doctor. For each we know what the tissue was found to be: `suspect`, or not.

# %%
import os
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import spots as maker

exercise = tutorial("04_images")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test

# %%
MANY = 1200 if SMALL else 4000
pictures, practice_camera, practice_suspect = maker.spots(MANY, batch=0)
exam_pictures, exam_camera, exam_suspect = maker.spots(MANY, batch=1)
print(f"practice: {MANY:,} pictures, {practice_suspect.sum():,} of them suspect")
print(f"exam: {MANY:,} pictures of other people, {exam_suspect.sum():,} of them suspect")

# %% [markdown]
# The model learns from the *practice* pictures. The *exam* pictures are only for the result. This archive holds more
# suspect spots than a year's mail does, three in ten, because suspect spots were kept more often. We shall count them
# back to one in ten when we count hours.

# %% [markdown]
# ## 3. Look before you calculate

# %%
fig, axes = plt.subplots(2, 4, figsize=(8, 4.6))
for row, camera in enumerate(["scope", "phone"]):
    here = practice_camera == camera
    shown = [*np.flatnonzero(here & ~practice_suspect)[:2], *np.flatnonzero(here & practice_suspect)[:2]]
    for place, number in zip(axes[row], shown, strict=True):
        place.imshow(pictures[number], cmap="gray", vmin=0, vmax=255)
        place.set(xticks=[], yticks=[])
        place.set(title=f"{camera}: {'suspect' if practice_suspect[number] else 'harmless'}")
fig.suptitle("Above from a dermatoscope, below from a phone")
plt.show()

# %% [markdown]
# Suspect spots tend to be larger, with a ragged edge and a patchy inside. None of that is certain: there are large
# harmless ones and small suspect ones. And the phone blurs just what one needs to see.

# %% [markdown]
# ## 4. Measure what a specialist looks at
#
# A neural network would learn for itself what to look at; part 6 tries how well one does that from our pictures. First
# we measure what specialists name: how wide, how ragged, how patchy, how dark. That has an advantage: you can read what
# the model goes by. The spot is where the skin is more than half as dark as the darkest part.

# %%
from scipy.ndimage import binary_erosion, gaussian_filter

FRAME = np.ones((maker.SIZE, maker.SIZE), bool)
FRAME[6:-6, 6:-6] = False  # the outer points, where there is only skin


def darkness(pictures):
    """How much darker each point is than the skin around, and the darkest tenth of each picture's middle."""
    grey = gaussian_filter(pictures / 255, (0, 0.7, 0.7))
    dark = np.median(grey[:, FRAME], axis=1)[:, None, None] - grey
    return dark, np.quantile(dark[:, 12:-12, 12:-12], 0.9, axis=(1, 2))


# %%
def measured(pictures):
    """One row a picture: width in millimetres, how ragged, how patchy and how dark the spot is."""
    dark, deep = darkness(pictures)
    spot = dark > deep[:, None, None] / 2
    area = spot.sum(axis=(1, 2))
    steps = (spot[:, 1:] != spot[:, :-1]).sum(axis=(1, 2)) + (spot[:, :, 1:] != spot[:, :, :-1]).sum(axis=(1, 2))
    inside = np.where(binary_erosion(spot, np.ones((1, 3, 3))), dark, np.nan)
    table = {"width": 2 * np.sqrt(area / np.pi) * maker.MM, "ragged": steps / np.sqrt(area)}
    return pd.DataFrame(table | {"patchy": np.nanstd(inside, axis=(1, 2)) / deep, "dark": deep})


practice, exam = measured(pictures), measured(exam_pictures)
practice.groupby(practice_suspect).mean().rename({False: "harmless", True: "suspect"}).round(2)

# %% [markdown]
# The old rule of thumb is about width: a wide spot is suspect. It will be our *baseline*, the simplest way to do the
# job, which whatever we build has to beat.
#
# **Exercise 1.** The *sensitivity* of a rule is the share of the suspect spots that it finds. What is the sensitivity
# of "wider than 4 mm is suspect", on the practice pictures? Give a number between 0 and 1. `practice["width"]` has the
# widths, `practice_suspect` says true or false for each.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (practice["width"] > 4)[practice_suspect].mean()
print(f"It finds {answer:.0%} and lets {1 - answer:.0%} pass, where the dermatologist allows 2 %.")

# %% [markdown]
# ## 5. A model: how likely is it suspect?
#
# *Logistic regression* weighs the four measures and gives a probability. The practice pictures take turns, in five
# groups: each is judged by a model that did not learn from it. This is called *cross-validation*.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

model = make_pipeline(StandardScaler(), LogisticRegression())
practice_risk = cross_val_predict(model, practice, practice_suspect, cv=5, method="predict_proba")[:, 1]
model.fit(practice, practice_suspect)
exam_risk = model.predict_proba(exam)[:, 1]
pd.Series(model[-1].coef_[0], practice.columns).to_frame("weight").round(1)

# %% [markdown]
# Each weight says how much more of that measure counts: by one *standard deviation*, which is how far pictures usually
# are from the average. All four point the way that a specialist would expect. If one did not, that would be a reason to
# stop and ask.

# %% [markdown]
# ## 6. The specialist chooses
#
# The model gives a probability; a *limit* makes two piles of it. Where the limit is, is no technical question. It says
# how many suspect spots may land on the wrong pile, and that is for the specialist to say. What we can do is show what
# each choice brings.


# %%
def limit_for(risk, suspect, sensitivity):
    """The limit above which this share of the suspect spots lies."""
    return np.quantile(risk[suspect], 1 - sensitivity)


# %%
choices = np.linspace(0.80, 1, 81)
fig, axes = plt.subplots(figsize=(8, 4))
wide = practice["width"].to_numpy()
for risk, colour, style, label in [(practice_risk, "#00677A", "-", "model"), (wide, "#B4500B", "--", "width alone")]:
    cleared = [100 * (risk <= limit_for(risk, practice_suspect, each))[~practice_suspect].mean() for each in choices]
    axes.plot(100 * choices, cleared, color=colour, linestyle=style, linewidth=2.5, label=label)
axes.axvline(98, color="#10222E", linestyle=":", label="what the dermatologist asks")
axes.set(title="The more careful, the less is cleared", xlabel="Suspect spots found (%)", ylim=(0, 100))
axes.set(ylabel="Cleared for the nurse (% of the harmless)")
axes.legend()
plt.show()

# %% [markdown]
# The line of the model lies far above that of width alone. And look at the right end: to miss *nothing at all* costs
# most of the gain.
#
# **Exercise 2.** Another specialist would allow five in a hundred to be missed: a sensitivity of 95 %. What share of
# the harmless practice pictures would then be cleared, that is left to the nurse? Use `limit_for` on `practice_risk`,
# and give a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
limit = limit_for(practice_risk, practice_suspect, 0.98)
answer = (practice_risk <= limit_for(practice_risk, practice_suspect, 0.95))[~practice_suspect].mean()
print(f"{answer:.0%} would be cleared; at 98 % it is {(practice_risk <= limit)[~practice_suspect].mean():.0%}")

# %% [markdown]
# Three more in a hundred missed, for so many fewer to look at. It is a real choice, with patients on one side and
# waiting patients on the other. We keep to 98 %.
#
# ### And a neural network?
#
# A *neural network* is given the points of each picture instead of the four measures, and has to find out for itself
# what to weigh, and how. Ours is a small one: 32 weighted sums of all points, and one of those. To keep it quick, two
# by two points become one. It is judged as the others are: each picture by a network that did not learn from it.

# %%
from sklearn.neural_network import MLPClassifier

points = pictures.reshape(MANY, 24, 2, 24, 2).mean(axis=(2, 4)).reshape(MANY, -1) / 255
network = make_pipeline(StandardScaler(), MLPClassifier(32, alpha=1, early_stopping=True, random_state=1))
begun = time.perf_counter()
network_risk = cross_val_predict(network, points, practice_suspect, cv=5, method="predict_proba")[:, 1]
print(f"five networks learned in {time.perf_counter() - begun:.0f} s")
at_98 = {}
for name, risk in {"width alone": wide, "four measures": practice_risk, "neural network": network_risk}.items():
    at_98[name] = (risk <= limit_for(risk, practice_suspect, 0.98))[~practice_suspect].mean()
    print(f"{name:15} clears {at_98[name]:.0%} of the harmless ones at a sensitivity of 98 %")

# %% [markdown]
# The network clears fewer than the four measures do. From these pictures it has to learn also what the specialist knew
# beforehand. With more pictures, or a network made for pictures, that may be otherwise; the share of the four measures
# is what it has to beat. What helps where pictures are few is *transfer learning*: begin with a network that has
# learned from millions of other pictures, and let it go on with yours. We do not show it, because no such network's
# *weights*, the numbers that it learned, are shipped with this workbench.

# %% [markdown]
# ## 7. Whom does it serve less well?
#
# An average can hide a group. Here the group is the camera; with real pictures it is also the colour of the skin, age,
# and the hospital.
#
# **Exercise 3.** With the limit below, what is the sensitivity on the *exam* pictures, for each camera? Give a table or
# a series with `scope` and `phone`. `exam_risk > limit` says who is found; `exam_camera` and `exam_suspect` say what
# each picture is.

# %%
limit = limit_for(practice_risk, practice_suspect, 0.98)
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
limit = limit_for(practice_risk, practice_suspect, 0.98)
answer = pd.Series(exam_risk > limit)[exam_suspect].groupby(exam_camera[exam_suspect]).mean()
answer.round(3).to_frame("found")

# %% [markdown]
# Suspect spots that come from a phone are missed more often. The phone blurs the ragged edge and its flash takes the
# dark away, so the model is reassured where it should not be. Three in four practice pictures are from the
# dermatoscope, so the average looked fine.
#
# A remedy: a limit of its own for each camera, so that *both* meet the dermatologist's condition on the practice
# pictures. The phone gets a stricter one, the dermatoscope a looser one. On the exam pictures chance moves each of them
# up or down by a percentage point or so.


# %%
def limits(risk, camera, suspect, sensitivity=0.98):
    """For each camera, the limit that finds this share of its suspect spots."""
    return {each: limit_for(risk[camera == each], suspect[camera == each], sensitivity) for each in np.unique(camera)}


own = limits(practice_risk, practice_camera, practice_suspect)
exam_cleared = exam_risk <= pd.Series(exam_camera).map(own).to_numpy()
by_camera = pd.DataFrame({"one limit": exam_risk > limit, "own limit": ~exam_cleared})
found = by_camera[exam_suspect].groupby(exam_camera[exam_suspect]).mean()
found.round(3)

# %% [markdown]
# ## 8. "I do not know"
#
# A model always gives an answer, also about a picture of a shoe. So we teach it to ask first: *have I seen anything
# like this?* For that we describe not the spot but the picture: its contrast, light and grain. If even the fifth most
# similar practice picture is far away, the model says "I do not know", and the specialist looks.

# %%
from sklearn.neighbors import NearestNeighbors


def quality(pictures):
    """One row a picture: contrast, brightness, how unevenly it is lit, and how much grain it has."""
    dark, deep = darkness(pictures)
    grain = np.median(abs(np.diff(pictures[:, FRAME].astype(float))), axis=1) + 1
    frame = pictures[:, FRAME]
    return np.column_stack([deep * 10, np.median(frame, 1) / 20, np.log(dark[:, FRAME].std(1)), 2 * np.log(grain)])


# %%
known = NearestNeighbors(n_neighbors=5).fit(quality(pictures))
far = np.quantile(known.kneighbors()[0][:, -1], 0.98)  # 2 in 100 practice pictures are farther from the others


def unsure(pictures):
    """True for each picture that is unlike those the model learnt from."""
    return known.kneighbors(quality(pictures))[0][:, -1] > far


print(f"It hands over {unsure(exam_pictures).mean():.1%} of the exam pictures.")

# %% [markdown]
# Then a family doctor buys a new camera: out of focus, pale, with glare. Nobody tells the hospital.

# %%
new_pictures, _, new_suspect = maker.spots(300 if SMALL else 800, batch=2, camera="new")
new_risk = model.predict_proba(measured(new_pictures))[:, 1]
print(f"Without handing over, {(new_risk > limit)[new_suspect].mean():.0%} of its suspect spots are found.")

# %% [markdown]
# **Exercise 4.** And with handing over? A suspect spot is safe when its risk is above `limit` *or* the model says that
# it does not know. What share of the suspect spots in `new_pictures` is safe? Give a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
answer = ((new_risk > limit) | unsure(new_pictures))[new_suspect].mean()
print(f"{answer:.1%} are safe: the model hands over {unsure(new_pictures).mean():.0%} of the pictures of this camera")

# %% [markdown]
# The specialist has to look at nearly every picture of that camera, as before. That is the right answer: no hours won,
# no patient lost, and a reason to call that doctor.

# %% [markdown]
# ## 9. The result
#
# Now the exam pictures, once: width alone, the model with one limit, and the model with its own limits that hands over
# what it does not know. Each had its limit set on the practice pictures, at 98 %.

# %%
A_YEAR, SUSPECT, LOOK, NURSE = 12_000, 0.10, 4, 1  # pictures, share, and twice minutes
wide_limit = limit_for(wide, practice_suspect, 0.98)
ways = {
    "Width alone": exam["width"].to_numpy() <= wide_limit,
    "Model, one limit": exam_risk <= limit,
    "Model that hands over": exam_cleared & ~unsure(exam_pictures),
}


def in_a_year(missed, cleared):
    """Suspect spots on the nurse's pile, and hours of the specialist and of the nurse, from two shares."""
    pile = A_YEAR * (SUSPECT * missed + (1 - SUSPECT) * cleared)
    return A_YEAR * SUSPECT * missed, pile * LOOK / 60, pile * NURSE / 60


# %% [markdown]
# Other pictures would give slightly other shares. So we let chance draw a thousand exams of the same size, and take the
# range in which 90 of 100 fall; `binomial` draws how many pictures of an exam are missed or cleared when each has that
# chance.

# %%
chance = np.random.default_rng(1)
results = {}
for name, cleared in ways.items():
    shares = cleared[exam_suspect].mean(), cleared[~exam_suspect].mean()
    sizes = exam_suspect.sum(), (~exam_suspect).sum()
    drawn = [chance.binomial(size, share, 1000) / size for size, share in zip(sizes, shares, strict=True)]
    results[name] = in_a_year(*shares), np.quantile(in_a_year(*drawn), [0.05, 0.95], axis=1)
    (missed, hours, _), (least, most) = results[name]
    print(f"{name:24} frees {hours:3.0f} of {A_YEAR * LOOK / 60:.0f} hours (from {least[1]:.0f} to {most[1]:.0f}),")
    print(
        f"{'':24} misses {missed:2.0f} of {A_YEAR * SUSPECT:,.0f} suspect spots (from {least[0]:.0f} to {most[0]:.0f})"
    )

# %%
fig, axes = plt.subplots(figsize=(8, 2.8))
hours = [result[0][1] for result in results.values()]
low, high = [[result[1][end][1] for result in results.values()] for end in (0, 1)]
axes.barh(list(results), hours, color=["#C9D3D9", "#C9D3D9", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(hours, list(results), xerr=np.abs([low, high] - np.array(hours)), fmt="none", color="#10222E", capsize=4)
axes.set(title="What it frees, with the range of 90 in 100 draws", xlabel="Time of the dermatologist (hours a year)")
axes.set(ylabel="Way of sorting", xlim=0)
axes.invert_yaxis()
plt.show()

# %%
(missed, freed, nurse), (least, most) = results["Model that hands over"]
print(f"It frees {freed:.0f} hours of the dermatologist a year, and takes {nurse:.0f} hours of the nurse.")
print(f"About {missed:.0f} suspect spots a year land on the nurse's pile, or {most[0]:.0f} if we are careful,")
print(f"where the dermatologist allows {0.02 * A_YEAR * SUSPECT:.0f}.")

# %% [markdown]
# Where the careful number is above what is allowed, the condition is *not proven* yet. Then set the limit at 99 % in
# place of 98, or collect more suspect spots: a limit that rests on two in a hundred of them rests on very few.
#
# And behind that number are people. What happens to the nurse's pile decides whether it is acceptable: may the nurse
# ask, and does everyone hear when to come back? Ask the dermatologist again with *this* number on the table; "two in a
# hundred" sounded smaller. On the other side stand all who now wait days instead of weeks.

# %% [markdown]
# ## 10. Limits, and when not to use it
#
# - **These spots are made up**, on skin of one light tone. On other skin the model has *no* known sensitivity. Many
#   real collections have the same gap. Test every group that you serve, and where you cannot, do not use it.
# - **Do not use it** where nobody looks at its pile, where missed spots never come to light, where the camera changes
#   without notice, or for what it was not asked: this one knows nothing of spots under a nail.
# - **"Suspect" is what somebody found.** Spots that nobody examined are not in the archive. A model learns the habits
#   of those who chose.
# - **People trust machines too soon.** After a month of good advice, eyes get tired. Put spots that are known to be
#   suspect on the nurse's pile now and then, and count which are caught.
# - **The law.** Software that helps to decide about a patient is a *medical device* (EU regulation 2017/745, MDR),
#   mostly of a class that an independent inspector, a *notified body*, looks at before it is used. As such it is
#   *high-risk* under the AI Act, the European law on AI, which asks for risk management, data of good quality, logging
#   and human oversight. This notebook is for learning, and has none of that. Pictures of patients are health data: take
#   your privacy officer and your ethics board along from the start.

# %% [markdown]
# ## 11. Size it on your own data
#
# Not here, but in the environment that your institution has approved. How many suspect spots would you need there, to
# *show* that no more than two in a hundred are missed? If you missed none at all among so many, this is what you could
# claim with 95 % confidence: such a claim is wrong at most once in twenty times.

# %%
suspects_seen = np.array([50, 150, 300, 1000])  # your numbers
for number, worst in zip(suspects_seen, 1 - 0.05 ** (1 / suspects_seen), strict=True):
    print(f"none missed of {number:5,}: the true share may still be {worst:.1%}")

# %% [markdown]
# So the scarce thing is suspect spots with a known outcome. And the computer? We time how long measuring and judging
# the exam pictures takes. The calculator reckons from that, for a year of photos of a million points each.

# %%
from aif.sizing import calculator

begun = time.perf_counter()
model.predict_proba(measured(exam_pictures))
mine = calculator(
    seconds=time.perf_counter() - begun,  # what was timed, and for how much
    size=exam_pictures.size,
    unit="points",
    on="cpu",
    own=A_YEAR * 1000 * 1000,  # your numbers from here: points in all photos
    runs=1,  # and how often: here once, for a whole year
    gpus=0,  # none is needed
)
mine

# %% [markdown]
# To sort photos you need no GPU, and the small network of part 6 learned without one. *Training* a large network on a
# hundred thousand photos is another matter. Time one round of that on a GPU, and put in what it took, with `on="gpu"`
# and the share of a GPU that you used: `gpus=1 / 7` is a seventh part.

# %% [markdown]
# ## You have seen
#
# - pictures turned into four measures that a specialist can read;
# - a limit that follows from how many may be missed, chosen by the person who answers for it;
# - an average that hid the phone, and a limit of its own that mends it;
# - a model that says "I do not know" about a camera that it never saw;
# - hours freed with their range, and the number of people that stand against them.
#
# **Next:** *Who is likely to come back to hospital?* asks the same questions of a table in place of pictures. Before
# you bring anything of a patient, take *May I put this data here?*
