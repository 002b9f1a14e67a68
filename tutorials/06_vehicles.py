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
# # How many vehicles do I need tomorrow?
#
# | | |
# |---|---|
# | **Time** | 90 minutes, exercises included |
# | **Hardware** | No GPU needed; the whole calculation takes about a minute on two processor cores |
# | **Price** | nothing from your GPU budget in the size *No GPU*; at most 0.22 GPU-hours on a small GPU part |
# | **For** | people who plan deliveries, and those who pay for vans; a little Python helps, none is required |
#
# **At the end you have** a plan for tomorrow's vans, what it saves in euros a day compared with the planner's own rule,
# how much that differs from day to day, and how often somebody will wait in vain.
#
# **You learn to**
#
# - write a planning problem down as costs and limits;
# - improve a plan step by step, and let a *solver*, a program that proves which choice is cheapest, pick the routes;
# - test a plan on many days of made-up traffic before a van leaves.
#
# **In short.** A plan that is cheapest on paper has no slack, no time to spare, and is late when the road is slow. Put
# what late costs into the price of each route, and the cheapest plan is one that holds.

# %% [markdown]
# ## 1. The question, in euros
#
# A wholesaler south of Rotterdam brings crates to restaurants, shops and canteens. Every evening the planner decides
# how many vans go out tomorrow, and who visits whom. Four prices matter:
#
# - a van that goes out costs **€ 90** a day, whatever it does;
# - each kilometre costs **€ 0.45**;
# - each hour of a driver costs **€ 32**, waiting included;
# - a delivery that comes too late costs **€ 100**: a refund, a phone call, and now and then a customer.
#
# There are limits too. A van holds **80 crates**. A driver is on the road for at most **eight hours**, and leaves at
# half past six at the earliest. Many customers are only there for a few hours.

# %% [markdown]
# ## 2. Load tomorrow's orders
#
# The orders are made up by a small program, `data/deliveries.py`. No customer's address is in them, so you may use them
# as you like. Open the program to see how it works.

# %%
import os
from functools import cache
from itertools import pairwise, permutations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from aif.learn import tutorial
from data import deliveries as maker

exercise = tutorial("06_vehicles")
SMALL = os.environ.get("AIF_SMALL") == "1"  # for a quick test
DELIVERIES = 36 if SMALL else 60
tomorrow = maker.day(1, DELIVERIES)

# %%
orders = tomorrow.table.iloc[1:]  # row 0 is the depot
print(f"{len(orders)} deliveries in {orders['place'].nunique()} towns, {orders['crates'].sum()} crates")
tomorrow.table.head()

# %% [markdown]
# Each row is a delivery; row 0 is the depot. `east` and `north` are kilometres from the depot. `opens` and `closes` are
# hours of the clock: 8.5 is half past eight. `unload` is the time at the door, in hours.
#
# What lies between two rows is in two tables of its own: `tomorrow.km[3][7]` are the kilometres from row 3 to row 7,
# and `tomorrow.hours[3][7]` the hours of driving on a usual day.

# %%
print(f"From the depot to row 1, in {orders['place'].iloc[0]}: {tomorrow.km[0][1]:.1f} km,", end=" ")
print(f"{60 * tomorrow.hours[0][1]:.0f} minutes on a usual day")

# %% [markdown]
# ## 3. Look before you calculate
#
# Where do the crates go, and when?

# %%
fig, axes = plt.subplots(figsize=(7, 6.5))
kind = np.select([orders["closes"] <= 12.5, orders["opens"] >= 12], ["morning", "afternoon"], "all day")
for name, mark, colour in [("morning", "o", "#00677A"), ("afternoon", "s", "#B4500B"), ("all day", "^", "#8A99A3")]:
    some = orders[kind == name]
    axes.scatter(some["east"], some["north"], 6 * some["crates"], colour, marker=mark, alpha=0.8, label=name)
axes.plot(0, 0, "*", color="#10222E", markersize=18)
axes.annotate("depot", (0.7, -1.2))
axes.set(title="Tomorrow's deliveries: the larger the mark, the more crates", xlabel="East of the depot (km)")
axes.set(ylabel="North of the depot (km)", aspect="equal")
axes.legend(title="The customer is there")
plt.show()

