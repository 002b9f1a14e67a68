"""Checks of the exercises in "May I put this data here?"."""

from collections.abc import Iterable

from aif.learn import checked, close_to, same_set


@checked(
    1,
    "All three columns go in together: a list of their names.",
    "`shop.duplicated(columns, keep=False)` is true for those who have a double. You need the others.",
    "`~` turns true and false round, and the mean of that is the share.",
)
def alone_with_their_combination(answer, notebook):
    shop = notebook["shop"]
    alone = ~shop.duplicated(["birth_date", "postcode", "gender"], keep=False)
    one_column = "This is one column by itself. What makes people findable is the three together."
    traps = [
        (1 - alone.mean(), "This is the share who have a double. Asked are those who have none."),
        (alone.sum(), "This is how many they are. Asked is the share of all customers."),
        ((~shop["birth_date"].duplicated(keep=False)).mean(), one_column),
        ((~shop["postcode"].duplicated(keep=False)).mean(), one_column),
    ]
    return close_to(answer, alone.mean(), traps=traps)


@checked(
    2,
    "`map` puts each value of a column through a function, as it did for the shop.",
    'Calculate `club["email"].map(plain_hash)`, and ask which of these codes are in the other column.',
    'Put `.isin(coded["email"])` behind it, and count with `.sum()`.',
)
def found_by_plain_hash(answer, notebook):
    shop, club = notebook["shop"], notebook["club"]
    both = club["email"].isin(shop["email"]).sum()
    traps = [
        (
            0,
            "None: was `coded` made with the key already? Run the cell above once more. Or was the address not hashed?",
        ),
        (both / len(club), "This is the share. Asked is how many members."),
        (len(club) - both, "These are the members who were not found."),
        (len(club), "This is the whole club. Not every member is a customer."),
    ]
    return close_to(answer, both, within=0, traps=traps)


@checked(
    3,
    "Begin with `coarser(shop, 10, 2)`, and group it by `COARSE`.",
    '`transform("size")` writes the size of the group behind each customer. Compare that with ten.',
    "The mean of the comparison `… < 10` is the share of the customers.",
)
def in_small_groups(answer, notebook):
    table = notebook["coarser"](notebook["shop"], 10, 2).groupby(notebook["COARSE"])
    of_each, of_groups = table["customer"].transform("size"), table.size()
    traps = [
        ((of_groups < 10).mean(), "This is the share of the groups. Asked is the share of the customers in them."),
        ((of_each < 10).sum(), "This is how many customers. Divide by all of them."),
        ((of_each >= 10).mean(), "These are the ones who can stay. Asked are those in smaller groups."),
        ((of_each == 1).mean(), "These stand all alone. Asked is fewer than ten."),
        ((of_each <= 10).mean(), "Groups of exactly ten are large enough: fewer than ten is asked."),
    ]
    return close_to(answer, (of_each < 10).mean(), traps=traps)


@checked(
    4,
    "Go through the four questions for each row: people, secret, licence, until when.",
    "In a business, NC and unknown are both a no. `CC BY` allows it, if you name who made the data.",
    "Compare the dates with 1 April 2027: one file should have been deleted last year.",
)
def may_be_here(answer):
    right = {"orders.csv", "weather.csv"}
    reasons = {
        "survey.csv": "survey.csv has people in it: ask first.",
        "photos.zip": "photos.zip has a licence that says NC, which means not for business.",
        "supplier_prices.xlsx": "supplier_prices.xlsx is somebody's secret: ask the supplier first.",
        "sensors.parquet": "sensors.parquet was to be deleted last November.",
        "maps.gpkg": "maps.gpkg has no known licence, and unknown is a no.",
    }
    off = same_set(answer, right)
    names = [answer] if isinstance(answer, str) else answer if isinstance(answer, Iterable) else []
    given = {str(name).strip().casefold() for name in names}
    return off and next((reason for name, reason in reasons.items() if name in given), off)
