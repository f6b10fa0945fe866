"""Sources that come with the program: the review's prose and the titles of its references."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.places import gold_folder
from pipeline.records import Article, compose_article

REVIEW_DOI = "10.1038/s41698-024-00522-z"


def read_review(folder: Path | None = None) -> Iterator[Article]:
    """Yield the review's prose as pseudo-articles `review:<reference>`, pieces joined by one blank.

    Parameters
    ----------
    folder
        Folder with `review.txt` and `passages.tsv` (`id order start end parity`, offsets in code points).
    """
    folder = folder or gold_folder() / "review"
    text = _read(folder / "review.txt")
    pieces: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in csv.DictReader(_read(folder / "passages.tsv").splitlines(), delimiter="\t"):
        pieces[row["id"]].append((int(row["order"]), text[int(row["start"]) : int(row["end"])]))
    for identifier, parts in pieces.items():
        words = " ".join(part for _, part in sorted(parts))
        yield compose_article(
            identifier,
            "",
            [("", words)],
            doi=REVIEW_DOI,
            year=2024,
            journal="npj Precision Oncology",
            article_type="Review",
            source="review",
        )


def read_references(folder: Path | None = None) -> Iterator[Article]:
    """Yield the references of the review as records with a title only, `reference:<number>`."""
    folder = folder or gold_folder() / "review"
    for row in csv.DictReader(_read(folder / "references.csv").splitlines()):
        yield compose_article(
            f"reference:{row['number']}",
            row["title"],
            [],
            doi=row.get("doi", "").lower(),
            year=int(row["year"]) if row["year"].isdigit() else None,
            journal=row["journal"],
            source="references",
        )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as fault:
        raise UsageError("bundled file can't be read", str(path), "install tamrex again") from fault
