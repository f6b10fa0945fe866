"""The texts that gold was made on, from PubMed: by PMID, by DOI, or by title."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.errors import UsageError
from pipeline.evaluation.gold_folder import read_rows
from pipeline.files_whole import write_whole
from pipeline.records import Article, Rejection

_PARTS = ("tam", "development")


class PubMed(Protocol):
    """What fetching needs of the E-utilities."""

    def find_doi(self, doi: str) -> list[str]:
        """Return the PMIDs found for a DOI."""
        ...

    def find_title(self, title: str) -> list[str]:
        """Return the PMIDs found for a title."""
        ...

    def fetch(self, pmids: list[str]) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs."""
        ...


@dataclass(frozen=True)
class Fetched:
    """How many texts came, how many documents have none, and what the user should know of them."""

    texts: int
    missing: int
    remarks: tuple[str, ...]


def fetch_texts(folder: Path, pubmed: PubMed, out: Path) -> Fetched:
    """Fetch the texts of a gold set's documents and write them as JSON lines under the gold's ids.

    A document whose id is no PMID is looked for by its DOI, then by its title. One record must come, and its
    own DOI or title must agree; else the document is reported and left out.

    Parameters
    ----------
    folder
        The shipped gold set, or a folder with `documents.csv`.
    out
        File of JSON lines; it appears whole.

    Raises
    ------
    UsageError
        If the folder holds no documents.
    SourceError
        If PubMed fails.
    """
    rows = list(_documents(folder))
    if not rows:
        raise UsageError("gold knows no document", str(folder), "give a folder with documents.csv")
    pmids: dict[str, str] = {}
    remarks = []
    for row in rows:
        if row["pmid"].isdecimal():
            pmids[row["pmid"]] = row["pmid"]
            continue
        found = pubmed.find_doi(row["doi"]) if row.get("doi") else []
        if not found and row.get("title"):
            found = pubmed.find_title(row["title"])
        if len(found) == 1:
            pmids[row["pmid"]] = found[0]
        else:
            remarks.append(f"{row['pmid']}: {len(found) or 'no'} records in PubMed for its DOI or title")
    records = {
        r.pmid: r for r in pubmed.fetch(sorted(set(pmids.values()), key=int)) if isinstance(r, Article)
    }
    lines = []
    for row in rows:
        article = records.get(pmids.get(row["pmid"], ""))
        if article is None:
            if row["pmid"] in pmids:
                remarks.append(f"{row['pmid']}: PubMed has no record {pmids[row['pmid']]}")
        elif not _same(row, article):
            remarks.append(f"{row['pmid']}: record {article.pmid} has another DOI and title, left out")
        else:
            lines.append(_line(row["pmid"], article))
    write_whole(out, "".join(lines).encode())
    return Fetched(len(lines), len(rows) - len(lines), tuple(remarks))


def _documents(folder: Path) -> Iterator[dict[str, str]]:
    parts = [folder] if (folder / "documents.csv").is_file() else [folder / name for name in _PARTS]
    for part in parts:
        if (part / "documents.csv").is_file():
            for _, row in read_rows(part / "documents.csv", ("pmid",)):
                yield row


def _same(row: dict[str, str], article: Article) -> bool:
    """Tell whether a record is the document: by PMID, else by DOI, else by title."""
    if row["pmid"] == article.pmid:
        return True
    if row.get("doi") and article.doi:
        return row["doi"].lower() == article.doi.lower()
    return _plain(row.get("title", "")) == _plain(article.title)


def _plain(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().casefold()


def _line(pmid: str, article: Article) -> str:
    parts = [
        {"label": s.label, "text": article.text[s.start : s.end].removeprefix(f"{s.label}: ")}
        for s in article.sections
        if s.label != "TITLE"
    ]
    values = {
        "pmid": pmid,
        "title": article.title,
        "abstract": parts,
        "doi": article.doi,
        "year": article.year,
    }
    return json.dumps(values, ensure_ascii=False) + "\n"