# %% [markdown]
# Most of the work is close by, in and around Rotterdam; a few deliveries are twenty kilometres away. Neighbours are
# often there at different hours. That is what makes planning hard: the shortest round is not one that finds open doors.
#
# **Exercise 1.** Before any planning, you can already say how many vans are needed *at least*: the crates have to fit.
# What is the fewest number of vans that can carry tomorrow's crates, at 80 crates a van? `orders["crates"]` has the
# crates of each delivery.
#
# Put your calculation in place of the three dots. For a hint, run `exercise(1).hint()` in a cell of its own.

# %%
answer = ...  # your turn
exercise(1).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 1
answer = int(np.ceil(orders["crates"].sum() / 80))
print(f"At least {answer} vans. Whether so few can also be on time everywhere, we do not know yet.")

# %% [markdown]
# ## 4. What a route costs
#
# A *route* is what one van does in a day: the rows that it visits, in their order, such as `(12, 5, 31)`. To give it a
# price we drive it on paper. The van leaves so that it is at the first door when that opens. If it is early at a later
# door, it waits; if it is too late, or full, or the driver's day is over, the route is not allowed. Such a route gets
# an infinite price.
#
# `margin` is for later: 1.2 counts on drives that take a fifth longer than usual.

# %%
VAN, KM, HOUR, LATE = 90, 0.45, 32, 100  # euros
FULL, SHIFT, EARLIEST = 80, 8, 6.5  # crates, hours, hour of the clock


def leaves(day, route, margin=1.0):
    """The hour at which the van leaves the depot."""
    return max(EARLIEST, day.opens[route[0]] - margin * day.hours[0][route[0]])


def length(day, route):
    """Kilometres from the depot along the route and back."""
    return sum(day.km[here][there] for here, there in pairwise((0, *route, 0)))


# %%
@cache  # remember what was calculated before
def worked(day, route, margin=1.0):
    """Hours from leaving the depot until the van is back; infinite if the route is not allowed."""
    if sum(day.crates[stop] for stop in route) > FULL:
        return np.inf
    begun = now = leaves(day, route, margin)
    for here, stop in pairwise((0, *route)):
        now = max(now + margin * day.hours[here][stop], day.opens[stop])
        if now > day.closes[stop]:
            return np.inf
        now += day.unload[stop]
    hours = now + margin * day.hours[route[-1]][0] - begun
    return hours if hours <= SHIFT else np.inf


# %%
def price(day, route, margin=1.0):
    """What the van of this route costs, in euros, when all goes as planned."""
    return VAN + KM * length(day, route) + HOUR * worked(day, route, margin)


def total(day, plan, margin=1.0):
    """What all vans of a plan cost; a plan is a list of routes."""
    return sum(price(day, route, margin) for route in plan)


one = (1,)
print(f"A van for row 1 alone: {length(tomorrow, one):.0f} km, {worked(tomorrow, one):.1f} h,", end=" ")
print(f"€ {price(tomorrow, one):.0f}")

# %% [markdown]
# ## 5. A baseline: the planner's rule
#
# A *baseline* is the way it is done now. Whatever we build has to beat it. Ours is a rule that many planners use: go
# round the map like the hand of a clock, and give each customer to the same van until one does not fit any more; then
# take the next van. Each van drives to the nearest customer whose door is open.
#
# The planner is experienced, and tries eight directions in which the hand may start.


# %%
def nearest_next(day, stops):
    """These stops as a route: next is always the nearest that is open on arrival, or else the one that opens first."""
    route, left, now = (), set(stops), EARLIEST
    while left:
        here = route[-1] if route else 0
        arrive = {stop: now + day.hours[here][stop] for stop in left}
        wait = {stop: max(0, day.opens[stop] - arrive[stop]) for stop in left}
        stop = min(left, key=lambda stop: (arrive[stop] + wait[stop] if wait[stop] else 0, arrive[stop]))
        now = arrive[stop] + wait[stop] + day.unload[stop]
        route = (*route, stop)
        left.remove(stop)
    return route


