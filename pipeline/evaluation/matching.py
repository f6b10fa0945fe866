"""Which rows of a run are right: claims of a run against claims of the gold, document by document.

A row is *right* when its pair and its labels agree with a required claim. It is *ignored* when they agree
with an optional one. Else it is *wrong*. Rows that say the same in a document count once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.evaluation.gold_folder import Row
from pipeline.evaluation.identity import GENERIC_DRUGS, Identity
from pipeline.evaluation.kinds import Kind, Slot

Verdict = Literal["right", "wrong", "ignored"]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Claim:
    """One claim of one document: keys of its pair, labels, and the rows that state it (best first)."""

    pmid: str
    pair: Pair
    labels: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def row(self) -> Row:
        """The row with the highest score."""
        return self.rows[0]

    @property
    def score(self) -> float:
        """Score of the best row; a gold claim has none and counts as sure."""
        return float(self.row.get("score") or 1)

    @property
    def generic(self) -> bool:
        """Whether the drug is named in general words only."""
        return self.pair[1] == GENERIC_DRUGS[0]

    def flag(self, name: str) -> bool:
        """Whether all rows carry a flag: a claim said firmly once is firm."""
        return all(row.get(name) == "true" for row in self.rows)

    @property
    def population(self) -> bool:
        """Whether a macrophage population takes part."""
        return any(row.get("population_id") or row.get("population_name") for row in self.rows)


@dataclass(frozen=True)
class Judged:
    """A claim of the run with its verdict and the gold claims that its pair agrees with."""

    claim: Claim
    verdict: Verdict
    gold: tuple[Claim, ...]
    denied: bool = False


@dataclass(frozen=True)
class Sought:
    """A required gold claim: found, or not; `paired` if the run has its pair with other labels only."""

    claim: Claim
    found: bool
    paired: bool


@dataclass(frozen=True)
class Matching:
    """What came out for one kind of claim over all documents."""

    judged: tuple[Judged, ...]
    sought: tuple[Sought, ...]
    documents: tuple[str, ...]


def slot_key(row: Row, slot: Slot, identity: Identity) -> str:
    """Return what a slot of a row is compared by; empty where it is not filled."""
    if slot.label:
        return row.get(slot.words, "")
    return identity.key(row.get(slot.ids, ""), row.get(slot.words, ""))


def gather_claims(rows: Iterable[Row], kind: Kind, identity: Identity) -> list[Claim]:
    """Put rows of one kind together to claims: one for each document, pair and labels."""
    grouped: dict[tuple[str, Pair, tuple[str, ...]], list[Row]] = defaultdict(list)
    for row in rows:
        first, second = (slot_key(row, slot, identity) for slot in kind.pair)
        grouped[row["pmid"], (first, second), tuple(row.get(label, "") for label in kind.labels)].append(row)
    return [
        Claim(pmid, pair, labels, tuple(sorted(rows, key=lambda row: -float(row.get("score") or 1))))
        for (pmid, pair, labels), rows in grouped.items()
    ]


def match_claims(
    run: Iterable[Row],
    gold: Iterable[Row],
    documents: Iterable[str],
    kind: Kind,
    identity: Identity,
    *,
    relaxed: bool = False,
    negated: bool = False,
) -> Matching:
    """Match a run's accepted rows with gold claims.

    Parameters
    ----------
    run, gold
        Rows with the columns of the kind's table; gold ones also carry `optional`.
    documents
        Ids of the documents that both sides know; all others are left out.
    relaxed
        Let family agree with member, class with drug, parent with child.
    negated
        Match denied claims with denied claims, in place of asserted with asserted.
    """
    wanted = tuple(documents)
    inside = frozenset(wanted)
    flag = "true" if negated else "false"
    ours = gather_claims(
        (row for row in run if row["pmid"] in inside and row.get("negated") == flag), kind, identity
    )
    theirs = gather_claims((row for row in gold if row["pmid"] in inside), kind, identity)
    by_document: dict[str, list[Claim]] = defaultdict(list)
    for claim in theirs:
        by_document[claim.pmid].append(claim)
    judged = []
    found: set[int] = set()
    paired: set[int] = set()
    for claim in ours:
        verdict, partners = _judge(claim, by_document[claim.pmid], identity, flag, relaxed=relaxed)
        judged.append(verdict)
        for partner in partners:
            (found if verdict.verdict == "right" else paired).add(id(partner))
    required = [c for c in theirs if _required(c, flag)]
    sought = tuple(Sought(c, id(c) in found, id(c) in paired - found) for c in required)
    return Matching(tuple(judged), sought, wanted)


def _required(claim: Claim, flag: str) -> bool:
    return claim.row.get("negated", "false") == flag and not claim.flag("optional")


def _judge(
    claim: Claim, gold: list[Claim], identity: Identity, flag: str, *, relaxed: bool
) -> tuple[Judged, list[Claim]]:
    """Return the verdict and the required gold claims that it concerns."""
    same = [g for g in gold if _pair_agrees(claim.pair, g.pair, identity, relaxed=relaxed)]
    fitting = [g for g in same if g.row.get("negated", "false") == flag]
    required = [g for g in fitting if _required(g, flag)]
    right = [g for g in required if _labels_agree(claim.labels, g.labels)]
    if right:
        return Judged(claim, "right", tuple(right)), right
    if any(not _required(g, flag) and _labels_agree(claim.labels, g.labels) for g in fitting):
        return Judged(claim, "ignored", tuple(fitting)), []
    denied = bool(same) and not fitting
    return Judged(claim, "wrong", tuple(same), denied), required


def _pair_agrees(found: Pair, gold: Pair, identity: Identity, *, relaxed: bool) -> bool:
    return all(identity.agree(a, b, relaxed=relaxed) for a, b in zip(found, gold, strict=True))


def _labels_agree(found: tuple[str, ...], gold: tuple[str, ...]) -> bool:
    # A gold label that is empty was left open: either is right.
    return all(not theirs or ours == theirs for ours, theirs in zip(found, gold, strict=True))


def answered(
    run: Iterable[Row], must_not: Iterable[Row], kind: Kind, identity: Identity
) -> dict[str, list[int]]:
    """Count by document what must not be found: [found all the same, asked].

    A row answers it when pair and labels agree, a label that is left open with any, and both are denied or
    both are not.
    """
    by_document: dict[str, list[Claim]] = defaultdict(list)
    for claim in gather_claims(run, kind, identity):
        by_document[claim.pmid].append(claim)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in must_not:
        pair = tuple(slot_key(row, slot, identity) for slot in kind.pair)
        labels = tuple(row.get(label, "") for label in kind.labels)
        denied = row.get("negated") == "true"
        counts[row["pmid"]][1] += 1
        counts[row["pmid"]][0] += any(
            all(not key or identity.agree(own, key) for own, key in zip(claim.pair, pair, strict=True))
            and _labels_agree(claim.labels, labels)
            and claim.flag("negated") == denied
            for claim in by_document[row["pmid"]]
        )
    return counts


def slot_outcomes(matching: Matching, kind: Kind, identity: Identity) -> Mapping[str, dict[str, list[int]]]:
    """Count the slots of right claims, by slot and document: [right, extra, missing].

    Values of a claim's rows are pooled; a gold claim's too.
    """
    counts: dict[str, dict[str, list[int]]] = {
        slot.name: defaultdict(lambda: [0, 0, 0]) for slot in kind.slots
    }
    for judged in matching.judged:
        if judged.verdict != "right":
            continue
        for slot in kind.slots:
            ours = _values(judged.claim, slot, identity)
            theirs = set().union(*(_values(g, slot, identity) for g in judged.gold))
            hits = {value for value in ours if any(identity.agree(value, other) for other in theirs)}
            missing = [v for v in theirs if not any(identity.agree(other, v) for other in ours)]
            cell = counts[slot.name][judged.claim.pmid]
            cell[0] += len(hits)
            cell[1] += len(ours) - len(hits)
            cell[2] += len(missing)
    return counts


def _values(claim: Claim, slot: Slot, identity: Identity) -> set[str]:
    found: set[str] = set()
    for row in claim.rows:
        if slot.label:
            found.update(value for value in row.get(slot.words, "").split("|") if value)
            continue
        ids, words = row.get(slot.ids, "").split("|"), row.get(slot.words, "").split("|")
        for place in range(max(len(ids), len(words))):
            curie = ids[place] if place < len(ids) else ""
            name = words[place] if place < len(words) else ""
            if curie or name:
                found.add(identity.key(curie, name))
    return found
