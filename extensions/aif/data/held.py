"""How much memory files take once they are read, from what they say of themselves: no row of a Parquet file is read."""

from __future__ import annotations

import glob
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aif.core.sentence import Sentence
from aif.refusals import Refusal

if TYPE_CHECKING:
    from pyarrow.parquet import ColumnChunkMetaData, FileMetaData

PARQUET, TEXT = (".parquet", ".pq"), (".csv", ".tsv", ".csv.gz", ".tsv.gz")
#: Of more files, these many are looked at, evenly spread; the rest are taken to be like them, by their size on disk.
MOST_FILES = 64
#: Of a text file, so much of its beginning is read.
SAMPLE_BYTES = 1 << 20
#: Bytes of a value in memory; what Parquet calls INT96 is a moment of 8 bytes to pandas and cuDF.
WIDTH = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "FLOAT": 4, "DOUBLE": 8, "INT96": 8}
#: A text has an offset beside its letters.
OFFSET = 8
#: Letters of a text of which the file tells nothing.
UNKNOWN_LETTERS = 16


class NoData(Refusal):
    """Files that are not there, or of a kind whose size is not known."""


@dataclass(frozen=True)
class Held:
    """Some files: how many, their rows, their bytes on disk, and about how many bytes they take in memory."""

    files: int
    rows: int
    disk: int
    memory: int


def held(data: str | Path | Iterable[str | Path]) -> Held:
    """What the files hold that a path, a pattern such as ``data/*.parquet``, a folder or several of these name.

    Raises NoData.
    """
    paths = _files([data] if isinstance(data, str | Path) else list(data))
    if not paths:
        raise NoData(
            Sentence("There is no file {name}.", name=data),
            Sentence("Files of these kinds are known: {kinds}.", kinds=", ".join((*PARQUET, *TEXT))),
            Sentence("Name them as a path or a pattern, such as data/*.parquet, or name their folder."),
        )
    disk = sum(path.stat().st_size for path in paths)
    seen = paths[:: -(-len(paths) // MOST_FILES)]
    found = [_of_parquet(path) if _is(path, PARQUET) else _of_text(path) for path in seen]
    share = disk / max(1, sum(one.disk for one in found))
    return Held(
        files=len(paths),
        rows=round(sum(one.rows for one in found) * share),
        disk=disk,
        memory=round(sum(one.memory for one in found) * share),
    )


def _files(named: list[str | Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for one in named:
        for match in sorted(glob.glob(str(Path(one).expanduser()), recursive=True)):
            path = Path(match)
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            found |= dict.fromkeys(file for file in inside if file.is_file() and _is(file, (*PARQUET, *TEXT)))
    return list(found)


def _is(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _of_parquet(path: Path) -> Held:
    """From its footer: https://parquet.apache.org/docs/file-format/metadata/."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            footer = file.metadata
    except (ArrowException, OSError) as fault:
        raise NoData(
            Sentence("{path} cannot be read: {fault}", path=path, fault=fault),
            Sentence("A Parquet file is whole, and yours to read."),
            Sentence("Look whether it is."),
        ) from fault
    return Held(1, footer.num_rows, path.stat().st_size, _memory(footer))


def _memory(footer: FileMetaData) -> int:
    chunks = (
        footer.row_group(group).column(column)
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns)
    )
    widths = [footer.schema.column(column).length for column in range(footer.num_columns)]
    return round(sum(_chunk(chunk, widths[at % len(widths)]) for at, chunk in enumerate(chunks)))


def _chunk(chunk: ColumnChunkMetaData, width: int) -> float:
    kind = chunk.physical_type
    if kind == "FIXED_LEN_BYTE_ARRAY":
        return float(chunk.num_values * width)
    if kind in WIDTH:
        return float(chunk.num_values * WIDTH[kind])
    # What repeats is written once: then the longest and the shortest text stand for all.
    written = chunk.total_uncompressed_size / max(1, chunk.num_values)
    return float(chunk.num_values * (max(written, _letters(chunk.statistics)) + OFFSET))


def _letters(statistics: Any) -> float:
    if statistics is None or not statistics.has_min_max:
        return UNKNOWN_LETTERS
    return (len(statistics.min) + len(statistics.max)) / 2


def _of_text(path: Path) -> Held:
    """From its first megabyte, as pandas reads that."""
    import pandas

    packed = path.name.lower().endswith(".gz")
    size = path.stat().st_size
    try:
        text, used = _beginning(path, packed)
        separator = "\t" if ".tsv" in path.name.lower() else ","
        table = pandas.read_csv(io.BytesIO(text), sep=separator)
    except (OSError, EOFError, ValueError) as fault:
        raise NoData(
            Sentence("{path} cannot be read: {fault}", path=path, fault=fault),
            Sentence("The first line names the columns, the others hold values."),
            Sentence("Look at it."),
        ) from fault
    share = size / max(1, used)
    return Held(
        1, round(len(table) * share), size, round(int(table.memory_usage(deep=True, index=False).sum()) * share)
    )


def _beginning(path: Path, packed: bool) -> tuple[bytes, float]:
    """Whole lines of the beginning, and how many bytes on disk they are."""
    with path.open("rb") as file:
        raw = file.read(SAMPLE_BYTES)
        if not packed:
            whole = raw if len(raw) < SAMPLE_BYTES else raw[: raw.rfind(b"\n") + 1]
            return whole, len(whole)
    import zlib

    text = zlib.decompressobj(wbits=31).decompress(raw)
    whole = text if len(raw) < SAMPLE_BYTES else text[: text.rfind(b"\n") + 1]
    return whole, len(raw) * len(whole) / max(1, len(text))
