"""Checks of the exercises in "When will the ship really arrive?"."""

from aif.learn import checked, close_to

_WORD, _FAIR, _OURS = 0, 2, 4  # which of the plans, whatever they are called in the learner's language


@checked(
    1,
    "Each row of `moment` is a voyage. Subtract one column from another.",
    'Later than said means that more hours were left than were said: `moment["left"] - moment["said"]`.',
    "`.median()` gives the value that half of the voyages exceed.",
)
def later_than_said(answer, notebook):
    moment, known = notebook["moment"], notebook["known"]
    late = moment["left"] - moment["said"]
    traps = [
        (-late.median(), "Here a late ship counts as negative. Subtract what was said from what was left."),
        (late.mean(), "This is the mean, which a few very late ships pull up. Asked is the median."),
        ((moment["left"] - moment["rule"]).median(), "This is later than distance divided by speed. Use `said`."),
        ((known["left"] - known["said"]).median(), "This is over all rows. Use `moment`, which has each voyage once."),
        (moment["left"].median(), "These are all hours left. Subtract those that the captain said."),
    ]
    return close_to(answer, late.median(), within=0.005, traps=traps)


@checked(
    2,
    'A voyage is inside when `left` is at least `low` and at most `high`: `.between(booked["low"], booked["high"])`.',
    "True counts as 1 and False as 0, so the mean of such a column is a share.",
    "Use `booked`, which has each voyage once.",
)
def inside_the_range(answer, notebook):
    booked, exam = notebook["booked"], notebook["exam"]
    right = _inside(booked)
    traps = [
        (1 - right, "This is the share outside. Asked is the share inside."),
        ((booked["left"] <= booked["high"]).mean(), "These are all below `high`. Those below `low` are outside too."),
        ((booked["left"] >= booked["low"]).mean(), "These are all above `low`. Those above `high` are outside too."),
        (_inside(exam), "This is over all rows of the exam. Use `booked`, which has each voyage once."),
        (right * len(booked), "This is how many are inside. Divide by how many voyages there are."),
    ]
    return close_to(answer, right, within=0.002, traps=traps)


def _inside(rows):
    return rows["left"].between(rows["low"], rows["high"]).mean()


@checked(
    3,
    "`crew` has for each plan the hours that the crew waits, a voyage in a row.",
    "Subtract those of one plan from those of the other, and add up.",
    "The exam has several months: divide by `months`.",
)
def less_waiting(answer, notebook):
    crew, ship, cost = notebook["crew"], notebook["ship"], notebook["cost"]
    word, fair, ours = (list(crew)[which] for which in (_WORD, _FAIR, _OURS))
    months = notebook["months"]
    right = (crew[word] - crew[ours]).sum() / months
    traps = [
        (-right, "Here less waiting counts as negative. Subtract the model's hours from the captain's."),
        (months * right, "This is over all months of the exam. Divide by `months`."),
        ((crew[fair] - crew[ours]).sum() / months, "This is against the captain's word *and* what is forgotten."),
        ((ship[word] - ship[ours]).sum() / months, "These are hours of ships. Asked is `crew`."),
        ((cost[word] - cost[ours]).sum() / months, "These are euros, for crews and ships. Asked are hours of crews."),
        (notebook["CREW"] * right, "These are euros. Asked are hours."),
        (crew[ours].sum() / months, "These are the hours that are left with the model. Asked is how many fewer."),
    ]
    return close_to(answer, right, within=0.005, traps=traps)
