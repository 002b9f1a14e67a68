"""Checks of the exercises in "Who is likely to come back to hospital?"."""

from aif.learn import checked, close_to, same_table


@checked(
    1,
    "You need two shares first: that of the patients with two or more, and that of those with none.",
    "The mean of `returned`, which is true or false, is the share that came back.",
    'One of them is `patients.loc[patients["before"] >= 2, "returned"].mean()`. Then divide.',
)
def times_as_often(answer, notebook):
    patients = notebook["patients"]
    often = patients.loc[patients["before"] >= 2, "returned"].mean()
    seldom = patients.loc[patients["before"] == 0, "returned"].mean()
    more = patients.loc[patients["before"] > 2, "returned"].mean()
    traps = [
        (seldom / often, "The other way round: divide the larger share by the smaller."),
        (often - seldom, "This is the difference of both shares. Times as often asks to divide them."),
        (often, "This is the share of those with two or more. Divide it by the share of those with none."),
        (more / seldom, "Two or more includes two: use >= and not >."),
        (often / patients["returned"].mean(), "This compares with all patients. Asked are those with none before."),
    ]
    return close_to(answer, often / seldom, traps=traps)


@checked(
    2,
    "Pick the patients first: two comparisons in parentheses, with `&` between them.",
    "What came true is in the column `returned`; what the model said is in `risk`.",
    "Take the mean of `returned` of the patients that you picked.",
)
def came_true(answer, notebook):
    exam = notebook["exam"]
    some = exam[(exam["risk"] > 0.2) & (exam["risk"] <= 0.3)]
    traps = [
        (some["risk"].mean(), "This is what the model said. Asked is what came true."),
        (some["returned"].sum(), "This is how many came back. Divide by how many there are in the step."),
        (len(some) / len(exam), "This is how large the step is. Asked is which share of it came back."),
        (exam.loc[exam["risk"] > 0.2, "returned"].mean(), "The upper end is missing: at most 0.3."),
    ]
    return close_to(answer, some["returned"].mean(), traps=traps)


@checked(
    3,
    'Sort first: `exam.sort_values("risk", ascending=False)`.',
    "`cumsum()` of `returned` counts the returns as you go down; divide by all returns to get a share.",
    "The mean of the comparison `… < 0.5` is the share of the patients before the middle is reached.",
)
def calls_for_half(answer, notebook):
    exam = notebook["exam"]

    def until_half(order, ascending=False):
        back = exam.loc[order.sort_values(ascending=ascending).index, "returned"].cumsum() / exam["returned"].sum()
        return (back < 0.5).mean()

    traps = [
        (until_half(exam["risk"], ascending=True), "This begins with the lowest risk. Sort with `ascending=False`."),
        (until_half(exam["risk"]) * len(exam), "This is a number of patients. Divide by all patients of the exam."),
        ((exam["risk"] > 0.5).mean(), "Half of the returns is asked, not a risk above a half."),
        (0.5, "Only calling at random would need half of the calls for half of the returns."),
    ]
    return close_to(answer, until_half(exam["risk"]), within=0.02, traps=traps)


@checked(
    4,
    "`called(exam[…])` gives true or false for each patient of the exam; add it as a column.",
    "Keep the patients who came back, and only those.",
    'Then `groupby("language")`, the column of calls, and `.mean()`.',
)
def who_got_a_call(answer, notebook):
    exam = notebook["exam"].assign(called=notebook["called"](notebook["exam"]["risk"]))

    def by_language(rows, column):
        return rows.groupby("language")[column]

    back = exam[exam["returned"]]
    came_of_called = by_language(exam[exam["called"]], "returned").mean()
    traps = [
        (by_language(exam, "called").mean(), "These are shares of all patients. Keep those who came back."),
        (by_language(back, "called").sum(), "These are numbers of calls. Take the mean, not the sum."),
        (came_of_called, "Turned round: this is how many of those who were called came back."),
        (1 - by_language(back, "called").mean(), "These are the shares that got no call."),
    ]
    return same_table(answer, by_language(back, "called").mean(), traps=traps)