# %%
def round_the_clock(day, start, margin):
    """A plan made by the planner's rule; the hand of the clock starts at this angle."""
    angle = (np.arctan2(day.table["north"], day.table["east"])[1:] - start) % (2 * np.pi)
    plan = [()]
    for stop in angle.sort_values().index:
        longer = nearest_next(day, (*plan[-1], stop))
        if worked(day, longer, margin) < np.inf:
            plan[-1] = longer
        else:
            plan.append((stop,))
    return plan


# %%
def by_rule(day, margin=1.0):
    """The planner's best plan of eight starts."""
    plans = [round_the_clock(day, start, margin) for start in np.arange(8) * np.pi / 4]
    return min(plans, key=lambda plan: total(day, plan, margin))


# %%
baseline = by_rule(tomorrow)
print(f"The planner's rule needs {len(baseline)} vans and € {total(tomorrow, baseline):,.0f}", end=": ")
print(f"{sum(length(tomorrow, route) for route in baseline):.0f} km", end=" and ")
print(f"{sum(worked(tomorrow, route) for route in baseline):.1f} hours of drivers")

# %% [markdown]
# Hours are the largest part of it. Where do they go?
#
# **Exercise 2.** How many hours in the planner's plan are *waiting* at doors that are still closed? `worked` has all
# the hours of a route. Take off the driving (`tomorrow.hours`, along each route and back to the depot) and the
# unloading (`tomorrow.unload`), and add up over the routes of `baseline`.

# %%
answer = ...  # your turn
exercise(2).check(answer)


# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 2
def waiting(day, plan):
    """Hours at closed doors."""
    driving = sum(day.hours[here][there] for route in plan for here, there in pairwise((0, *route, 0)))
    return sum(worked(day, route) for route in plan) - driving - sum(day.unload)


answer = waiting(tomorrow, baseline)
print(f"The drivers wait {answer:.1f} hours, which costs € {HOUR * answer:.0f}")

# %% [markdown]
# ## 6. A first plan of our own: savings
#
# In 1964 Clarke and Wright had an idea that is still good. Begin with a van for each customer, which is absurdly dear.
# Then join two routes into one where that *saves* most, and go on until nothing more can be saved.


# %%
def by_savings(day, margin=1.0):
    """A plan by joining, again and again, the two routes that save most."""

    def saved(pair):
        return sum(price(day, route, margin) for route in pair) - price(day, pair[0] + pair[1], margin)

    plan = [(stop,) for stop in range(1, len(day.crates))]
    while len(plan) > 1 and saved(best := max(permutations(plan, 2), key=saved)) > 0:
        plan = [route for route in plan if route not in best] + [best[0] + best[1]]
    return plan


first = by_savings(tomorrow)
print(f"Savings: {len(first)} vans, € {total(tomorrow, first):,.0f}")

# %% [markdown]
# Waiting has a price in this calculation, so routes that wait are not joined.
#
# ## 7. Better step by step: local search
#
# A plan can be improved as you would tidy a cupboard: take out a few things that lie next to each other, and put each
# back where it fits best. If the result is cheaper, keep it; if not, forget it. Then take out others.


# %%
def put_back(day, plan, stop, margin):
    """The plan with this stop added where it costs least, in a van of its own if need be."""
    places = []
    for number, route in enumerate([*plan, ()]):
        before = price(day, route, margin) if route else 0
        for at in range(len(route) + 1):
            new = (*route[:at], stop, *route[at:])
            places.append((price(day, new, margin) - before, number, new))
    _, number, new = min(places)
    return [*plan[:number], new, *plan[number + 1 :]]


# %%
def improve(day, plan, rounds, seen, margin=1.0):
    """A cheaper plan. Every route of every plan that was tried goes into the set `seen`."""
    chance = np.random.default_rng(1)
    near = np.array(day.hours)[1:, 1:].argsort() + 1  # for each stop the others, the nearest first
    for _ in range(rounds):
        out = near[chance.integers(len(near)), : chance.integers(3, 9)].tolist()
        new = [tuple(stop for stop in route if stop not in out) for route in plan]
        new = [route for route in new if route]
        for stop in chance.permutation(out).tolist():
            new = put_back(day, new, stop, margin)
        seen.update(route for route in new if worked(day, route) < np.inf)
        if total(day, new, margin) < total(day, plan, margin):
            plan = new
    return plan


