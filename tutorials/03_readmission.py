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
# # Who is likely to come back to hospital?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people in care who plan, improve or pay for it, and their analysts; a little Python helps |
#
# **At the end you have** a list of patients to call after they go home, how many returns it may prevent in a year, how
# sure that is, and whether it serves one group of patients worse than another.
#
# **You learn to**
#
# - compare a model with the points score that a ward already uses;
# - check that a probability means what it says, for everybody and for each group;
# - keep a person in charge of the decision.
#
# **In short.** A model can be right on average and wrong for some. You only find out when you look at the groups one by
# one, and hiding the group from the model does not make it fair.

# %% [markdown]
# ## 1. The question
#
# A hospital sends 230 patients home each week. Some of them are back within thirty days, unplanned. That is hard on
# them, and it costs about **€ 5,000** each time. A nurse can call people in the days after: are the medicines clear, is
# there somebody at home? A call and what follows from it costs **€ 45**. There is time to call **one in five**.
#
# Whom should the nurse call? Not *who gets care*: everybody keeps what they have now. The list only says where an extra
# call is likely to help most.

# %% [markdown]
# ## 2. Load the patients
#
# No real patient is in these data. They are made up by a small program, `data/patients.py`, that says how. Real records
# of patients do **not** belong on this workbench, not even "just to try": they need an environment that is approved for
# them. The method is the same there.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import patients as maker

exercise = tutorial("03_readmission")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
patients = maker.patients(weeks=39 if SMALL else 104)
print(f"{len(patients):,} patients went home, {patients['returned'].mean():.1%} of them were back within thirty days")
patients.head()

# %% [markdown]
# `days_in` is how many days the patient stayed. `before` counts the admissions in the year before, as far as they are
# *recorded*. `haemoglobin`, the red of the blood (mmol/l), is low when somebody is anaemic. `copd` is a disease of the
# lungs. `language` is what the patient speaks best.

# %% [markdown]
# ## 3. Look before you calculate
#
# What goes together with coming back? One picture for one question: earlier admissions.

# %%
by_before = patients.groupby(patients["before"].clip(upper=5))["returned"].agg(["mean", "size"])
spread = 1.64 * np.sqrt(by_before["mean"] * (1 - by_before["mean"]) / by_before["size"])
fig, axes = plt.subplots(figsize=(8, 3.8))
axes.bar(by_before.index, 100 * by_before["mean"], yerr=100 * spread, color="#9CC5CF", edgecolor="#00677A", capsize=4)
axes.set(title="Earlier admissions and coming back (lines: the range of 90 in 100 such samples)")
axes.set(xlabel="Admissions recorded in the year before (5: five or more)", ylabel="Back within thirty days (%)")
plt.show()

# %% [markdown]
# **Exercise 1.** How many *times* as often do patients with two or more earlier admissions come back as those with
# none?
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
often = patients.loc[patients["before"] >= 2, "returned"].mean()
seldom = patients.loc[patients["before"] == 0, "returned"].mean()
answer = often / seldom
print(f"{often:.1%} against {seldom:.1%}: {answer:.1f} times as often")

# %% [markdown]
# ## 4. A baseline: the points score of the ward
#
# Many wards count points. Ours gives one point each for: 75 or older, came in as an emergency, stayed more than a week,
# two or more earlier admissions, eight or more medicines. It is quick and everybody can see why. That makes it a strong
# *baseline*: the way of working that a model has to beat.
#
# The list will be used on patients to come. So we practise on the first two thirds of the weeks and keep the last
# third, which we do not touch before the end, as an exam.

# %%
patients["points"] = (
    (patients["age"] >= 75).astype(int)
    + patients["emergency"]
    + (patients["days_in"] > 7)
    + (patients["before"] >= 2)
    + (patients["medicines"] >= 8)
)
begin_exam = patients["week"].max() * 2 // 3 + 1
practice = patients[patients["week"] < begin_exam]
exam = patients[patients["week"] >= begin_exam].copy()
print(f"practice: {len(practice):,} patients, exam: {len(exam):,}")

