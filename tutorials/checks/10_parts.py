"""Checks of the exercises in "Can a camera find the bad parts?"."""

from aif.learn import checked, close_to

PRACTICE = "This was counted on the practice tray. Asked is the exam tray."


@checked(
    1,
    "`good_parts.mean(axis=(1, 2))` gives one number for each picture: its average brightness.",
    "The brightest is the `.max()` of those numbers, the darkest their `.min()`.",
    "Subtract the `.min()` from the `.max()`, of the averages and not of the pictures.",
)
def light_alone(answer, notebook):
    pictures = notebook["good_parts"]
    each, places = pictures.mean(axis=(1, 2)), pictures.mean(axis=0)
    points = "This compares single points: a dark hole with bright steel. Average each picture first, over axis=(1, 2)."
    traps = [
        (int(pictures.max()) - int(pictures.min()), points),
        (
            places.max() - places.min(),
            "This averages all parts into one picture. Average each picture: over axis=(1, 2).",
        ),
        (each.std(), "This is the standard deviation. Asked is the brightest minus the darkest."),
        (each.max(), "This is the brightness of the brightest part. Subtract that of the darkest."),
        (each.min() - each.max(), "The other way round: the brightest minus the darkest."),
    ]
    return close_to(answer, each.max() - each.min(), traps=traps)


@checked(
    2,
    "The limit is `np.quantile(…, 0.99)` of the scores of the good parts: `practice_odd[practice_good]`.",
    "Then compare: `practice_odd[~practice_good] > limit` has true for each bad part that is found.",
    "The share is the mean of true and false, because true counts as 1 and false as 0.",
)
def found_at_one_in_a_hundred(answer, notebook):
    import numpy as np

    odd, good = notebook["practice_odd"], notebook["practice_good"]
    limit = np.quantile(odd[good], 0.99)
    right = (odd[~good] > limit).mean()
    baseline = notebook["practice_difference"]
    traps = [
        ((odd[~good] > np.quantile(odd, 0.99)).mean(), "This limit is of all parts. Take it of the good parts only."),
        (
            (odd[~good] > np.quantile(odd[good], 0.01)).mean(),
            "This limit rejects 99 in 100 good parts: 0.99, not 0.01.",
        ),
        (
            (baseline[~good] > np.quantile(baseline[good], 0.99)).mean(),
            "This is what the baseline finds. Use `practice_odd`.",
        ),
        (1 - right, "This is the share that escapes. Asked is the share that is found."),
        ((odd > limit).mean(), "This is the share of all parts. Asked is the share of the bad ones."),
        ((odd[~good] > limit).sum(), "This is how many are found. Divide by the number of bad parts."),
    ]
    return close_to(answer, right, within=0.015, traps=traps)


@checked(
    3,
    "`cheapest(practice_odd, practice_good, scrap=0.5)` gives the threshold.",
    "Hand it to `cost`, with the scores of the exam tray, `exam_odd`, and with `exam_good`.",
    "The second look is cheaper there too: `cost(exam_odd, exam_good, …, scrap=0.5)`.",
)
def with_a_second_look(answer, notebook):
    cheapest, cost = notebook["cheapest"], notebook["cost"]
    practice, exam = [(notebook[f"{tray}_odd"], notebook[f"{tray}_good"]) for tray in ("practice", "exam")]
    limit = cheapest(*practice, scrap=0.5)
    right = cost(*exam, limit, scrap=0.5)
    traps = [
        (limit, "This is the threshold. Asked is what a month costs with it, in euros."),
        (
            cost(*exam, notebook["threshold"], scrap=0.5),
            "This is the old threshold. Choose it again, with `scrap=0.5`.",
        ),
        (cost(*exam, limit), "The threshold is right. Count its cost with `scrap=0.5` too."),
        (cost(*practice, limit, scrap=0.5), PRACTICE),
        (
            cost(*exam, cheapest(*exam, scrap=0.5), scrap=0.5),
            "This threshold was chosen on the exam tray. Then it is no exam any more: choose it on the practice tray.",
        ),
        (right + notebook["CAMERA"], "This has the price of the camera in it. Asked is the cost without it."),
    ]
    return close_to(answer, right, traps=traps)


@checked(
    4,
    "`moved, _, _ = maker.parts(good=200, bad=0, batch=3, lamp=0.08)` gives the pictures.",
    "`oddness(moved)` gives their scores. A part is rejected when its score is above `threshold`.",
    "The share is the `.mean()` of that comparison.",
)
def rejected_under_a_moved_lamp(answer, notebook):
    parts, oddness, threshold = notebook["maker"].parts, notebook["oddness"], notebook["threshold"]
    rejected = oddness(parts(good=200, bad=0, batch=3, lamp=0.08)[0]) > threshold
    before = oddness(parts(good=200, bad=0, batch=3)[0]) > threshold
    traps = [
        (before.mean(), "These parts are under the old lamp. Hand over `lamp=0.08`."),
        (
            notebook["shares"]["rejected"].iloc[-1],
            "This is the exam tray, under the old lamp. Make parts with `lamp=0.08`.",
        ),
        (1 - rejected.mean(), "This is the share that passes. Asked is the share that is rejected."),
        (rejected.sum(), "This is how many parts are rejected. Divide by all of them."),
    ]
    return close_to(answer, rejected.mean(), within=0.02, traps=traps)