# %%
ROUNDS = 150 if SMALL else 700
seen = {*baseline, *first}
searched = improve(tomorrow, first, ROUNDS, seen)
print(f"Local search: {len(searched)} vans, € {total(tomorrow, searched):,.0f}, {len(seen)} routes seen on the way")

# %% [markdown]
# ## 8. Is there a better one? Ask a solver
#
# Local search never knows when it has finished. But it has left us something valuable: all the routes that it tried.
# Which of them, together, visit every customer exactly once and cost least? This question is called *set partitioning*.
# For each route there is one yes or no to decide, and for each customer one condition: exactly one of the routes with
# this customer gets a yes.
#
# *HiGHS*, the solver inside *SciPy*, a library of mathematics, answers such questions exactly. Beside its plan it gives
# a *lower bound*: a proof that no choice from this list can cost less.

# %%
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csc_array


def choose(day, routes, costs):
    """The cheapest choice of `routes` that visits everyone exactly once, and what the solver reports."""
    visits = np.zeros((len(day.crates) - 1, len(routes)))
    for number, route in enumerate(routes):
        visits[np.array(route) - 1, number] = 1
    once = LinearConstraint(csc_array(visits), 1, 1)
    found = milp(costs, constraints=once, integrality=np.ones(len(routes)), bounds=(0, 1))
    return [routes[number] for number in np.flatnonzero(found.x > 0.5)], found


# %%
routes = sorted(seen)
on_paper, report = choose(tomorrow, routes, [price(tomorrow, route) for route in routes])
print(f"Solver: {len(on_paper)} vans, € {report.fun:,.2f}. No choice from these {len(routes)} routes", end=" ")
print(f"costs less than € {report.mip_dual_bound:,.2f}")

# %% [markdown]
# Cost and bound are the same: *this* choice is proven best. Mind what is proven. The list has some hundreds of routes,
# while billions are possible. A route that was never tried can still be better. So we ask: does a longer list help?

# %%
shuffled = np.random.default_rng(2).permutation(len(routes))
sizes = [int(share * len(routes)) for share in (0.1, 0.2, 0.35, 0.5, 0.75, 1)]
costs = []
for size in sizes:
    listed = sorted({*baseline, *(routes[number] for number in shuffled[:size])})
    costs.append(choose(tomorrow, listed, [price(tomorrow, route) for route in listed])[1].fun)
fig, axes = plt.subplots(figsize=(8, 4))
axes.plot(sizes, costs, "o-", color="#00677A", linewidth=2.5)
axes.axhline(total(tomorrow, baseline), color="#10222E", linestyle="--")
axes.annotate("the planner's rule", (sizes[3], total(tomorrow, baseline)), (0, -14), textcoords="offset points")
axes.set(title="A longer list of routes gives a cheaper plan, less and less so", xlabel="Length of the list (routes)")
axes.set(ylabel="Cost of tomorrow (€)", ylim=0)
plt.show()

# %% [markdown]
# Where the curve has become flat, more searching would bring little. That is no proof, but a sensible place to stop.
#
# ## 9. Traffic
#
# All this was on paper. On the road no drive takes exactly as long as usual. So we play days: each has its own pace,
# each leg differs, and on some legs there is an accident. A van that would wait at a door anyway makes up for such a
# delay; a van without slack is late at every door that follows.


# %%
def drive(day, route, traffic):
    """What the route costs on each of the days of `traffic`, and how many of its deliveries are late."""
    now = begun = leaves(day, route)
    late = 0
    for here, stop in pairwise((0, *route)):
        now = np.maximum(now + traffic[here, stop], day.opens[stop])
        late = late + (now > day.closes[stop])
        now = now + day.unload[stop]
    hours = now + traffic[route[-1], 0] - begun
    return VAN + KM * length(day, route) + HOUR * hours, late


# %%
def play(day, plan, traffic):
    """Euros and late deliveries of a plan, for each day."""
    driven = [drive(day, route, traffic) for route in plan]
    late = sum(late for _, late in driven)
    return sum(cost for cost, _ in driven) + LATE * late, late


