"""Checks of the exercises in "Which of my sites floods in a cloudburst?"."""

from aif.learn import checked, close_to


@checked(
    1,
    '`seen > sites["drain"]` gives a table of true and false. First ask of each summer whether *any* site is true.',
    "`.any(axis=1)` looks along a row, so it gives one true or false for each summer.",
    "The share is the mean of those, because true counts as 1 and false as 0.",
)
def somewhere(answer, notebook):
    over = notebook["seen"] > notebook["sites"]["drain"]
    summers = over.any(axis=1)
    traps = [
        (1 - summers.mean(), "This is the share of the summers without a flood. Asked is the share with one."),
        (summers.sum(), "This is how many summers had a flood. Divide by the number of all summers."),
        (
            over.to_numpy().mean(),
            "This is the share for a single site. Asked is the share of summers in which any was.",
        ),
        (over.any(axis=0).mean(), "This is the share of the *sites*. Look along the rows: `axis=1`."),
        (over.sum(axis=1).mean(), "This counts a summer with two floods twice. Ask only whether there was any."),
    ]
    return close_to(answer, summers.mean(), traps=traps)


@checked(
    2,
    "Once in 25 years means a chance of 1 in 25 each summer.",
    '`genextreme.isf` takes the chance first, and then the three numbers of the curve: `*fits.loc["Kadewijk"]`.',
    "The star hands the three numbers over one by one. The chance is `1 / 25`, not 25.",
)
def once_in_25_years(answer, notebook):
    level = notebook["genextreme"].isf
    with_neighbours = notebook["fits"].loc["Kadewijk"]
    record = notebook["seen"]["Kadewijk"].max()
    traps = [
        (level(1 / 25, *notebook["alone"].loc["Kadewijk"]), "This is the site's own curve. Use `fits`, not `alone`."),
        (level(1 / 50, *with_neighbours), "This is the rain of once in 50 years. Asked is once in 25."),
        (level(1 - 1 / 25, *with_neighbours), "This is exceeded in 24 of 25 summers. Hand over the chance of *more*."),
        (record, "This is the record of the thirty summers. Asked is what the curve says."),
    ]
    return close_to(answer, level(1 / 25, *with_neighbours), traps=traps)


@checked(
    3,
    "`expected(curve, site)` gives the damage a year. Calculate it for the site as it is and for the changed one.",
    "What the pump prevents in a year is the difference of the two.",
    "That amount is saved for twenty years. Times `WORTH`, which has the interest in it, it is what the pump may cost.",
)
def what_a_pump_may_cost(answer, notebook):
    worth, site, curve = notebook["WORTH"], notebook["sites"].loc["Bruglo"], notebook["fits"].loc["Bruglo"]

    def damage(drain, curve=curve):
        return float(notebook["expected"](curve, {**site, "drain": drain})[0])

    prevented = damage(30) - damage(36)
    alone = notebook["alone"].loc["Bruglo"]
    traps = [
        (prevented, "This is what the pump prevents in one year. It lasts twenty."),
        (20 * prevented, "Twenty times a year's saving leaves out the interest. Multiply by `WORTH` instead."),
        (worth * damage(36), "This is the damage that remains in spite of the pump. Asked is what it prevents."),
        (worth * damage(30), "This is all damage of the site. The pump prevents only a part of it."),
        (worth * (damage(30) - damage(45)), "This is the pond, with 15 mm. The pump brings 6 mm."),
        (worth * (damage(30, alone) - damage(36, alone)), "This is the site's own curve. Use `fits`, not `alone`."),
    ]
    return close_to(answer, worth * prevented, traps=traps)


@checked(
    4,
    "Make curves for wetter summers first: `fits * [1, 1.2, 1.2]` keeps the shape.",
    "Add up `expected(curve, site)` over all sites with the new curves, as the result did with the old ones.",
    "Divide the new sum by `total`, subtract 1, and multiply by 100 to have percent.",
)
def if_it_rains_harder(answer, notebook):
    sites, fits = notebook["sites"], notebook["fits"]

    def of_all(curves):
        return sum(float(notebook["expected"](curves.loc[name], site)[0]) for name, site in sites.iterrows())

    now, then = of_all(fits), of_all(fits * [1, 1.2, 1.2])
    traps = [
        (20, "Rain rises by 20 %, but only what is above the drains costs anything. Calculate it."),
        (100 * then / now, "This counts the damage of today along. Asked is by how much it *rises*: subtract 100."),
        (then / now, "This is how many times as much. Asked is the rise, in percent."),
        (then - now, "This is the rise in euros. Asked is in percent of what it is now."),
        (then, "This is the new damage in euros. Asked is the rise in percent."),
        (100 * (1 - now / then), "This is in percent of the new damage. Divide by that of now."),
        (
            100 * (of_all(fits * 1.2) / now - 1),
            "The shape was multiplied too. Only place and width grow with the rain.",
        ),
    ]
    return close_to(answer, 100 * (then / now - 1), traps=traps)
