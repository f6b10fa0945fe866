"""Score a run against the facts of the review's four tables.

A printed row is found when any of its required facts that the text states stands in an accepted, undenied row
of the run, in any document of the source; it is right when the direction agrees too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.gold_folder import Row
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.kinds import INTERVENTIONS, MACROPHAGE, RESISTANCE, Slot
from pipeline.evaluation.matching import slot_key
from pipeline.evaluation.review_gold import TableRow
from pipeline.evaluation.scores import Share, share_of


@dataclass(frozen=True)
class TableKind:
    """How a table's facts are compared: the run's table, the pair, the labels that make the direction.

    `looser` names the side of the pair that the relaxed count may take for its class or family.
    """

    kind: str
    pair: tuple[Slot, Slot]
    labels: tuple[str, ...]
    looser: int


_OF_TABLE: Mapping[int, TableKind] = {
    1: TableKind("macrophage", MACROPHAGE.pair, MACROPHAGE.labels, 1),
    2: TableKind("resistance", RESISTANCE.pair, RESISTANCE.labels, 1),
    3: TableKind("interventions", (INTERVENTIONS.pair[0], Slot("target", "target_id", "target_name")), (), 1),
    4: TableKind("interventions", (INTERVENTIONS.pair[0], Slot("target", "target_id", "target_name")), (), 1),
}
FOUND, RIGHT, RELAXED = "found", "right", "relaxed"


@dataclass(frozen=True)
class FactScore:
    """One required fact: its names, the labels that it asks for, and what the run has of it."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    outcomes: frozenset[str]
    reason: str


@dataclass(frozen=True)
class RowScore:
    """One printed row: what was asked for and what the run holds of it."""

    row: str
    parity: str
    facts: tuple[FactScore, ...]

    def has(self, outcome: str) -> bool:
        """Whether any of the facts came out so (`found`, `right`, `relaxed`)."""
        return any(outcome in fact.outcomes for fact in self.facts)

    @property
    def reason(self) -> str:
        """Why the row is not right; empty if it is."""
        return "" if self.has(RIGHT) else self.facts[0].reason


@dataclass(frozen=True)
class TableScore:
    """One table over one source: its rows, and shares of rows and of facts by outcome."""

    table: int
    rows: tuple[RowScore, ...]

    def share_of_rows(self, outcome: str) -> Share:
        """Return the share of rows that came out so, with an interval over rows."""
        return share_of([row.has(outcome) for row in self.rows], [1] * len(self.rows))

    def share_of_facts(self, outcome: str) -> Share:
        """Return the share of facts that came out so, with an interval over rows."""
        return share_of(
            [sum(outcome in fact.outcomes for fact in row.facts) for row in self.rows],
            [len(row.facts) for row in self.rows],
        )

    def by_label(self) -> dict[str, tuple[int, int]]:
        """Return right ones and all facts by their labels, so that a rare direction shows."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for row in self.rows:
            for fact in row.facts:
                cell = counts[" ".join(filter(None, fact.labels))]
                cell[0] += RIGHT in fact.outcomes
                cell[1] += 1
        return {label: (cell[0], cell[1]) for label, cell in sorted(counts.items()) if label}

    def of_parity(self, parity: str) -> TableScore:
        """Return the score over the odd or the even rows only."""
        return TableScore(self.table, tuple(row for row in self.rows if row.parity == parity))


class _Run:
    """The run's rows of one kind, as keys."""

    def __init__(self, evidence: Iterable[Row], how: TableKind, identity: Identity) -> None:
        self.accepted: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        self.below: set[tuple[str, str]] = set()
        self.sides: tuple[set[str], set[str]] = (set(), set())
        for row in evidence:
            first, second = (slot_key(row, slot, identity) for slot in how.pair)
            self.sides[0].add(first)
            self.sides[1].add(second)
            if row["accepted"] == "true" and row["negated"] == "false":
                self.accepted[first, second].add(tuple(row[label] for label in how.labels))
            else:
                self.below.add((first, second))


def score_table(
    rows: Sequence[TableRow], evidence: Iterable[Row], identity: Identity, *, stated: str
) -> TableScore:
    """Score the printed rows that have a required fact which the text states.

    Parameters
    ----------
    rows
        Rows of one table, as `read_table_rows` gives them; at least one.
    evidence
        Rows of the run's table of that kind.
    stated
        Column that tells which facts can be asked for: `stated_in_prose`, `stated_in_title`, or "" for all.
    """
    how = _OF_TABLE[rows[0].table]
    run = _Run(evidence, how, identity)
    scores = []
    for row in rows:
        required = row.required(stated)
        if required:
            facts = tuple(_score_fact(fact, how, run, identity) for fact in required)
            scores.append(RowScore(row.row, row.parity, facts))
    return TableScore(rows[0].table, tuple(scores))


def table_kind(number: int) -> str:
    """Return the name of the run's table that a printed table's facts stand in."""
    return _OF_TABLE[number].kind


def _score_fact(fact: Row, how: TableKind, run: _Run, identity: Identity) -> FactScore:
    key = tuple(slot_key(fact, slot, identity) for slot in how.pair)
    labels = tuple(fact[label] for label in how.labels)
    names = tuple(fact.get(slot.words, "") for slot in how.pair)
    outcomes: set[str] = set()
    for pair, directions in run.accepted.items():
        agreed = [identity.agree(found, gold) for found, gold in zip(pair, key, strict=True)]
        right = any(_agree(direction, labels) for direction in directions)
        if all(agreed):
            outcomes.add(FOUND)
            if right:
                outcomes |= {RIGHT, RELAXED}
        elif right and agreed[1 - how.looser] and _is_looser(pair, key, how, identity):
            outcomes.add(RELAXED)
    return FactScore(names, labels, frozenset(outcomes), _reason(key, outcomes, run, identity))


def _agree(found: tuple[str, ...], gold: tuple[str, ...]) -> bool:
    return all(not theirs or ours == theirs for ours, theirs in zip(found, gold, strict=True))


def _is_looser(pair: tuple[str, ...], key: tuple[str, ...], how: TableKind, identity: Identity) -> bool:
    """Tell whether the looser side agrees as class, family, or, for drugs, as a generic drug."""
    found, gold = pair[how.looser], key[how.looser]
    generic = identity.key("tamrex.drugclass:any", "")
    return identity.agree(found, gold, relaxed=True) or (
        how.kind == "resistance" and generic in (found, gold)
    )


def _reason(key: tuple[str, ...], outcomes: set[str], run: _Run, identity: Identity) -> str:
    if RIGHT in outcomes:
        return ""
    if FOUND in outcomes:
        return "wrong direction"

    def among(pairs: Iterable[tuple[str, ...]]) -> bool:
        return any(all(identity.agree(a, b) for a, b in zip(p, key, strict=True)) for p in pairs)

    if among(run.below):
        return "below threshold or denied"
    sides = [any(identity.agree(a, b) for a in side) for side, b in zip(run.sides, key, strict=True)]
    if all(sides):
        return "pair not proposed"
    return "found with other partners only" if sides[0] else "in no row"
