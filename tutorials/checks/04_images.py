"""Checks of the exercises in "Can a model sort images for the specialist?"."""

from aif.learn import checked, close_to, same_table


@checked(
    1,
    '`practice["width"] > 4` has true for each spot that the rule calls suspect.',
    "Only the suspect spots count: put `[practice_suspect]` behind it, in parentheses where needed.",
    "A share is the mean of true and false, because true counts as 1 and false as 0.",
)
def sensitivity_of_width(answer, notebook):
    wide, suspect = notebook["practice"]["width"] > 4, notebook["practice_suspect"]
    right = wide[suspect].mean()
    traps = [
        (1 - right, "This is the share that is missed. Asked is the share that is found."),
        (wide.mean(), "This is the share of all spots that are wide. Look at the suspect ones only."),
        (suspect[wide].mean(), "This is the share of the wide ones that are suspect. Asked is the other way round."),
        (wide[~suspect].mean(), "These are the harmless spots. Look at the suspect ones."),
        ((wide == suspect).mean(), "This is how often the rule is right. Sensitivity is about suspect spots only."),
        (wide[suspect].sum(), "This is how many are found. Divide by the number of suspect spots."),
    ]
    return close_to(answer, right, traps=traps)


@checked(
    2,
    "`limit_for(practice_risk, practice_suspect, 0.95)` gives the limit.",
    "Cleared is who has a risk that is not above it: `practice_risk <= …`.",
    "Take the harmless ones of that with `[~practice_suspect]`, and their mean.",
)
def cleared_at_95(answer, notebook):
    risk, suspect, limit_for = notebook["practice_risk"], notebook["practice_suspect"], notebook["limit_for"]
    cleared = risk <= limit_for(risk, suspect, 0.95)
    right = cleared[~suspect].mean()
    traps = [
        (1 - right, "This is the share that the specialist looks at. Asked is the share that is cleared."),
        (cleared.mean(), "This is of all pictures. Asked is the share of the harmless ones."),
        (cleared[suspect].mean(), "This is the share of the suspect spots that is cleared. Take the harmless ones."),
        ((risk <= limit_for(risk, suspect, 0.98))[~suspect].mean(), "This is at 98 %. Asked is 95 %."),
        ((risk <= limit_for(risk, suspect, 0.05))[~suspect].mean(), "This finds 5 % of the suspect spots: 0.95."),
        (limit_for(risk, suspect, 0.95), "This is the limit. Asked is the share of harmless pictures below it."),
    ]
    return close_to(answer, right, traps=traps)


@checked(
    3,
    "Make `pd.Series(exam_risk > limit)`, and take the suspect ones of it with `[exam_suspect]`.",
    "Group them by their camera: `.groupby(exam_camera[exam_suspect])`.",
    "The share that is found is the `.mean()` of each group.",
)
def sensitivity_of_each_camera(answer, notebook):
    import pandas as pd

    limit = notebook["limit_for"](notebook["practice_risk"], notebook["practice_suspect"], 0.98)
    found, suspect = pd.Series(notebook["exam_risk"] > limit), notebook["exam_suspect"]
    camera = pd.Series(notebook["exam_camera"])
    right = found[suspect].groupby(camera).mean()
    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if isinstance(answer, pd.Series):
        answer = answer.rename_axis(None)  # whatever the learner called the cameras
    traps = [
        (1 - right, "These are the shares that are missed. Asked are the shares that are found."),
        (found.groupby(camera).mean(), "This is of all pictures. Look at the suspect ones only."),
        (found[~suspect].groupby(camera).mean(), "These are the harmless ones. Look at the suspect ones."),
        (found[suspect].groupby(camera).sum(), "These are numbers of spots. Asked are shares: the mean."),
    ]
    return same_table(answer, right, within=0.002, traps=traps)


@checked(
    4,
    "`unsure(new_pictures)` has true where the model hands over, `new_risk > limit` where it finds.",
    "In NumPy, *or* is written `|`, with parentheses around each side.",
    "Take the suspect ones of that with `[new_suspect]`, and their mean.",
)
def safe_with_the_new_camera(answer, notebook):
    found, unsure = notebook["new_risk"] > notebook["limit"], notebook["unsure"](notebook["new_pictures"])
    suspect = notebook["new_suspect"]
    right = (found | unsure)[suspect].mean()
    traps = [
        (found[suspect].mean(), "This is without handing over. A spot that is handed over is safe too."),
        ((found & unsure)[suspect].mean(), "This is where both are true. One of the two is enough: `|`, not `&`."),
        (1 - right, "This is the share that is lost. Asked is the share that is safe."),
        ((found | unsure)[~suspect].mean(), "These are the harmless spots. Look at the suspect ones."),
        ((found | unsure)[suspect].sum(), "This is how many are safe. Divide by the number of suspect spots."),
    ]
    return close_to(answer, right, within=0.004, traps=traps)
