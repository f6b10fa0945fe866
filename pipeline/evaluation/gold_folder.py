"""Gold as files: a folder of documents and claims, the shipped one or a user's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.evaluation.identity import is_known
from pipeline.evaluation.kinds import KINDS, Kind

DEV_SPLITS = frozenset(("dev", "odd", ""))
"""Splits that may be listed; `check` and `even` are shown in totals only."""
SPLITS = DEV_SPLITS | {"check", "even"}
_FLAGS = ("negated", "speculated", "optional")
_LABELS = {
    "effect": frozenset(("promotes", "reverses", "")),
    "basis": frozenset(("functional", "association", "")),
    "population_role": frozenset(("source", "recipient", "mediator", "context", "")),
    "relation": frozenset(
        ("secretes", "expresses", "polarised_by", "recruited_by", "inhibited_by", "targets", "")
    ),
}

Row = Mapping[str, str]


@dataclass(frozen=True)
class GoldDocument:
    """A document that was read: its id, split (`dev`, `check`, `odd`, `even` or empty) and text's hash."""

    pmid: str
    split: str = ""
    sha256: str = ""
    annotators: str = ""


@dataclass(frozen=True)
class Gold:
    """Documents and their claims by kind; a document with no claim was read and has none.

    Claims are rows with the columns of the table of the same name, plus `optional`. `must_not` holds what a
    careless reader would take for a claim, as rows of the same columns, each with its `kind`.
    """

    name: str
    documents: Mapping[str, GoldDocument]
    claims: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    mentions: tuple[Row, ...] = ()
    must_not: tuple[Row, ...] = ()

    def of_splits(self, splits: Iterable[str]) -> Gold:
        """Return the part whose documents are in these splits."""
        wanted = frozenset(splits)
        return self.of_documents({pmid: d for pmid, d in self.documents.items() if d.split in wanted})

    def of_documents(self, kept: Mapping[str, GoldDocument]) -> Gold:
        """Return the part that concerns these documents."""
        claims = {
            kind: tuple(row for row in rows if row["pmid"] in kept) for kind, rows in self.claims.items()
        }
        mentions, must_not = (
            tuple(row for row in rows if row["pmid"] in kept) for rows in (self.mentions, self.must_not)
        )
        return Gold(self.name, kept, claims, mentions, must_not)


def read_gold(folder: Path, name: str = "") -> Gold:
    """Read a gold folder: `documents.csv` and any of the claim files and `mentions.csv`.

    Raises
    ------
    UsageError
        If `documents.csv` is missing, a file lacks a column, or a row names an unknown document,
        split or label.
    """
    if not folder.is_dir():
        raise UsageError("gold folder does not exist", str(folder), "give a folder with documents.csv")
    documents = {}
    path = folder / "documents.csv"
    for line, row in read_rows(path, ("pmid",)):
        split = row.get("split", "")
        if split not in SPLITS:
            raise _fault(f"unknown split {split!r}", path, line, "use dev, check, odd, even or nothing")
        if row["pmid"] in documents:
            raise _fault(f"document {row['pmid']} stands twice", path, line, "remove one of the lines")
        documents[row["pmid"]] = GoldDocument(
            row["pmid"], split, row.get("sha256", ""), row.get("annotators", "")
        )
    claims = {kind.name: read_claims(folder / f"{kind.name}.csv", kind, documents) for kind in KINDS}
    mentions = _of_documents(folder / "mentions.csv", _MENTION, documents)
    must_not = _of_documents(folder / "must_not.csv", ("pmid", "kind"), documents)
    return Gold(name or folder.name, documents, claims, mentions, must_not)


def _of_documents(
    path: Path, needed: tuple[str, ...], documents: Mapping[str, GoldDocument]
) -> tuple[Row, ...]:
    """Read a file that may be missing; each row must name a known document."""
    if not path.is_file():
        return ()
    return tuple(_known(row, documents, path, line) for line, row in read_rows(path, needed))


def read_own_gold(folder: Path) -> Gold:
    """Read a user's own gold folder, and see that each id in it is one of the vocabulary's.

    Raises
    ------
    UsageError
        As `read_gold` does, and for an unknown id.
    """
    gold = read_gold(folder)
    for kind in KINDS:
        for row in gold.claims[kind.name]:
            for slot in (*kind.pair, *kind.slots):
                for curie in filter(None, row.get(slot.ids, "").split("|")):
                    if not is_known(curie):
                        raise UsageError(
                            f"unknown id {curie!r}",
                            f"{folder / kind.name}.csv, claim {row['claim_id']}",
                            "give an id of the vocabulary, or none: names are then compared by their words",
                        )
    return gold


_MENTION = ("pmid", "start", "end", "kind", "id")


def read_claims(path: Path, kind: Kind, documents: Mapping[str, GoldDocument]) -> tuple[Row, ...]:
    """Read the claims of one kind; a file that isn't there holds none."""
    if not path.is_file():
        return ()
    needed = ["claim_id", "pmid", "optional", *kind.labels]
    needed += [column for slot in kind.pair for column in (slot.ids, slot.words) if column]
    return check_claims(read_rows(path, tuple(needed)), path, documents)


def check_claims(
    rows: Iterable[tuple[int, dict[str, str]]], path: Path, documents: Mapping[str, GoldDocument]
) -> tuple[Row, ...]:
    """Return numbered rows as claims, once their labels, flags, ids and documents are seen to be right."""
    claims = []
    seen: set[str] = set()
    for line, row in rows:
        _known(row, documents, path, line)
        if row["claim_id"] in seen:
            raise _fault(f"claim {row['claim_id']!r} stands twice", path, line, "give it an id of its own")
        seen.add(row["claim_id"])
        for flag in _FLAGS:
            if row.setdefault(flag, "false") not in ("true", "false"):
                raise _fault(f"{flag} is {row[flag]!r}", path, line, "write true or false")
        for label, allowed in _LABELS.items():
            if not set(row.get(label, "").split("|")) <= allowed:
                raise _fault(f"unknown {label} {row[label]!r}", path, line, f"use one of {_list(allowed)}")
        claims.append(row)
    return tuple(claims)


def read_rows(
    path: Path, needed: tuple[str, ...], *, delimiter: str = ","
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file with their line numbers (a record's last line).

    Raises
    ------
    UsageError
        If the file can't be read, is no UTF-8, lacks a column or has a row of another length.
    """
    try:
        words = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError("gold file can't be read", str(path), "see that it is there and is UTF-8") from fault
    reader = csv.DictReader(io.StringIO(words, newline=""), delimiter=delimiter)
    lacking = [name for name in needed if name not in (reader.fieldnames or ())]
    if lacking:
        raise UsageError(
            f"gold file lacks the column {lacking[0]!r}", str(path), "see gold/README.md for the columns"
        )
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise _fault("row of another length than the header", path, reader.line_num, "mend the row")
        rows.append((reader.line_num, row))
    return rows


def _known(
    row: dict[str, str], documents: Mapping[str, GoldDocument], path: Path, line: int
) -> dict[str, str]:
    if row["pmid"] not in documents:
        raise _fault(
            f"document {row['pmid']!r} is not in documents.csv", path, line, "add it, or remove the row"
        )
    return row


def _fault(what: str, path: Path, line: int, mend: str) -> UsageError:
    return UsageError(what, f"{path} line {line}", mend)


def _list(allowed: Iterable[str]) -> str:
    return ", ".join(sorted(value for value in allowed if value))
