"""What differs between the claims of two runs, and by which articles: `changes.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.evidence import Row
from pipeline.export.tables import TableWriter, read_table
from pipeline.tables import CHANGES_TABLE, CLAIMS_TABLE, TAM_RESISTANCE_TABLE

NEW, REVISED, RETRACTED, REINSTATED = "new", "revised", "retracted", "reinstated"
WITHDRAWN, RECORD, REREAD = "withdrawn", "record", "reread"
_BEFORE = ("n_articles_for", "n_articles_against")
_COPIED = [column.name for column in CHANGES_TABLE.columns if column.name in TAM_RESISTANCE_TABLE.header]

Table = Mapping[str, Mapping[str, str]]
"""Rows as they are read from a file, by their key."""


class Change(NamedTuple):
    """A claim that only one of two runs has (`added`, `removed`), or whose cells differ (`changed`)."""

    table: str
    change: str
    before: Mapping[str, str]
    after: Mapping[str, str]


def list_changes(old: Path | None, new: Path) -> Iterator[Row]:
    """Yield the rows of `changes.csv`: by table, then added, changed and removed claims, then id.

    Parameters
    ----------
    old
        Folder of the earlier run; None where there was none, so that all claims are added.
    new
        Folder of the later run.
    """
    articles_before, articles = _read(old, "articles", "pmid"), _read(new, "articles", "pmid")
    for table in (TAM_RESISTANCE_TABLE.name, CLAIMS_TABLE.name):
        for change in compare_claims(table, _read(old, table, "claim_id"), _read(new, table, "claim_id")):
            yield _row(change, articles_before, articles)


def write_changes(old: Path | None, new: Path) -> dict[str, int]:
    """Write `changes.csv` into the later run's folder; count the changes of `claims.csv` by kind."""
    counts = dict.fromkeys(("added", "changed", "removed"), 0)
    with TableWriter(new, CHANGES_TABLE) as writer:
        for row in list_changes(old, new):
            writer.write(row)
            counts[str(row["change"])] += row["table"] == CLAIMS_TABLE.name
    return counts


def compare_claims(table: str, before: Table, after: Table) -> Iterator[Change]:
    """Yield what differs between the claims of two runs."""
    for claim_id in sorted(after.keys() - before.keys()):
        yield Change(table, "added", {}, after[claim_id])
    for claim_id in sorted(after.keys() & before.keys()):
        if before[claim_id] != after[claim_id]:
            yield Change(table, "changed", before[claim_id], after[claim_id])
    for claim_id in sorted(before.keys() - after.keys()):
        yield Change(table, "removed", before[claim_id], {})


def _read(folder: Path | None, table: str, key: str) -> Table:
    if folder is None:
        return {}
    return {row[key]: row for row in read_table(folder, table)}


def _row(change: Change, articles_before: Table, articles: Table) -> Row:
    standing = change.after or change.before
    differing = [
        name
        for name in standing
        if change.before and change.after and change.before.get(name, "") != change.after.get(name, "")
    ]
    by_reason: dict[str, set[str]] = {}
    for pmid in _pmids(change):
        by_reason.setdefault(_why(articles_before.get(pmid), articles.get(pmid)), set()).add(pmid)
    if len(by_reason) > 1:
        # Articles that stand as they were don't make the change.
        by_reason.pop(REREAD, None)
    row: Row = {name: standing.get(name) or None for name in _COPIED}
    for name in _BEFORE:
        row[name] = _number(change.after.get(name))
        row[f"{name}_before"] = _number(change.before.get(name))
    return row | {
        "change": change.change,
        "table": change.table,
        "columns": "|".join(differing),
        "reason": "|".join(sorted(by_reason)),
        "pmids": "|".join(sorted(set().union(*by_reason.values()))),
    }


def _pmids(change: Change) -> set[str]:
    """Return the articles that can have made a change: those that came or went, else all that stayed."""
    sides = ("pmids", "pmids_against")
    before = {(side, pmid) for side in sides for pmid in _split(change.before.get(side, ""))}
    after = {(side, pmid) for side in sides for pmid in _split(change.after.get(side, ""))}
    return {pmid for _, pmid in (before ^ after) or (before | after)}


def _why(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> str:
    if before is None:
        return NEW
    if after is None:
        return WITHDRAWN
    if before["retracted"] != after["retracted"]:
        return RETRACTED if after["retracted"] == "true" else REINSTATED
    if before["sha256"] != after["sha256"]:
        return REVISED
    described = ("year", "doi", "journal", "article_type")
    return RECORD if any(before[name] != after[name] for name in described) else REREAD


def _split(cell: str) -> Iterable[str]:
    return cell.split("|") if cell else ()


def _number(cell: str | None) -> int | None:
    return int(cell) if cell else None
