"""Score a run against the curated rows of the review's Table 2.

A row is found when any of its required mediator-drug pairs stands in an accepted, undenied row of
`resistance.csv` anywhere in the run; it is right when the effect agrees too.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageError

GENERIC_DRUGS = ("tamrex.drugclass:chemotherapy", "tamrex.drugclass:any")
"""All generic drug ids are one id when scoring."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class RowScore:
    """One row of the table: what was asked for and what the run holds of it."""

    row: str
    parity: str
    pairs: tuple[str, ...]
    found: bool
    right: bool
    reason: str


@dataclass(frozen=True)
class TableScore:
    """Totals over rows: how many, found (mediator and drug), and right (effect too)."""

    rows: tuple[RowScore, ...]

    @property
    def total(self) -> int:
        """Rows that the prose states."""
        return len(self.rows)

    @property
    def found(self) -> int:
        """Rows with a pair found, whatever its effect."""
        return sum(row.found for row in self.rows)

    @property
    def right(self) -> int:
        """Rows with a pair found whose effect agrees."""
        return sum(row.right for row in self.rows)

    def of_parity(self, parity: str) -> TableScore:
        """Return the score over the odd or the even rows only."""
        return TableScore(tuple(row for row in self.rows if row.parity == parity))


def read_gold_rows(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read the curated pairs, by row number.

    Raises
    ------
    UsageError
        If the file is missing or lacks a column.
    """
    needed = {"row", "mediator_id", "drug_id", "effect", "parity", "optional", "stated_in_prose"}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lacking = needed - set(reader.fieldnames or ())
            if lacking:
                raise UsageError(f"gold file lacks the column {min(lacking)!r}", str(path))
            rows: dict[str, list[dict[str, str]]] = defaultdict(list)
            for row in reader:
                rows[row["row"]].append(row)
            return dict(rows)
    except OSError as fault:
        raise UsageError("gold file can't be read", str(path)) from fault


def score_table(
    gold: Mapping[str, list[dict[str, str]]], evidence: Iterable[Mapping[str, str]]
) -> TableScore:
    """Score the rows that the prose states.

    Parameters
    ----------
    gold
        Curated pairs by row number, as `read_gold_rows` gives them.
    evidence
        Rows of `resistance.csv`.
    """
    effects: dict[Pair, set[str]] = defaultdict(set)
    below: set[Pair] = set()
    mediators, drugs = set(), set()
    for row in evidence:
        pair = (row["mediator_id"], _one_generic(row["drug_id"]))
        mediators.add(pair[0])
        drugs.add(pair[1])
        if row["accepted"] == "true" and row["negated"] == "false":
            effects[pair].add(row["effect"])
        else:
            below.add(pair)
    scores = []
    for number, pairs in sorted(gold.items(), key=lambda item: int(item[0])):
        required = [p for p in pairs if p["optional"] == "false" and p["stated_in_prose"] == "true"]
        if not required:
            continue
        keys = [(p["mediator_id"], _one_generic(p["drug_id"])) for p in required]
        found = any(key in effects for key in keys)
        right = any(p["effect"] in effects.get(key, ()) for p, key in zip(required, keys, strict=True))
        reason = "" if right else _reason(keys, found, below, mediators, drugs)
        names = tuple(f"{p['mediator_name']} – {p['drug_name']} ({p['effect']})" for p in required)
        scores.append(RowScore(number, required[0]["parity"], names, found, right, reason))
    return TableScore(tuple(scores))


def _one_generic(drug: str) -> str:
    return GENERIC_DRUGS[0] if drug in GENERIC_DRUGS else drug


def _reason(keys: list[Pair], found: bool, below: set[Pair], mediators: set[str], drugs: set[str]) -> str:
    if found:
        return "wrong direction"
    if any(key in below for key in keys):
        return "below threshold or denied"
    if any(mediator in mediators for mediator, _ in keys) and any(drug in drugs for _, drug in keys):
        return "pair not proposed"
    if any(mediator in mediators for mediator, _ in keys):
        return "mediator found with other drugs only"
    return "mediator in no row"
