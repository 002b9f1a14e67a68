"""What is right in the exercises of "What can a GPU do with my spreadsheet?"; all of it is worked out from its data."""

from aif.learn import checked, close_to, same_set
from data import orders as maker


@checked(
    1,
    "The total without duplicates is there already: tidy has a column amount, and a column has .sum().",
    "The table orders still has every row. Multiply its quantity and its price, and take the sum of that.",
    "Subtract the one from the other: first the sum with the duplicates, minus the sum without.",
)
def too_much(answer, notebook):
    orders = notebook["orders"]
    with_them = (orders["quantity"] * orders["price"]).sum()
    twice = orders[orders.duplicated()]
    right = (twice["quantity"] * twice["price"]).sum()
    share = right / (with_them - right)
    return close_to(
        answer,
        right,
        traps=[
            (with_them, "This is the total with the duplicates in it. By how much is it more than the one without?"),
            (with_them - right, "This is the total without duplicates. What would it be with them?"),
            (len(twice), "This is how many rows are there twice. Asked is how many euros they add."),
            (share, "This is the share of the total. Asked is the amount in euros."),
            (share * 100, "This is the share of the total. Asked is the amount in euros."),
        ],
    )


@checked(
    2,
    "Keep the rows of the worst branch first: tidy[tidy['branch'] == worst].",
    "Then do what part 4 did with the branches: money returned divided by money sold, grouped by 'product'.",
    "The product with the highest share: .idxmax() gives its name.",
)
def which_product(answer, notebook):
    table = maker.money_back(maker.clean(notebook["orders"]))
    share = table["back"] / table["sold"]
    branch, product = share.idxmax()
    others = [name for name in maker.PRODUCTS if name != product]
    return same_set(
        answer,
        product,
        traps=[
            (branch, "This is the branch. Which of its products comes back so often?"),
            *(
                ((name,), "This product comes back as often here as elsewhere. Compare shares, not sums.")
                for name in others
            ),
            (list(maker.PRODUCTS), "One product stands out. Which?"),
        ],
    )


@checked(
    3,
    "How many rows there are: len(orders). How long the CPU took: times['CPU, pandas'], in seconds.",
    "Rows in one second: divide the rows by the seconds.",
)
def rows_in_a_second(answer, notebook):
    rows, seconds = len(notebook["orders"]), notebook["times"]["CPU, pandas"]
    return close_to(
        answer,
        rows / seconds,
        within=0.1,
        traps=[
            (rows, "This is how many rows there are. How many does the CPU do in one second?"),
            (seconds, "This is how long all rows took. How many rows go in one second?"),
            (seconds / rows, "This is how many seconds one row takes. Turn it round."),
        ],
    )
