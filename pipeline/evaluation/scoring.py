"""A run scored against a gold set: lines, slots, errors with their reasons, curve."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.gold_folder import Gold, Row
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.kinds import KINDS, RESISTANCE, Kind
from pipeline.evaluation.matching import (
    Claim,
    Judged,
    Matching,
    Sought,
    answered,
    gather_claims,
    match_claims,
    slot_outcomes,
)
from pipeline.evaluation.reasons import Reasons
from pipeline.evaluation.scores import Score, Share, count_table, score_counts, share_of, slot_shares
from pipeline.export.tables import read_table


@dataclass(frozen=True)
class RunTables:
    """What evaluation reads of a run: rows by kind, mentions, and records read with their hashes."""

    rows: Mapping[str, tuple[Row, ...]]
    mentions: tuple[Row, ...]
    documents: frozenset[str]
    digests: Mapping[str, str] = field(default_factory=dict)

    def accepted(self, kind: str) -> list[Row]:
        """Return the accepted rows of a kind."""
        return [row for row in self.rows[kind] if row["accepted"] == "true"]


def read_run(folder: Path) -> RunTables:
    """Read the tables of a run's folder."""
    articles = {row["pmid"]: row.get("sha256", "") for row in read_table(folder, "articles")}
    return RunTables(
        {kind.name: tuple(read_table(folder, kind.name)) for kind in KINDS},
        tuple(read_table(folder, "mentions")),
        frozenset(articles),
        articles,
    )


@dataclass(frozen=True)
class Miss:
    """A required gold claim that the run lacks, and why."""

    claim: Claim
    reason: str


@dataclass(frozen=True)
class Fault:
    """A claim of the run that is wrong, and why."""

    claim: Claim
    reason: str


class CurvePoint(NamedTuple):
    """Precision and recall over all rows with at least this score."""

    score: float
    precision: float
    recall: float


class Bin(NamedTuple):
    """Rows of a range of scores: mean score, share that is right, and how many."""

    score: float
    right: float
    claims: int


@dataclass(frozen=True)
class KindScore:
    """Scores of one kind of claim: `lines` by name, slots, errors, curve and reliability.

    `must_not` is the share of what must not be found that was found all the same; None if nothing is asked.
    """

    kind: Kind
    lines: Mapping[str, Score]
    slots: Mapping[str, tuple[Share, Share]]
    misses: tuple[Miss, ...]
    faults: tuple[Fault, ...]
    curve: tuple[CurvePoint, ...]
    reliability: tuple[Bin, ...]
    must_not: Share | None = None
    counts: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def main(self) -> Score:
        """The line that targets mean: strict, denied claims left out."""
        return self.lines["strict"]


def _always(_: Judged | Sought) -> bool:
    return True


def _flagged(test: Callable[[Claim], bool]) -> Callable[[Judged | Sought], bool]:
    """Make a filter of a line: a matched pair goes by its gold claim, an unmatched row by its own."""

    def keep(item: Judged | Sought) -> bool:
        if isinstance(item, Judged) and item.gold:
            return any(test(claim) for claim in item.gold)
        return test(item.claim)

    return keep


LINES: Mapping[str, Callable[[Judged | Sought], bool]] = {
    "macrophage-linked": _flagged(lambda claim: claim.population),
    "generic drug": _flagged(lambda claim: claim.generic),
    "named drug": _flagged(lambda claim: not claim.generic),
    "speculated": _flagged(lambda claim: claim.flag("speculated")),
}
_OF_RESISTANCE = frozenset(("macrophage-linked", "generic drug", "named drug"))


