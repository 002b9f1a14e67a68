"""Checks of the exercises in "Where do my drivers lose time?"."""

from aif.learn import checked, close_to, same_set


@checked(
    1,
    'Keep the rows of the hour first: `lost[lost["hour"] == 8]`.',
    'Then group by section and take the mean of one column: `.groupby("section")["each"].mean()`.',
    "`idxmax()` gives the name that belongs to the largest value.",
)
def slowest_for_one_van(answer, notebook):
    lost = notebook["lost"]
    morning = lost[lost["hour"] == 8].groupby("section")
    right = morning["each"].mean().idxmax()
    traps = [
        (lost.groupby("section")["each"].mean().idxmax(), "This is over all hours. Asked is the hour 8 alone."),
        (morning["each"].mean().idxmin(), "This one costs the least time. Asked is where it is most."),
        (morning["lost"].mean().idxmax(), "This costs the *firm* the most. Asked is a single van: the column `each`."),
    ]
    return same_set(answer, right, traps=[trap for trap in traps if trap[0] != right])


@checked(
    2,
    "Add up what is lost at 16 and at 17, and divide by what is lost at all hours.",
    "`by_hour` has the hours already added up. `by_hour[[16, 17]]` picks two of them.",
    "Both sums are hours, so what you divide by matters: a share is never more than 1.",
)
def share_of_the_evening(answer, notebook):
    by_hour = notebook["year"].groupby("hour")["lost"].sum()
    all_years = notebook["lost"].groupby("hour")["lost"].sum()
    right = by_hour[[16, 17]].sum() / by_hour.sum()
    traps = [
        (by_hour[[16, 17, 18]].sum() / by_hour.sum(), "This has the hour 18 in it, which lasts until 19 o'clock."),
        (by_hour[16] / by_hour.sum(), "This is 16 to 17 o'clock only. Add the hour 17."),
        (1 - right, "This is the share of all other hours."),
        (by_hour[[16, 17]].sum() / 12, "These are hours a month. Divide by the sum over all hours of the day."),
        (all_years[[16, 17]].sum() / all_years.sum(), "This is over all four years. Use `year`."),
    ]
    return close_to(answer, right, within=0.002, traps=traps)


@checked(
    3,
    "`monthly.shift(12)` has for each month what it was a year earlier.",
    "The error of a month is what was said, divided by what came true, minus 1.",
    "Take the last twelve errors, `[-12:]`, without their signs, `.abs()`, and of those the mean.",
)
def off_without_growth(answer, notebook):
    monthly = notebook["monthly"]
    error = monthly.shift(12) / monthly - 1
    right = error[-12:].abs().mean()
    traps = [
        (error[-12:].mean(), "Errors up and down have cancelled out here. Take `.abs()` before the mean."),
        (-error[-12:].mean(), "Errors up and down have cancelled out here. Take `.abs()` before the mean."),
        (error.abs().mean(), "This is over all months that have one. Asked are the last twelve."),
        (error[-12:].abs().max(), "This is the worst month. Asked is the average."),
        ((monthly.shift(1) / monthly - 1)[-12:].abs().mean(), "This is like last *month*. Shift by 12."),
        ((monthly.shift(12) - monthly)[-12:].abs().mean(), "This is in hours. Divide by what came true."),
    ]
    return close_to(answer, right, traps=[trap for trap in traps if abs(trap[0] - right) > 0.02 * right])


@checked(
    4,
    'Make two tables, `year[year["hour"] == 8]` and the same for 10, and give both the index `["day", "section"]`.',
    "With the same index, pandas subtracts the right rows from each other; where one is missing, the result is too.",
    "Times the trips of 8 o'clock, summed, times `PRICE`, and a month is a twelfth of the year.",
)
def two_hours_later(answer, notebook):
    year, price = notebook["year"], notebook["PRICE"]
    at_8, at_10 = (year[year["hour"] == hour].set_index(["day", "section"]) for hour in (8, 10))
    saved = at_8["each"] - at_10["each"]
    right = price * (at_8["trips"] * saved).sum() / 12
    traps = [
        (12 * right, "This is what is saved in a year. A month is a twelfth of it."),
        (right / price, "These are hours. Multiply by `PRICE`."),
        (price * saved.sum() / 12, "This is for one van on each section. Multiply by the trips of 8 o'clock."),
        (price * (at_10["trips"] * saved).sum() / 12, "These are the trips of 10 o'clock. Those of 8 move."),
        (price * at_8["lost"].sum() / 12, "This is all that is lost at 8. At 10 something is lost as well."),
    ]
    return close_to(answer, right, within=0.003, traps=traps)
