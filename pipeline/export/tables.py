"""CSV files of a run: written, and read back as they were.

UTF-8, RFC 4180 quoting, LF line ends, a header always. A cell that begins with ``= + - @`` or a tab
gets a leading ``'`` so that spreadsheets do not run it; `read_table` takes it off again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO

from pipeline.errors import UsageError
from pipeline.evidence import Cell
from pipeline.tables import Table

_RISKY = ("=", "+", "-", "@", "\t", "\r")


class TableWriter:
    """Write the rows of one table; use it as a context manager."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.table = table
        self.count = 0
        self._file: TextIO = (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="")
        self._write_line(table.header)

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, row: Mapping[str, Cell]) -> None:
        """Write one row; every column of the table must be there."""
        self._write_line([_cell(row[column.name], column.type) for column in self.table.columns])
        self.count += 1

    def _write_line(self, cells: list[str]) -> None:
        # csv.writer leaves a lone carriage return unquoted when lines end in LF; readers then split the row.
        self._file.write(",".join(_quoted(cell) for cell in cells) + "\n")


def write_table(folder: Path, table: Table, rows: Iterable[Mapping[str, Cell]]) -> int:
    """Write a whole table and return how many rows it has."""
    with TableWriter(folder, table) as writer:
        for row in rows:
            writer.write(row)
        return writer.count


def read_table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of ``folder/name.csv`` with cells as they were before they were made safe.

    Raises
    ------
    UsageError
        If the folder holds no such table.
    """
    path = folder / f"{name}.csv"
    try:
        file = path.open(encoding="utf-8", newline="")
    except OSError as fault:
        raise UsageError("no such table", str(path), "give the folder of a finished run") from fault
    with file:
        # Passages may be longer than the default limit of 131,072 characters a cell.
        csv.field_size_limit(2**31 - 1)
        for row in csv.DictReader(file):
            yield {name: _raw(cell or "") for name, cell in row.items()}


def _cell(value: Cell, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    words = str(value)
    # Numbers are our own; a minus sign before one is no formula.
    if kind == "string" and (words.startswith(_RISKY) or words.startswith("'")):
        return "'" + words
    return words


def _quoted(cell: str) -> str:
    if any(sign in cell for sign in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _raw(words: str) -> str:
    return words[1:] if words.startswith("'") else words