# %% [markdown]
# ## 5. A model that can be read
#
# *Logistic regression* gives each *feature*, each column that it may use, a weight, adds them up and turns the sum into
# a probability between 0 and 1. It is a points score, too, but the points are found in the data. We leave `language`
# out: the model shall not treat people differently for what they speak. Keep that thought; we come back to it.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = ["age", "emergency", "days_in", "before", "medicines", "lives_alone", "heart_failure", "copd", "haemoglobin"]


def fitted(features):
    """A model of `features`; scaling first makes their weights comparable."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(practice[features], practice["returned"])


model = fitted(FEATURES)
exam["risk"] = model.predict_proba(exam[FEATURES])[:, 1]

# %% [markdown]
# Would a more flexible model be better? Ask, instead of assuming. *Gradient boosting* builds many small *decision
# trees*, chains of yes-or-no questions, each of which corrects the mistakes of those before it. So it can learn bends
# and combinations that a sum of weights cannot.

# %%
from sklearn.ensemble import HistGradientBoostingClassifier

flexible = HistGradientBoostingClassifier(max_leaf_nodes=6, min_samples_leaf=100, learning_rate=0.05, random_state=1)
flexible.fit(practice[FEATURES], practice["returned"])
exam["flexible"] = flexible.predict_proba(exam[FEATURES])[:, 1]


def called(order, share=0.2):
    """True for the patients of the exam who come first, so large a share of them; ties are drawn at random."""
    ties = np.random.default_rng(1).random(len(exam))
    places = pd.DataFrame({"order": order, "ties": ties}).sort_values(["order", "ties"], ascending=False).index
    return exam.index.isin(places[: round(share * len(exam))])


# %%
lists = {"Points score": exam["points"], "Logistic regression": exam["risk"], "Gradient boosting": exam["flexible"]}
for name, order in lists.items():
    reached = called(order)[exam["returned"]].mean()
    print(f"{name:22} calls one in five, and reaches {reached:.1%} of those who come back")

# %% [markdown]
# Calling at random would reach 20 %. The two models are close to each other, and where that is so, take the one that a
# doctor can read. None reaches everybody: much of what brings people back stands in no column.

# %% [markdown]
# ## 6. Does 30 % mean 30 %?
#
# The nurse will see a probability and act on it. So it has to be true: of the patients who are given 30 %, about 30 in
# 100 should come back. A model for which that holds is called *calibrated*.


# %%
def calibration(rows, groups=8):
    """Mean probability and share that came back, in groups of equal size from low to high."""
    group = pd.qcut(rows["risk"], groups, labels=False)
    return rows.groupby(group).agg(said=("risk", "mean"), true=("returned", "mean"), size=("risk", "size"))


def draw(axes, table, label, **style):
    """What was said against what came true, with the range that chance alone would give in 90 of 100 cases."""
    spread = 1.64 * np.sqrt(table["true"] * (1 - table["true"]) / table["size"])
    axes.errorbar(100 * table["said"], 100 * table["true"], yerr=100 * spread, capsize=3, label=label, **style)


# %%
fig, axes = plt.subplots(figsize=(6.5, 5))
axes.plot([0, 60], [0, 60], color="#10222E", linestyle="--", linewidth=1, label="if it were exact")
draw(axes, calibration(exam), "logistic regression", color="#00677A", marker="o")
axes.set(title="All patients: what the model says comes true", xlabel="The model says (%)", xlim=(0, 60), ylim=(0, 60))
axes.set(ylabel="Came back (%)")
axes.legend()
plt.show()

# %% [markdown]
# **Exercise 2.** Check one step of it by hand. Take the patients of `exam` to whom the model gave more than 0.2 and at
# most 0.3. What share of them came back?

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
some = exam[(exam["risk"] > 0.2) & (exam["risk"] <= 0.3)]
answer = some["returned"].mean()
print(f"{len(some):,} patients: the model said {some['risk'].mean():.1%} on average, {answer:.1%} came back")

# %% [markdown]
# ## 7. The result
#
# How many returns does a call prevent? That is not in the data, because nobody has been called yet. It has to be
# assumed, and an assumption belongs on the table. We take *one in five of those who would come back*, and try one in
# ten and three in ten, too.

# %%
RETURN, CALL, A_YEAR = 5000, 45, 12_000  # euros, euros, patients who go home
A_YEAR_EACH = A_YEAR / len(exam)


# %%
def prevented(order, effect=0.2):
    """Returns that the calls prevent in a year, if each call prevents that share of them."""
    return effect * (called(order) & exam["returned"]).sum() * A_YEAR_EACH


calls = 0.2 * A_YEAR
for effect in (0.1, 0.2, 0.3):
    points, ours = prevented(exam["points"], effect), prevented(exam["risk"], effect)
    net = ours * RETURN - calls * CALL
    print(
        f"if {effect:.0%} are prevented: points {points:3.0f}, model {ours:3.0f} a year; worth € {net:,.0f} after costs"
    )

# %% [markdown]
# How sure is the difference between the two lists? We draw patients of the exam at random, some twice and some not at
# all, and count again, five hundred times. This is called the *bootstrap*.

# %%
reach = pd.DataFrame({name: called(exam[name]) & exam["returned"] for name in ("points", "risk")}).to_numpy(dtype=float)
chance = np.random.default_rng(1)
draws = [reach[chance.integers(0, len(reach), len(reach))].sum(axis=0) for _ in range(500)]
more = pd.DataFrame(draws, columns=["points", "risk"]).eval("risk - points") * 0.2 * A_YEAR_EACH
gain = prevented(exam["risk"]) - prevented(exam["points"])
least, most = more.quantile([0.05, 0.95])
print(f"With as many calls, the model prevents {gain:.0f} more returns a year than the points score")
print(f"(between {least:.0f} and {most:.0f} in 90 of 100 draws), if a call prevents one in five.")

# %% [markdown]
# Notice which uncertainty is the larger. Whether a call prevents one in ten or three in ten changes the result more
# than the choice of model does. So the next step is not a better model, it is a trial with calls.
#
# **Exercise 3.** The board asks: what share of the patients would the nurse have to call to reach *half* of those who
# come back? Go down the list by `risk`, highest first, until half of the returns are behind you. Give a share between 0
# and 1.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
down = exam.sort_values("risk", ascending=False)["returned"].cumsum() / exam["returned"].sum()
answer = (down < 0.5).mean()
print(f"{answer:.0%} of the patients, {answer * A_YEAR:,.0f} calls a year")

# %% [markdown]
# ## 8. Is it right for everybody?
#
# On average the probabilities are true. An average can hide two errors that cancel out. So draw the same picture for
# the groups. The model never saw the language.

# %%
fig, axes = plt.subplots(figsize=(6.5, 5))
axes.plot([0, 60], [0, 60], color="#10222E", linestyle="--", linewidth=1, label="if it were exact")
for language, colour, mark in [("Dutch", "#00677A", "o"), ("other", "#B4500B", "s")]:
    draw(axes, calibration(exam[exam["language"] == language], 5), f"language: {language}", color=colour, marker=mark)
axes.set(title="The same model, by language", xlabel="The model says (%)", xlim=(0, 60), ylim=(0, 60))
axes.set(ylabel="Came back (%)")
axes.legend()
plt.show()

# %% [markdown]
# Squares above the line are people who come back more often than the model says. It does not see them as they are. Why?
# Count the earlier admissions that are recorded.

# %%
for language, group in exam.groupby("language"):
    print(f"{language:6} {group['before'].mean():.2f} earlier admissions recorded; ", end="")
    print(f"model says {group['risk'].mean():.1%}, came back {group['returned'].mean():.1%}")

# %% [markdown]
# These patients were in hospital as often, but elsewhere, and nobody wrote it down. This feature does not measure how
# ill somebody was. It measures *what we recorded*, and we recorded less about them.
#
# **Exercise 4.** What does that do to the list? Of the patients who *came back*, which share had been called (one in
# five, by `risk`)? Give a column of two shares, one for each language.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
back = exam.assign(called=called(exam["risk"]))[exam["returned"]]
answer = back.groupby("language")["called"].mean()
print(answer.map("{:.1%}".format).to_dict())

# %% [markdown]
# Somebody with another language who will come back is much less likely to get a call. No one intended it, and no line
# of code mentions language. What happens if the model *does* see it?

# %%
exam["other"] = exam["language"] == "other"
practice = practice.assign(other=practice["language"] == "other")
exam["aware"] = fitted([*FEATURES, "other"]).predict_proba(exam[[*FEATURES, "other"]])[:, 1]
for name, label in [("points", "points score"), ("risk", "model without language"), ("aware", "model with language")]:
    reached = exam.assign(called=called(exam[name]))[exam["returned"]].groupby("language")["called"].mean()
    both = called(exam[name])[exam["returned"]].mean()
    print(f"{label:23} reaches {both:.1%} of those who come back:", end=" ")
    print(", ".join(f"{language} {share:.1%}" for language, share in reached.items()))

# %% [markdown]
# Hiding the group did not make the list fair; seeing it brings the two nearer to each other, at no cost to the whole.
# Whether it *may* be used is a question for the ethics committee and the data protection officer, with these figures in
# hand. The better remedy is to mend the data: ask every patient about admissions elsewhere, and book an interpreter.

# %% [markdown]
# ## 9. What the nurse sees
#
# A model like this can say why. Each feature adds to the sum, or takes from it, compared with the average patient.

# %%
weights = model[-1].coef_[0]
patient = exam.loc[[(exam["risk"] - 0.4).abs().idxmin()]]
parts = pd.Series(weights * model[0].transform(patient[FEATURES])[0], FEATURES).sort_values()
words = [f"{name}: {patient[name].iloc[0]}" for name in parts.index]
fig, axes = plt.subplots(figsize=(8, 3.8))
axes.barh(words, parts, color=np.where(parts > 0, "#B4500B", "#9CC5CF"), edgecolor="#10222E")
axes.axvline(0, color="#10222E", linewidth=1)
axes.set(title=f"One patient, {patient['risk'].iloc[0]:.0%}: what raises it (right) and lowers it (left)")
axes.set(xlabel="Compared with the average patient (points of the model)", ylabel="Feature and its value")
plt.show()

# %% [markdown]
# The nurse decides, and not only on paper:
#
# - the list is sorted, not cut: the nurse may call anybody, and skip anybody, with a word why;
# - those words are read every month. Where nurses and model disagree, one of them has something to learn;
# - nobody is *denied* anything for a low number;
# - it can be switched off, and everybody knows who may do that.

# %% [markdown]
# ## 10. Limits and risks
#
# - **These patients are made up.** The effects in them were chosen to show a mechanism. They say nothing about real
#   people.
# - **Prediction is not cause.** That people with many medicines come back does not mean that fewer medicines keep them
#   home.
# - **Success spoils the data.** Once calls prevent returns, the patients who were called look less at risk. Keep a
#   small group drawn at random, or the next model will unlearn what works.
# - **Medical device.** Software that helps to decide about individual patients is likely to be a medical device (EU
#   regulation 2017/745). The rules apply to what a hospital builds for itself, too, in a lighter form.
# - **The AI Act.** Where a medical device needs an assessment by an outside body, this European law counts its AI as
#   *high-risk* (Article 6). That asks for risk management, good data, human oversight and a log of what it did. Parts
#   6, 8 and 9 are the beginning of such a file.
# - **Health data** are protected in particular by the *GDPR*, the European law on data about people (Article 9). This
#   is orientation and no legal advice.

# %% [markdown]
# ## 11. Size it on your own data
#
# Not here, but in the environment that your institution has approved. How large would it be there? The calculator
# reckons it from one run that we time.

# %%
import time

patients_a_year, years, columns = 12_000, 5, 60  # your numbers
begun = time.perf_counter()
fitted(FEATURES)
seconds = time.perf_counter() - begun
print(f"{patients_a_year * years:,} patients, about {patients_a_year * years * columns * 8 / 1e6:,.0f} MB")

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=seconds,  # what was timed, and for how much
    size=len(practice) * len(FEATURES),
    unit="numbers",
    on="cpu",
    own=patients_a_year * years * columns,
    runs=12,  # how often: here the model is made anew each month
    gpus=0,  # none is needed
)
mine

# %% [markdown]
# A table of this kind needs no GPU, in any hospital. What takes time is the conversation about whom the list is for.

# %% [markdown]
# ## You have seen
#
# - a model that reaches more people than a points score with as many calls, and by how many;
# - a probability that means what it says on average, and not for everybody;
# - that hiding a group from a model does not make it fair, and that better records would;
# - a reason for each patient, and a nurse who decides;
# - that the least certain number was not in the model.
#
# **Next:** *May I put this data here?*, which every plan with data about people should begin with.
