"""Sources that come with the program: the review's prose and the titles of its references."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.places import gold_folder
from pipeline.records import Article, compose_article

REVIEW_DOI = "10.1038/s41698-024-00522-z"
_PASSAGE_COLUMNS = ("id", "order", "start", "end")
_REFERENCE_COLUMNS = ("number", "title", "year", "journal")


def read_review(folder: Path | None = None) -> Iterator[Article]:
    """Return the review's prose as pseudo-articles `review:<reference>`, pieces joined by one blank.

    Parameters
    ----------
    folder
        Folder with `review.txt` and `passages.tsv` (`id order start end`, offsets in code points).

    Raises
    ------
    UsageError
        At once, if a file is missing, lacks a column or names a place outside the text.
    """
    folder = folder or gold_folder() / "review"
    text = _read(folder / "review.txt")
    file = folder / "passages.tsv"
    pieces: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line, row in enumerate(_rows(file, "\t", _PASSAGE_COLUMNS), 2):
        numbers = [row[name] for name in ("order", "start", "end")]
        if not all(number.isdecimal() for number in numbers):
            raise UsageError("bundled file has a place that is no number", f"{file} line {line}")
        order, start, end = map(int, numbers)
        if not start < end <= len(text):
            raise UsageError("bundled file names a place outside the text", f"{file} line {line}")
        pieces[row["id"]].append((order, text[start:end]))
    return map(_passage, pieces, pieces.values())


def _passage(identifier: str, parts: list[tuple[int, str]]) -> Article:
    return compose_article(
        identifier,
        "",
        [("", " ".join(words for _, words in sorted(parts)))],
        doi=REVIEW_DOI,
        year=2024,
        journal="npj Precision Oncology",
        article_type="Review",
        source="review",
    )


def read_references(folder: Path | None = None) -> Iterator[Article]:
    """Return the references of the review as records with a title only, `reference:<number>`.

    Raises
    ------
    UsageError
        At once, if `references.csv` is missing or lacks a column.
    """
    folder = folder or gold_folder() / "review"
    return map(_reference, _rows(folder / "references.csv", ",", _REFERENCE_COLUMNS))


def _reference(row: dict[str, str]) -> Article:
    return compose_article(
        f"reference:{row['number']}",
        row["title"],
        [],
        doi=row.get("doi", "").lower(),
        year=int(row["year"]) if row["year"].isdecimal() else None,
        journal=row["journal"],
        source="references",
    )


def _rows(path: Path, delimiter: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a table with a header; a cell that a short row lacks is empty."""
    reader = csv.DictReader(io.StringIO(_read(path), newline=""), delimiter=delimiter, restval="")
    lacking = [name for name in columns if name not in (reader.fieldnames or ())]
    if lacking:
        raise UsageError(f"bundled file lacks the column {lacking[0]!r}", str(path), "install tamrex again")
    return [{name: value for name, value in row.items() if isinstance(value, str)} for row in reader]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as fault:
        raise UsageError(
            f"bundled file can't be read ({fault.strerror})", str(path), "install tamrex again"
        ) from fault