# %% [markdown]
# We keep two kinds of days apart. *Practice days* are for choosing, *exam days* for judging. A plan that was chosen
# because it did well on certain days will do a little worse on others.

# %%
practice, exam = tomorrow.traffic(200, begin=1), tomorrow.traffic(500, begin=2)
cost, late = play(tomorrow, on_paper, exam)
print(f"The best plan on paper: € {total(tomorrow, on_paper):,.0f} as planned, € {cost.mean():,.0f} on the road")
print(f"On {(late > 0).mean():.0%} of the days at least one customer waits in vain")

# %% [markdown]
# The cheapest plan on paper has cut all slack away. Slack looks like waste, until there is a traffic jam.
#
# ## 10. Put the price of being late into the plan
#
# The solver does not care where prices come from. So give each route the price that it has *on the road*: what it costs
# on the practice days on average, late deliveries included. To let it choose, we add routes with some slack, by
# searching with longer drives in mind.

# %%
for margin in (1.1, 1.25):
    improve(tomorrow, by_savings(tomorrow, margin), ROUNDS, seen, margin)
routes = sorted(seen)


def on_the_road(day, routes, traffic, late_costs=LATE):
    """Euros that each of these routes costs on average."""
    driven = [drive(day, route, traffic) for route in routes]
    return [np.mean(cost + late_costs * late) for cost, late in driven]


ours, report = choose(tomorrow, routes, on_the_road(tomorrow, routes, practice))
print(f"{len(routes)} routes; chosen: {len(ours)} vans, € {report.fun:,.0f} (bound: € {report.mip_dual_bound:,.0f})")

# %%
COLOURS = ["#00677A", "#B4500B", "#5B3A8C", "#8A6D00", "#10222E", "#3B8EA5", "#A3325C", "#5F7F2F"]
fig, both = plt.subplots(1, 2, figsize=(12, 6), sharey=True)
for axes, name, plan in zip(both, ("The planner's rule", "Chosen by the solver"), (baseline, ours), strict=True):
    for number, route in enumerate(plan):
        at = tomorrow.table.loc[[0, *route, 0], ["east", "north"]].to_numpy()
        axes.plot(
            *at.T, "-" if number < 8 else ":", color=COLOURS[number % 8], marker="os^Dv"[number % 5], label=number + 1
        )
    axes.set(title=f"{name}: {len(plan)} vans", xlabel="East of the depot (km)", aspect="equal")
