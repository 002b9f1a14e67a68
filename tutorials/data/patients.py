"""Made-up patients of a made-up hospital, on the day they went home, and whether they were back within thirty days.

Data card. Source: this program, from a fixed seed; no real patient is in it, and no real record was used to make it.
Licence: BSD-3-Clause, business use allowed. A row is a patient who went home: `week` (0 is the first), `age` (years),
`emergency` (came in unplanned), `days_in` (length of the stay), `before` (admissions in the year before, as recorded),
`medicines` (number on the day of leaving), `lives_alone`, `heart_failure`, `copd` (a lung disease), `haemoglobin`
(mmol/l, low in anaemia), `language` (of the patient: Dutch, other), `returned` (within thirty days, unplanned).

How it is made. Each of these adds to the odds of coming back, age least and earlier admissions most; so does a frailty
that stands in no column, which is why nobody can foresee every return. Two things are so on purpose. For patients with
another language three in four earlier admissions were in other hospitals and are *not recorded*; and without an
interpreter they come back more often. These effects are invented; they show a mechanism, not a fact about people.
"""

SEED = 20261130
A_WEEK = 230  # patients who go home
OTHER_LANGUAGE = 0.2  # share of the patients
RECORDED = 0.25  # share of their earlier admissions


def patients(weeks, seed=None):
    """All who went home in so many `weeks`, as a pandas table in the order of time; a seed gives the same each time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED if seed is None else seed)
    rows = weeks * A_WEEK
    frail = rng.normal(0, 1, rows)
    age = np.clip(rng.normal(66, 16, rows) + 3 * frail, 18, 101).round()
    emergency = rng.random(rows) < 0.55
    days_in = np.clip(rng.lognormal(1.3 + 0.15 * frail + 0.2 * emergency, 0.7), 1, 60).round()
    before = rng.poisson(np.exp(-0.4 + 0.5 * frail))
    medicines = rng.poisson(np.clip(1 + 0.07 * age + 1.2 * frail, 0.5, None))
    alone = rng.random(rows) < 0.2 + 0.004 * (age - 18)
    heart, copd = (rng.random(rows) < share * np.exp(0.4 * frail + 0.02 * (age - 66)) for share in (0.12, 0.10))
    haemoglobin = np.clip(rng.normal(8.2 - 0.25 * frail, 0.9, rows), 4, 11.5).round(1)
    other = rng.random(rows) < OTHER_LANGUAGE
    odds = (
        -3.9 + 0.006 * (age - 66) + 0.35 * emergency + 0.35 * np.log(days_in) + 0.5 * np.clip(before, 0, 5)
        + 0.06 * medicines + 0.25 * alone + 0.5 * heart + 0.35 * copd + 0.45 * np.clip(7.5 - haemoglobin, 0, 3)
        + 0.5 * frail + 0.35 * other
    )  # fmt: skip
    return pd.DataFrame(
        {
            "week": np.repeat(np.arange(weeks), A_WEEK),
            "age": age.astype(int),
            "emergency": emergency,
            "days_in": days_in.astype(int),
            "before": np.where(other, rng.binomial(before, RECORDED), before),
            "medicines": medicines,
            "lives_alone": alone,
            "heart_failure": heart,
            "copd": copd,
            "haemoglobin": haemoglobin,
            "language": np.where(other, "other", "Dutch"),
            "returned": rng.random(rows) < 1 / (1 + np.exp(-odds)),
        }
    )
