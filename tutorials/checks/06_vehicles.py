"""Checks of the exercises in "How many vehicles do I need tomorrow?"."""

import math
from itertools import pairwise

from aif.learn import checked, close_to


@checked(
    1,
    'All the crates together are `orders["crates"].sum()`.',
    "Divide by what one van holds. What comes out is no whole number yet.",
    "Half a van cannot carry the rest: round up, with `np.ceil(…)`.",
)
def fewest_vans(answer, notebook):
    vans = notebook["orders"]["crates"].sum() / 80
    traps = [
        (vans, "A part of a van cannot drive. Round up to a whole number."),
        (math.floor(vans), "This was rounded down: some crates stay behind. Round up."),
        (len(notebook["orders"]) / 80, "These are deliveries. Asked are the crates: add them up."),
        (notebook["orders"]["crates"].sum(), "This is the number of crates. Divide by 80, and round up."),
    ]
    return close_to(answer, math.ceil(vans), within=1e-6, traps=traps)


@checked(
    2,
    "All the hours: `sum(worked(tomorrow, route) for route in baseline)`.",
    "The unloading of everybody together is `sum(tomorrow.unload)`, because the plan visits everyone once.",
    "The legs of a route, from the depot and back to it: `pairwise((0, *route, 0))`, as in `length`.",
)
def hours_at_closed_doors(answer, notebook):
    day, plan, worked = notebook["tomorrow"], notebook["baseline"], notebook["worked"]
    hours, unloading = sum(worked(day, route) for route in plan), sum(day.unload)
    legs = [pair for route in plan for pair in pairwise((0, *route, 0))]
    driving = sum(day.hours[here][there] for here, there in legs)
    back = sum(day.hours[route[-1]][0] for route in plan)
    out = sum(day.hours[0][route[0]] for route in plan)
    right = hours - driving - unloading
    no_depot = "The drives from the depot and back to it are driving too: put a 0 before and after the route."
    traps = [
        (hours, "These are all the hours. Take off the driving and the unloading."),
        (hours - driving, "This still has the unloading in it. Take off `sum(tomorrow.unload)`."),
        (hours - unloading, "This still has the driving in it. Take it off, leg by leg."),
        (right + back, "The drives back to the depot were forgotten: put a 0 behind the route."),
        (right + out, "The drives from the depot were forgotten: put a 0 before the route."),
        (right + back + out, no_depot),
        (notebook["HOUR"] * right, "This is what the waiting costs, in euros. Asked are the hours."),
    ]
    return close_to(answer, right, within=0.01, traps=traps)


@checked(
    3,
    "A comparison such as `length(tomorrow, route) <= 60` is true or false, and true counts as 1.",
    "Add that up over the routes: `sum(… for route in ours)`.",
)
def routes_of_an_electric_van(answer, notebook):
    day, length = notebook["tomorrow"], notebook["length"]

    def short(plan):
        return sum(length(day, route) <= 60 for route in plan)

    ours = notebook["ours"]
    traps = [
        (len(ours) - short(ours), "These are the routes that are too long. Asked are those that it can drive."),
        (short(ours) / len(ours), "This is a share. Asked is how many."),
        (short(notebook["on_paper"]), "This is for the plan that is best on paper. Asked is the plan `ours`."),
        (short(notebook["baseline"]), "This is for the planner's rule. Asked is the plan `ours`."),
        (sum(length(day, route) for route in ours), "These are all the kilometres. Ask of each route whether it fits."),
    ]
    return close_to(answer, short(ours), within=1e-6, traps=traps)


@checked(
    4,
    "The new prices are `on_the_road(tomorrow, routes, practice, late_costs=500)`. Hand them to `choose`.",
    "`choose` gives two things: the plan, and the solver's report. Take the first.",
    "`play(tomorrow, plan, exam)[1]` has the late deliveries of each exam day. On how many days is that more than 0?",
)
def late_where_that_is_dear(answer, notebook):
    day, play = notebook["tomorrow"], notebook["play"]
    routes, choose, on_the_road = notebook["routes"], notebook["choose"], notebook["on_the_road"]

    def planned(traffic, late_costs):
        return choose(day, routes, on_the_road(day, routes, traffic, late_costs=late_costs))[0]

    careful = planned(notebook["practice"], 500)
    late = play(day, careful, notebook["exam"])[1]
    in_practice = play(day, careful, notebook["practice"])[1]
    before = play(day, planned(notebook["practice"], notebook["LATE"]), notebook["exam"])[1]
    traps = [
        (
            (before > 0).mean(),
            "This is the plan for € 100 a late delivery. Hand over `late_costs=500` and choose again.",
        ),
        (
            (in_practice > 0).mean(),
            "This is counted on the practice days, on which the plan was chosen. Take the exam days.",
        ),
        ((late == 0).mean(), "This is the share of days on which nobody waits in vain. Asked is the other part."),
        (
            late.mean(),
            "This is how many deliveries are late on a day. Asked is on what share of the days there are any.",
        ),
        ((late > 0).sum(), "This is how many days. Divide by the number of all exam days."),
        (late.mean() / notebook["DELIVERIES"], "This is the share of the deliveries. Asked is the share of the days."),
    ]
    return close_to(answer, (late > 0).mean(), within=0.01, traps=traps)
