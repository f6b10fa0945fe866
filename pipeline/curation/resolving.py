"""PMIDs of the review's references by ECitMatch, kept with their date and never overwritten."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.evaluation.gold_folder import read_rows
from pipeline.files_whole import write_whole
from pipeline.gold_tables import PMIDS
from pipeline.sources.citations import Citation, CitationMatch

CITATIONS_AT_ONCE = 100
"""Citations in one request: their lines stay well within a POST of a few kilobytes."""


class CitationMatcher(Protocol):
    """What resolving needs of the E-utilities."""

    def match_citations(self, citations: Sequence[Citation]) -> dict[str, CitationMatch]:
        """Return answers by key; a citation without one is left out."""
        ...


@dataclass(frozen=True)
class Resolution:
    """How many citations were asked, found and kept from before, and what contradicts what is known."""

    asked: int
    found: int
    kept: int
    conflicts: tuple[str, ...]


def resolve_references(folder: Path, service: CitationMatcher, *, again: bool = False) -> Resolution:
    """Ask for the PMID of each article of the reference list, and keep the answers.

    `pmids.csv` has a row an answer: its source (`ecitmatch`, or where else a PMID was seen), date and result.
    An answer that contradicts another source is reported as a conflict; both stay.

    Parameters
    ----------
    folder
        `gold/review`, with `references.csv` and `pmids.csv`.
    again
        Ask also where an answer of ECitMatch is kept.

    Raises
    ------
    SourceError
        If the service fails; answers that came before are kept.
    """
    path = folder / "pmids.csv"
    kept = [row for _, row in read_rows(path, tuple(PMIDS.header))] if path.is_file() else []
    answered = {row["number"] for row in kept if row["source"] == "ecitmatch"}
    wanted = [
        citation_of(row)
        for _, row in read_rows(folder / "references.csv", ("number", "kind"))
        if row["kind"] != "thesis" and (again or row["number"] not in answered)
    ]
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    asked = found = 0
    try:
        for start in range(0, len(wanted), CITATIONS_AT_ONCE):
            page = wanted[start : start + CITATIONS_AT_ONCE]
            answers = service.match_citations(page)
            asked += len(page)
            for citation in page:
                match = answers.get(citation.key, CitationMatch(citation.key, "", "no answer"))
                found += bool(match.pmid)
                _add(kept, citation.key, match, day)
    finally:
        _write(path, kept)
    return Resolution(asked, found, len(answered), tuple(conflicts(kept)))


def citation_of(row: dict[str, str]) -> Citation:
    """Return the citation of a row of `references.csv`.

    ECitMatch wants journal, year, volume, first page and first author; bars and line ends would break its
    line.
    """
    author = re.split(r"\s*(?:&|, et al|et al)", row["authors"])[0]
    surname, _, initials = author.partition(",")
    first_page = re.split(r"[-–]", row["pages"])[0]
    fields = (row["journal"], row["year"], row["volume"], first_page, f"{surname} {_initials(initials)}")
    journal, year, volume, page, name = (re.sub(r"[|\s]+", " ", field).strip() for field in fields)
    return Citation(journal.replace(".", "").lower(), year, volume, page, name.lower(), row["number"])


def _initials(words: str) -> str:
    return "".join(re.findall(r"\w", words.split(",")[0]))[:2]


def conflicts(rows: Iterable[dict[str, str]]) -> list[str]:
    """Return references for which two sources give different PMIDs, a line each."""
    by_number: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["pmid"]:
            by_number.setdefault(row["number"], {})[f"{row['source']} {row['date']}".strip()] = row["pmid"]
    return [
        f"reference {number}: " + ", ".join(f"{pmid} ({source})" for source, pmid in given.items())
        for number, given in by_number.items()
        if len(set(given.values())) > 1
    ]


def _add(kept: list[dict[str, str]], number: str, match: CitationMatch, day: str) -> None:
    """Add an answer; one that says the same as a kept one of the same source adds nothing."""
    same = (number, match.pmid, "ecitmatch", match.reason)
    if all((row["number"], row["pmid"], row["source"], row["comment"]) != same for row in kept):
        kept.append(
            {
                "number": number,
                "pmid": match.pmid,
                "source": "ecitmatch",
                "date": day,
                "comment": match.reason,
            }
        )


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, PMIDS.header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: int(row["number"])))
    write_whole(path, stream.getvalue().encode())
