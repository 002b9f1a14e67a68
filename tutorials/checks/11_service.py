"""Checks of the exercises in "When will this machine need service?"."""

from aif.learn import checked, close_to, same_table


@checked(
    1,
    "Compare first: `life < 150` has true for each pump that had stopped by then, and false for the others.",
    "A share is the mean of true and false, because true counts as 1 and false as 0.",
    "Put parentheses around the comparison and `.mean()` behind it.",
)
def stopped_before_the_calendar(answer, notebook):
    life = notebook["life"]
    before, on_the_day = (life < 150).mean(), (life <= 150).mean()
    traps = [
        (1 - before, "This is the share that was still running. Asked is the share that had stopped."),
        (1 - on_the_day, "This is the share that was still running. Asked is the share that had stopped."),
        ((life < 150).sum(), "This is how many pumps had stopped. Divide by the number of all pumps."),
    ]
    off = close_to(answer, before, traps=traps)
    return off and close_to(answer, on_the_day) and off


@checked(
    2,
    "The value seven rows earlier is what `shift(7)` gives.",
    "`shift(7)` on the whole column reaches from one pump into the pump before it. Group by pump first.",
    'Take `days.groupby("pump")["vibration_week"]`, shift that, and subtract it from the column.',
)
def rise_in_a_week(answer, notebook):
    days = notebook["days"]
    now, of_pump = days["vibration_week"], days.groupby("pump")["vibration_week"]
    traps = [
        (now.diff(7), "The first days of a pump are compared with the last days of the pump before it. Group by pump."),
        (of_pump.shift(7) - now, "The other way round: take today's value, and subtract the one of a week ago."),
        (now - of_pump.shift(-7), "This looks a week ahead, and on the day of the alarm nobody can. Shift by +7."),
        (of_pump.diff(), "This is the rise since yesterday. Asked is the rise since seven rows ago."),
        (of_pump.shift(7), "This is the value of a week ago. Subtract it from the value of today."),
    ]
    return same_table(answer, now - of_pump.shift(7), traps=traps)


@checked(
    3,
    "Write a rule as `vibration_limit` has it, on the column `vibration_since_new`.",
    "`cheapest(rule, settings)` gives the limit. Its second result has the costs on the practice pumps: not those.",
    "Put the limit into `play(exam, …)`, and what that gives into `a_year(…)`.",
)
def what_one_line_costs(answer, notebook):
    play, a_year = notebook["play"], notebook["a_year"]
    practice, exam = notebook["practice"], notebook["exam"]
    limits = [round(0.2 + 0.1 * step, 1) for step in range(19)]

    def costs(rows):
        return {limit: a_year(play(rows, rows["vibration_since_new"] > limit)) for limit in limits}

    by_practice, by_exam = costs(practice), costs(exam)
    limit = min(by_practice, key=by_practice.get)
    cheated = (
        "This limit was chosen on the exam pumps. Then they are no exam any more: choose it on the practice pumps."
    )
    traps = [
        (
            min(by_practice.values()),
            "This is what it costs on the practice pumps. Asked is the cost on the exam pumps.",
        ),
        (min(by_exam.values()), cheated),
        (limit, "This is the limit, in mm/s. Asked is what a pump costs a year with it, in euros."),
    ]
    return close_to(answer, by_exam[limit], within=0.02, traps=traps)


@checked(
    4,
    "Calculate the cost for one calendar first: `a_year(play(practice, calendar(practice, 100), stop=40_000))`.",
    "Do that for each number of days in `range(20, 400, 10)`, and keep the results beside the days.",
    "`min(costs, key=costs.get)` gives the days for which a dictionary `costs` holds the least.",
)
def calendar_where_a_stop_is_dear(answer, notebook):
    life, pumps = notebook["life"], notebook["practice"]["pump"].unique()

    def cheapest(pumps, stop=40_000):
        costs = {}
        for day in range(20, 400, 10):
            lives = life[pumps]  # a calendar needs no sensors: who lives longer than this day is serviced on it
            euros = (lives <= day).sum() * stop + (lives > day).sum() * notebook["SERVICE"]
            costs[day] = 365 * euros / lives.clip(upper=day).sum()
        return min(costs, key=costs.get), min(costs.values())

    right, least = cheapest(pumps)
    traps = [
        (
            cheapest(pumps, stop=notebook["STOP"])[0],
            "This is the calendar for a stop of € 9,000. Hand over `stop=40_000`.",
        ),
        (cheapest(notebook["exam"]["pump"].unique())[0], "This was chosen on the exam pumps. Use the practice pumps."),
        (least, "This is what it costs, in euros. Asked is after how many days."),
    ]
    return close_to(answer, right, traps=traps)
