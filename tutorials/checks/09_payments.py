"""Checks of the exercises in "Which payments should a person look at first?"."""

from aif.learn import checked, close_to, same_table


@checked(
    1,
    "A program that calls every payment honest is right about each honest one, and wrong about each fraud.",
    "So its accuracy is the share of payments that are honest.",
    '`payments["fraud"]` is true for a fraud, `~payments["fraud"]` for an honest payment. Take the mean.',
)
def accuracy_of_doing_nothing(answer, notebook):
    share = notebook["payments"]["fraud"].mean()
    traps = [
        (share, "This is the share of frauds. It is right about the others."),
        (1, "Not quite: it is wrong about each fraud, and there are some."),
    ]
    return close_to(answer, 1 - share, within=0.0002, traps=traps)


@checked(
    2,
    "A look costs € 15 in any case. What does it bring, on average, if the probability of fraud is 0.1?",
    "It brings the probability times 80 % of € 1,000. Cost and gain are equal where that is € 15.",
    "Divide the cost of a look by what a fraud of € 1,000 saves.",
)
def where_a_look_pays(answer):
    traps = [
        (15 / 1000, "Nearly: a look in time saves 80 % of the amount, not all of it."),
        (1000 * 0.8 / 15, "The other way round: divide the cost by what is saved."),
        (0.5, "A half would be right if a needless look cost as much as a missed fraud. Here a look is much cheaper."),
        (0.8 * 15 / 1000, "The 80 % belong to the amount that is saved, not to the cost of the look."),
    ]
    return close_to(answer, 15 / (0.8 * 1000), traps=traps)


@checked(
    3,
    "`first(order, a_day=20)` gives a list of twenty a day. The order is that of the expected loss, as before.",
    "`worth(…)` tells what a list brings a month. You need it for twenty and for ten.",
    "On top means the difference: what twenty bring, less what ten bring.",
)
def a_second_analyst(answer, notebook):
    exam, first, worth = notebook["exam"], notebook["first"], notebook["worth"]
    order = exam["risk"] * exam["amount"]
    ten, twenty = worth(first(order)), worth(first(order, a_day=20))
    by_risk = worth(first(exam["risk"], a_day=20)) - worth(first(exam["risk"]))
    traps = [
        (twenty, "This is what all twenty bring. Take off what the first ten bring already."),
        (by_risk, "This is the list by probability alone. Multiply it by the amount to get the expected loss."),
        (twenty / 2 - ten, "The second ten are not worth as much as the first: take the difference of both lists."),
    ]
    return close_to(answer, twenty - ten, traps=traps)


@checked(
    4,
    "Keep the honest payments of `exam` first: those for which `fraud` is false.",
    "Whether a payment is on the list is true or false, and the mean of that is a share.",
    'Add it as a column, then `groupby("country", observed=True)`, that column, and `.mean()`.',
)
def who_waits(answer, notebook):
    exam, found = notebook["exam"], notebook["found"]
    listed = exam.assign(held=exam.index.isin(found.index))
    innocent = listed[~listed["fraud"]]

    def by_country(rows, column="held"):
        return rows.groupby("country", observed=True)[column]

    waiting = by_country(innocent).sum()
    traps = [
        (by_country(listed).mean(), "Frauds are counted, too. Keep the honest payments only."),
        (waiting, "These are numbers of payments. Divide by all honest payments of that country."),
        (
            waiting / waiting.sum(),
            "These are shares of the list. Asked is the share of each country's honest payments.",
        ),
        (100 * by_country(innocent).mean(), "These are percentages. Asked are shares, between 0 and 1."),
    ]
    return same_table(answer, by_country(innocent).mean(), traps=traps)
