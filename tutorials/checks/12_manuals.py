"""Checks of the exercises in "Can we ask our own manuals, in Dutch, without data leaving?"."""

from aif.learn import checked, close_to


def _places(notebook, scores, rows):
    return notebook["place"](notebook[scores])[notebook[rows]]


@checked(
    1,
    "`place(by_words)[practice].dropna()` has the places of the practice questions that have an answer.",
    "Compare with 1, the first place: that is true or false for each question.",
    "A share is the mean of true and false: put parentheses around the comparison and `.mean()` behind it.",
)
def first_by_counting_words(answer, notebook):
    with_gaps = _places(notebook, "by_words", "practice")
    places, of_exam = with_gaps.dropna(), _places(notebook, "by_words", "exam").dropna()
    traps = [
        ((with_gaps == 1).mean(), "The questions without an answer count here too. Leave them out with `dropna()`."),
        ((places <= 3).mean(), "This is the share among the first three. Asked is the first place."),
        ((places != 1).mean(), "This is the share for which it is not first. Asked is the other part."),
        ((places == 1).sum(), "This is how many questions. Divide by all practice questions that have an answer."),
        ((of_exam == 1).mean(), "These are the exam questions. Asked are the practice questions: the exam waits."),
        (places.mean(), "This is the average place. Asked is the share of the questions in place 1."),
    ]
    return close_to(answer, (places == 1).mean(), traps=traps)


@checked(
    2,
    "`cheapest` gives two things: the limit, and the costs. Take the first.",
    "The score that decides is the highest of a question: `by_pieces[exam].max(axis=1)`.",
    "Refused is where that score lies below the limit. Take the mean of this comparison.",
)
def refused_where_mistakes_are_dear(answer, notebook):
    scores, cheapest = notebook["by_pieces"], notebook["cheapest"]
    exam, practice = (scores[notebook[rows]].max(axis=1) for rows in ("exam", "practice"))
    (careful, costs), (usual, _) = cheapest(scores, wrong=60), cheapest(scores)
    traps = [
        ((exam < usual).mean(), "This is the limit for a mistake of 20 minutes. Hand over `wrong=60`."),
        ((exam >= careful).mean(), "This is the share that is answered. Asked is the share that is refused."),
        ((practice < careful).mean(), "These are the practice questions. Asked are the exam questions."),
        ((exam < careful).sum(), "This is how many questions. Divide by all exam questions."),
        (careful, "This is the limit. Asked is what share of the questions lies below it."),
        (costs.min(), "This is what a question costs, in minutes. Asked is a share of the questions."),
    ]
    return close_to(answer, (exam < careful).mean(), traps=traps)


@checked(
    3,
    "`place(by_pieces)[practice].dropna()` has the places, as in exercise 1.",
    "Among the ten candidates means: a place of 10 or less. What share is that?",
)
def most_that_a_model_could_bring(answer, notebook):
    with_gaps = _places(notebook, "by_pieces", "practice")
    places, by_words = with_gaps.dropna(), _places(notebook, "by_words", "practice").dropna()
    most = (places <= 10).mean()
    traps = [
        ((with_gaps <= 10).mean(), "The questions without an answer count here too. Leave them out with `dropna()`."),
        ((places == 1).mean(), "This is what the search does without a re-ranker. Count all ten candidates."),
        ((places <= 3).mean(), "These are the first three. A re-ranker gets ten candidates."),
        (most - (places == 1).mean(), "This is what it could add. Asked is the recall that it would have in the end."),
        ((places < 10).mean(), "The tenth place counts too: 10 or less."),
        ((by_words <= 10).mean(), "This is for counting words. Asked is the search by pieces, `by_pieces`."),
    ]
    return close_to(answer, most, traps=traps)