def score_kind(run: RunTables, gold: Gold, kind: Kind, identity: Identity) -> KindScore:
    """Score one kind of claim over the documents that run and gold share, in order of their ids.

    `counts` of the result holds the table of each line by document, to compare two runs by.
    """
    documents = sorted(run.documents & gold.documents.keys())
    accepted, claims = run.accepted(kind.name), gold.claims.get(kind.name, ())
    strict = match_claims(accepted, claims, documents, kind, identity)
    matchings = {
        "relaxed": match_claims(accepted, claims, documents, kind, identity, relaxed=True),
        "negated": match_claims(accepted, claims, documents, kind, identity, negated=True),
    }
    counts = {"strict": count_table(strict), "relaxed": count_table(matchings["relaxed"])}
    for name, keep in LINES.items():
        if kind is RESISTANCE or name not in _OF_RESISTANCE:
            counts[name] = count_table(strict, keep, keep)
    counts["negated"] = count_table(matchings["negated"])
    misses, faults = _errors(run, strict, claims, kind, identity)
    return KindScore(
        kind,
        {name: score_counts(table) for name, table in counts.items()},
        {name: slot_shares(cells) for name, cells in slot_outcomes(strict, kind, identity).items()},
        misses,
        faults,
        _curve(run, claims, documents, kind, identity),
        _reliability(strict),
        _must_not(accepted, gold, kind, identity),
        counts,
    )


def _must_not(accepted: list[Row], gold: Gold, kind: Kind, identity: Identity) -> Share | None:
    asked = [row for row in gold.must_not if row["kind"] == kind.name]
    if not asked:
        return None
    cells = list(answered(accepted, asked, kind, identity).values())
    return share_of([cell[0] for cell in cells], [cell[1] for cell in cells])


def _errors(
    run: RunTables, matching: Matching, gold: tuple[Row, ...], kind: Kind, identity: Identity
) -> tuple[tuple[Miss, ...], tuple[Fault, ...]]:
    reasons = Reasons(kind, run.rows[kind.name], run.mentions, identity)
    claims: dict[str, list[Claim]] = defaultdict(list)
    for claim in gather_claims(gold, kind, identity):
        claims[claim.pmid].append(claim)
    misses = [Miss(s.claim, reasons.of_miss(s)) for s in matching.sought if not s.found]
    faults = [
        Fault(j.claim, reasons.of_fault(j, claims[j.claim.pmid]))
        for j in matching.judged
        if j.verdict == "wrong"
    ]
    return (
        tuple(sorted(misses, key=lambda miss: (miss.claim.pmid, miss.claim.pair, miss.claim.labels))),
        tuple(sorted(faults, key=lambda fault: (fault.claim.pmid, fault.claim.pair, fault.claim.labels))),
    )


def _curve(
    run: RunTables, gold: tuple[Row, ...], documents: list[str], kind: Kind, identity: Identity
) -> tuple[CurvePoint, ...]:
    """Return the curve over all scored rows, accepted or not: one point a distinct score, highest first."""
    matching = match_claims(run.rows[kind.name], gold, documents, kind, identity)
    required = len(matching.sought)
    judged = sorted(matching.judged, key=lambda item: -item.claim.score)
    right = total = 0
    found: set[int] = set()
    points: list[CurvePoint] = []
    for number, item in enumerate(judged):
        if item.verdict != "ignored":
            total += 1
            right += item.verdict == "right"
        if item.verdict == "right":
            found.update(id(claim) for claim in item.gold)
        last = number + 1 == len(judged) or judged[number + 1].claim.score != item.claim.score
        if last and total and required:
            points.append(CurvePoint(item.claim.score, right / total, len(found) / required))
    return tuple(points)


def _reliability(matching: Matching) -> tuple[Bin, ...]:
    """Return rows by tenths of their score: what the score says against what is right."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for item in matching.judged:
        if item.verdict != "ignored":
            bins[min(9, int(item.claim.score * 10))].append(item)
    return tuple(
        Bin(
            float(np.mean([item.claim.score for item in items])),
            float(np.mean([item.verdict == "right" for item in items])),
            len(items),
        )
        for _, items in sorted(bins.items())
    )


def count_reasons(errors: tuple[Miss, ...] | tuple[Fault, ...]) -> dict[str, int]:
    """Return how often each reason stands, the commonest first."""
    return dict(Counter(error.reason for error in errors).most_common())
