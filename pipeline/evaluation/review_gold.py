"""The gold made from the review: claims of its prose and titles, and the facts of its four tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.evaluation.gold_folder import Gold, GoldDocument, Row, check_claims, read_rows
from pipeline.evaluation.kinds import KINDS

PROSE, TITLES = "review prose", "review titles"
PROSE_PREFIX, TITLE_PREFIX = "review:", "reference:"
_NUMBER = re.compile(r"\d+$")


def parity(number: int) -> str:
    """Return `odd` or `even`."""
    return "odd" if number % 2 else "even"


def read_prose_gold(folder: Path) -> Gold:
    """Return the claims of the review's prose, by pseudo-article.

    Parameters
    ----------
    folder
        `gold/review`: `passages.tsv` says which pseudo-articles there are and their parity.
    """
    documents = {}
    for _, row in read_rows(folder / "passages.tsv", ("id", "parity"), delimiter="\t"):
        documents[row["id"]] = GoldDocument(row["id"], row["parity"])
    return Gold(PROSE, documents, _claims_by_kind(folder / "prose_claims.csv", documents))


def read_title_gold(folder: Path) -> Gold:
    """Return the claims of the titles of the review's references."""
    documents = {}
    for _, row in read_rows(folder / "references.csv", ("number",)):
        pmid = f"{TITLE_PREFIX}{row['number']}"
        documents[pmid] = GoldDocument(pmid, parity(int(row["number"])))
    return Gold(TITLES, documents, _claims_by_kind(folder / "title_claims.csv", documents))


def _claims_by_kind(path: Path, documents: Mapping[str, GoldDocument]) -> dict[str, tuple[Row, ...]]:
    """Return the claims of a file that holds all kinds."""
    names = [kind.name for kind in KINDS]
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {name: [] for name in names}
    for line, row in read_rows(path, ("claim_id", "kind", "pmid", "optional")):
        if row["kind"] not in rows:
            raise UsageError(
                f"unknown kind {row['kind']!r}", f"{path} line {line}", "use " + ", ".join(names)
            )
        rows[row["kind"]].append((line, row))
    return {name: check_claims(numbered, path, documents) for name, numbered in rows.items()}


@dataclass(frozen=True)
class TableRow:
    """A printed row: its facts, required and optional, and where the text outside the table states it."""

    table: int
    row: str
    facts: tuple[Row, ...]

    @property
    def parity(self) -> str:
        """`odd` or `even`."""
        return self.facts[0]["parity"]

    def required(self, stated: str) -> tuple[Row, ...]:
        """Return the required facts for which a column (`stated_in_prose` …) holds; all if it is ""."""
        required = (fact for fact in self.facts if fact["optional"] == "false")
        return tuple(fact for fact in required if not stated or fact[stated] == "true")


def read_table_rows(folder: Path) -> dict[int, tuple[TableRow, ...]]:
    """Return the printed rows of the four tables with their facts, by number of the table."""
    tables = {}
    needed = ("row", "claim_id", "parity", "optional", "stated_in_prose", "stated_in_title", "reference")
    for number in (1, 2, 3, 4):
        path = folder / f"table{number}_curated.csv"
        facts: dict[str, list[Row]] = defaultdict(list)
        for _, row in read_rows(path, needed):
            facts[row["row"]].append(row)
        tables[number] = tuple(TableRow(number, row, tuple(group)) for row, group in facts.items())
    return tables


def read_pmids(folder: Path) -> dict[int, str]:
    """Return the PMID of each reference for which all sources agree on one."""
    path = folder / "pmids.csv"
    given: dict[int, set[str]] = defaultdict(set)
    for _, row in read_rows(path, ("number", "pmid")) if path.is_file() else ():
        if row["pmid"]:
            given[int(row["number"])].add(row["pmid"])
    return {number: pmids.pop() for number, pmids in given.items() if len(pmids) == 1}


def printed_numbers(words: str) -> list[int]:
    """Return the reference numbers of a curated cell (`8|57`)."""
    return [int(part) for part in words.split("|") if _NUMBER.fullmatch(part)]


def of_parity(rows: Iterable[TableRow], wanted: str) -> tuple[TableRow, ...]:
    """Return the rows of one parity."""
    return tuple(row for row in rows if row.parity == wanted)
