"""Two tables compared, whatever library made them: keys as index or as columns, rows in any order."""

from __future__ import annotations

from typing import Any

import pandas as pd

from aif.core.sentence import Sentence
from aif.learn.compare import told

#: So much is forgiven however small a value is: float noise.
NOISE = 1e-9


def unlike(answer: Any, right: Any, within: float, in_order: bool) -> Sentence | None:
    """The first thing that is off in `answer`: its kind, columns, rows, keys, values or order; None if nothing is."""
    wanted = _frame(right, None)
    given = _frame(answer, wanted)
    if wanted is None or given is None:
        return told("learn.off.kind.table", kind=type(answer).__name__)
    missing = [str(name) for name in wanted.columns if name not in given.columns]
    if missing:
        return told("learn.off.columns", names=", ".join(missing))
    given = given[list(wanted.columns)]
    if len(given) != len(wanted):
        return told("learn.off.rows", count=len(given), right=len(wanted))
    ordered = _different(given, wanted, within)
    if in_order or ordered is None:
        return ordered and (_different(*_sorted(given, wanted), within) or told("learn.off.order"))
    return _different(*_sorted(given, wanted), within)


def _frame(table: Any, like: pd.DataFrame | None) -> pd.DataFrame | None:
    """As a plain pandas frame whose keys are columns; an unnamed column takes its name from its place in `like`."""
    if hasattr(table, "to_pandas"):
        table = table.to_pandas()
    if isinstance(table, dict):
        try:
            table = pd.Series(table) if all(map(_single, table.values())) else pd.DataFrame(table)
        except ValueError:
            return None
    keyed = hasattr(table, "index") and not isinstance(table.index, pd.RangeIndex)
    if isinstance(table, pd.Series):
        values = like.columns[-1] if like is not None and len(like.columns) else table.name
        table = table.to_frame("value" if values is None else values)
    if not isinstance(table, pd.DataFrame):
        return None
    if not keyed:
        return table.reset_index(drop=True)
    names = list(table.index.names)
    if like is not None:
        names = [like.columns[at] if name is None and at < len(like.columns) else name for at, name in enumerate(names)]
        if len(names) + len(table.columns) > len(like.columns) and set(like.columns) <= set(table.columns):
            return table.reset_index(drop=True)  # rows that were picked or sorted: the index says nothing
    return table.reset_index(names=["key" if name is None else name for name in names])


def _sorted(given: pd.DataFrame, wanted: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = [name for name in wanted.columns if not pd.api.types.is_float_dtype(wanted[name])] or list(wanted.columns)
    return tuple(
        table.assign(**{f"__{at}": _plain(table[name]) for at, name in enumerate(keys)})
        .sort_values([f"__{at}" for at in range(len(keys))], kind="stable")[list(wanted.columns)]
        .reset_index(drop=True)
        for table in (given, wanted)
    )


def _different(given: pd.DataFrame, wanted: pd.DataFrame, within: float) -> Sentence | None:
    for name in wanted.columns:
        same = _same(given[name].reset_index(drop=True), wanted[name].reset_index(drop=True), within)
        if not same.all():
            return told("learn.off.values", column=str(name), count=int((~same).sum()), rows=len(wanted))
    return None


def _same(given: Any, wanted: Any, within: float) -> Any:
    if pd.api.types.is_numeric_dtype(wanted) and not pd.api.types.is_bool_dtype(wanted):
        numbers, right = pd.to_numeric(given, errors="coerce").astype(float), wanted.astype(float)
        near = (numbers - right).abs() <= right.abs() * within + NOISE
        return near | (numbers.isna() & right.isna() & given.isna())
    return _plain(given) == _plain(wanted)


def _plain(column: Any) -> Any:
    """What two columns of names, days or numbers are compared by."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column
    return column.astype(str).str.strip().str.casefold()


def _single(value: Any) -> bool:
    return not hasattr(value, "__len__") or isinstance(value, str)