both[0].set(ylabel="North of the depot (km)")
both[1].legend(title="Van", loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# The right-hand map does not look tidier. Vans cross each other's ways, because the solver sees what a map does not
# show: the hours at which doors open.
#
# **Exercise 3.** The firm can lease electric vans that hold as many crates. On a winter day such a van drives **60 km**
# for certain. How many of the routes in `ours` could it drive? `length(tomorrow, route)` has the kilometres.

# %%
answer = ...  # your turn
exercise(3).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 3
answer = sum(length(tomorrow, route) <= 60 for route in ours)
print(f"{answer} of the {len(ours)} routes are 60 km or shorter")

# %% [markdown]
# ## 11. The result
#
# All plans drive on the same exam days. To be fair to the planner, we let the rule plan with slack too, and take the
# margin that was cheapest on the practice days.


# %%
def rule_with_slack(day, traffic):
    """The planner's plan, with the margin that costs least on these days."""
    plans = [by_rule(day, margin) for margin in (1, 1.1, 1.25)]
    return min(plans, key=lambda plan: play(day, plan, traffic)[0].mean())


plans = {
    "Planner's rule": rule_with_slack(tomorrow, practice),
    "Savings": first,
    "Best on paper": on_paper,
    "Best on the road": ours,
}
played = {name: play(tomorrow, plan, exam) for name, plan in plans.items()}

# %%
for name, plan in plans.items():
    cost, late = played[name]
    print(f"{name:16} {len(plan):2} vans, € {cost.mean():5,.0f} a day", end="; ")
    print(f"late: {late.mean() / DELIVERIES:5.2%} of the deliveries, on {(late > 0).mean():4.0%} of the days")

# %%
euros = pd.DataFrame({name: cost for name, (cost, _) in played.items()})
middle, low, high = euros.mean(), euros.quantile(0.05), euros.quantile(0.95)
fig, axes = plt.subplots(figsize=(8, 3.2))
axes.barh(middle.index, middle, color=["#C9D3D9", "#C9D3D9", "#C9D3D9", "#45A0AF"], edgecolor="#10222E")
axes.errorbar(middle, middle.index, xerr=[middle - low, high - middle], fmt="none", color="#10222E", capsize=4)
axes.set(
    title="What tomorrow costs, with the range of 90 in 100 days of traffic", xlabel="Cost of tomorrow (€)", xlim=0
)
axes.set(ylabel="Way of planning")
axes.invert_yaxis()
plt.show()

# %% [markdown]
# That was tomorrow. The day after, other customers order. One day proves little, so we plan other days in the same way,
# with a shorter search, and let both plans meet the same traffic.


# %%
def another_day(number, rounds):
    """The two plans for the orders of another day, and the euros and late deliveries of each on days of traffic."""
    day = maker.day(number, DELIVERIES)
    practice, exam = day.traffic(100, begin=1), day.traffic(100, begin=2)
    rule = rule_with_slack(day, practice)
    seen = set(rule)
    for margin in (1, 1.1, 1.25):
        improve(day, by_savings(day, margin), rounds, seen, margin)
    routes = sorted(seen)
    plan, _ = choose(day, routes, on_the_road(day, routes, practice))
    return rule, plan, play(day, rule, exam), play(day, plan, exam)


days = [another_day(number, 40 if SMALL else 150) for number in range(2, 5 if SMALL else 10)]
saved = np.array([by_rule_cost - cost for _, _, (by_rule_cost, _), (cost, _) in days])

# %%
fig, axes = plt.subplots(figsize=(8, 4))
which, (low, middle, high) = range(1, len(saved) + 1), np.quantile(saved, [0.05, 0.5, 0.95], axis=1)
axes.vlines(which, low, high, color="#9CC5CF", linewidth=14, label="90 in 100 days of traffic")
axes.plot(which, middle, "o", color="#10222E", markersize=7, label="the day in the middle")
axes.axhline(0, color="#10222E", linestyle="--")
axes.set(title="Saved on other days of orders", xticks=which, xlim=(0.5, len(saved) + 0.5))
axes.set(xlabel="Day of orders (1: the day after tomorrow)", ylabel="Saved against the planner's rule (€ a day)")
axes.legend(loc=4, bbox_to_anchor=(1, 0.08))  # above the line of 0, on the right
plt.show()

# %%
vans = [len(plan) for _, plan, _, _ in days]
saving, (least, most) = saved.mean(), np.quantile(saved, [0.05, 0.95])
late_by_rule = np.mean([late.mean() for _, _, (_, late), _ in days]) / DELIVERIES
late_by_ours = np.mean([late.mean() for _, _, _, (_, late) in days]) / DELIVERIES
print(f"Tomorrow: {len(ours)} vans. On {len(days)} other days: {min(vans)} to {max(vans)}.")
print(f"Saved: € {saving:,.0f} a day on average, between € {least:,.0f} and € {most:,.0f} on 90 of 100 days.")
print(f"Chance that a delivery is late: {late_by_ours:.1%}, by the planner's rule {late_by_rule:.1%}.")

# %% [markdown]
# The number of vans hardly changes: the crates decide that, as you calculated in exercise 1. The saving is in the
# hours, most of all in waiting that is no longer paid for. The price of it stands in the last line: it is still a small
# share of the deliveries that is late, but several times that of the rule, because less slack is left. Whether being
# late really costs € 100 is for the firm to say: the plan depends on it.
#
# **Exercise 4.** Suppose the customers are hospital kitchens, and being late costs **€ 500** a delivery. Choose again
# from `routes`, with `on_the_road(..., late_costs=500)` on the practice days. On what share of the *exam* days is at
# least one delivery late now? Give a number between 0 and 1.

# %%
answer = ...  # your turn
exercise(4).check(answer)

# %% tags=["solution"] jupyter={"source_hidden": true}
# solution 4
careful, _ = choose(tomorrow, routes, on_the_road(tomorrow, routes, practice, late_costs=500))
answer = (play(tomorrow, careful, exam)[1] > 0).mean()
before = (played["Best on the road"][1] > 0).mean()
print(f"Late on {answer:.0%} of the days instead of {before:.0%}, with {len(careful)} vans and", end=" ")
print(f"€ {total(tomorrow, careful) - total(tomorrow, ours):.0f} a day more, as planned")

# %% [markdown]
# The dearer it is to be late, the more slack the solver buys. You did not have to tell it where.
#
# ## 12. Limits and risks
#
# - **These roads are made up.** They are straight lines made longer. Around Rotterdam the rivers lie in between, with a
#   few bridges and tunnels, and a drive at eight takes longer than one at eleven. Take the times of a route planner, or
#   of your own vans, by hour of the day, before you trust a figure.
# - **The planner knows more.** Which ramp is steep, which customer does not mind a quarter of an hour: nothing of that
#   is in the table. A good planner would also see the hours of waiting that our rule lets happen, and mend them. So
#   measure the saving against your own plans of last month: it will be smaller than here.
# - **"Best" is best of a list.** The solver's bound is a proof for the routes that it was given. And each van goes out
#   once here, though one that is back at noon could be loaded again.
# - **Drivers.** In the Netherlands whoever works longer than five and a half hours has a right to a break of at least
#   half an hour. Our plan does not set time aside for it: build it into `worked` before you use this. Much of what we
#   called waiting was a rest. Ask drivers what eight hours of unloading without it do, and how long they keep it up.
# - **Monitoring.** To compare plan and road you need positions of vans, and these say where a person was, at any
#   minute. They are personal data. Keep times by leg and not by driver, for weeks and not for years, and go to the
#   works council first: a system that can follow people needs its consent.
# - **The AI Act.** This European law puts strict duties on uses that it calls *high-risk*. Choosing routes is not one
#   of them by itself, and a solver that adds up prices may not even be AI in the sense of the law. That changes when a
#   system gives out work by how each person behaves, or rates drivers by it: this is on the list of high-risk uses. Ask
#   your legal adviser.

# %% [markdown]
# ## 13. Size it on your own data
#
# What you need from your own firm: the addresses, the hours and the crates of a few weeks of orders, the travel times
# between them, and the four prices. How much computer does it take? Put in your own numbers.
#
# To bring a file of your own, run `from aif import upload` and then `upload()` in a cell. It asks the four questions of
# tutorial 2 first, and says where the file will lie, who sees it, and until when.

# %%
import time

deliveries, days_a_year = 150, 250  # your numbers
timed = maker.day(99, DELIVERIES)
begun = time.perf_counter()
improve(timed, by_savings(timed), 40, set())
seconds = 3 * (2000 / 40) * (time.perf_counter() - begun)  # three margins, two thousand rounds each
print(f"an evening with {DELIVERIES} deliveries takes about {seconds:,.0f} s on one processor core")

# %% [markdown]
# The work grows with the square of the number of deliveries, since each may go next to each other one. The calculator
# takes it that twice as much is twice the work, unless we tell it otherwise.

# %%
from aif.sizing import Assumed, Range, calculator

mine = calculator(
    seconds=seconds,
    size=DELIVERIES,
    unit="deliveries",
    on="cpu",
    own=deliveries,
    runs=days_a_year,  # how often: here each evening
    gpus=0,  # none helps with code like this
    assumed=Assumed(growth=Range(1.8, 2, 2.2)),  # the exponent: 2 is the square
)
mine

# %% [markdown]
# A GPU does not help with code like this; several processor cores do, one for each day or each margin.

# %% [markdown]
# ## You have seen
#
# - a planning problem written down as four prices and three limits;
# - a plan improved by taking out and putting back, and a solver that chose the best of all routes tried;
# - what a lower bound proves, and what it does not;
# - a plan that is best on paper, and late on the road;
# - the price of being late inside the plan, and a saving in euros a day with its range.
#
# **Next:** addresses of customers are personal data as soon as they are people. Take *May I put this data here?* before
# you bring yours.
