"""Scores as plain values: what `evaluation.json` holds and every other form is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipeline.evaluation.evaluating import Difference, GoldScore
from pipeline.evaluation.gold_folder import Row
from pipeline.evaluation.kinds import Kind
from pipeline.evaluation.matching import Claim
from pipeline.evaluation.mention_scores import MentionScore
from pipeline.evaluation.scores import Score, Share
from pipeline.evaluation.scoring import Fault, KindScore, Miss, count_reasons
from pipeline.evaluation.table_rows import FOUND, RELAXED, RIGHT, TableScore
from pipeline.passages import slot_places

Values = dict[str, Any]
PassageOf = Callable[[str, Row], str]
"""Gold's name and a row of it → the passage in its words, or an empty text where there is none."""


def score_values(
    scores: Iterable[GoldScore],
    *,
    passage_of: PassageOf,
    threshold: float,
    calibrated: bool,
    errors: bool = True,
) -> Values:
    """Return scores as plain values.

    Parameters
    ----------
    passage_of
        Gives the sentences of gold claims, which are stored without text.
    threshold
        Score from which the run's rows were accepted.
    calibrated
        Whether the run's scores are probabilities.
    errors
        Whether single claims are listed; totals of splits kept from tuning are shown without.
    """
    return {
        "threshold": threshold,
        "calibrated": calibrated,
        "golds": [_gold(score, passage_of, errors=errors) for score in scores],
    }


def _gold(score: GoldScore, passage_of: PassageOf, *, errors: bool) -> Values:
    return {
        "name": score.name,
        "documents": score.documents,
        "absent": score.absent,
        "kinds": {name: _kind(score.name, kind, passage_of, errors) for name, kind in score.kinds.items()},
        "tables": [_table(table, errors=errors) for table in score.tables],
        "mentions": _mentions(score.mentions) if score.mentions else None,
    }


def share_values(share: Share) -> Values:
    """Return a share with its counts and interval."""
    low, high = share.interval or (None, None)
    return {
        "part": share.part,
        "whole": share.whole,
        "value": _rounded(share.value),
        "low": _rounded(low),
        "high": _rounded(high),
        "too_few": share.too_few,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _line(score: Score) -> Values:
    return {
        "precision": share_values(score.precision),
        "recall": share_values(score.recall),
        "direction": share_values(score.direction),
        "f1": _rounded(score.f1),
        "f1_interval": [_rounded(edge) for edge in score.f1_interval] if score.f1_interval else None,
    }


def _kind(gold: str, score: KindScore, passage_of: PassageOf, errors: bool) -> Values:
    values: Values = {
        "direction_is": score.kind.direction,
        "lines": {name: _line(line) for name, line in score.lines.items()},
        "slots": {
            name: {"precision": share_values(precision), "recall": share_values(recall)}
            for name, (precision, recall) in score.slots.items()
        },
        "reasons": {"misses": count_reasons(score.misses), "faults": count_reasons(score.faults)},
        "must_not": share_values(score.must_not) if score.must_not else None,
        "curve": [[round(value, 4) for value in point] for point in score.curve],
        "reliability": [
            {"score": round(b.score, 4), "right": round(b.right, 4), "claims": b.claims}
            for b in score.reliability
        ],
    }
    if errors:
        values["misses"] = [_miss(gold, score.kind, miss, passage_of) for miss in score.misses]
        values["faults"] = [_fault(score.kind, fault) for fault in score.faults]
    return values


def _miss(gold: str, kind: Kind, miss: Miss, passage_of: PassageOf) -> Values:
    row = miss.claim.row
    return {**_claim(kind, miss.claim, miss.reason, passage_of(gold, row)), "id": row.get("claim_id", "")}


def _fault(kind: Kind, fault: Fault) -> Values:
    row = fault.claim.row
    return {
        **_claim(kind, fault.claim, fault.reason, row.get("passage", "")),
        "id": row.get("evidence_id", ""),
    }


def _claim(kind: Kind, claim: Claim, reason: str, passage: str) -> Values:
    row = claim.row
    return {
        "pmid": claim.pmid,
        "names": [row.get(slot.words, "") or row.get(f"{slot.name}_text", "") for slot in kind.pair],
        "labels": [label for label in claim.labels if label],
        "reason": reason,
        "score": row.get("score", ""),
        "pattern": row.get("pattern", ""),
        "words": [row.get(f"{slot.name}_text", "") for slot in kind.pair if not slot.label],
        "passage": passage,
        "places": [list(place) for place in slot_places(row, passage)] if passage else [],
    }


def _table(score: TableScore, *, errors: bool) -> Values:
    values: Values = {
        "table": score.table,
        "rows": {name: share_values(score.share_of_rows(name)) for name in (FOUND, RIGHT, RELAXED)},
        "facts": {name: share_values(score.share_of_facts(name)) for name in (FOUND, RIGHT, RELAXED)},
        "by_label": {label: list(counts) for label, counts in score.by_label().items()},
    }
    if errors:
        values["missed"] = [
            {
                "row": row.row,
                "facts": [[*fact.names, *filter(None, fact.labels)] for fact in row.facts],
                "reason": row.reason,
            }
            for row in score.rows
            if not row.has(RIGHT)
        ]
    return values


def _mentions(score: MentionScore) -> Values:
    return {
        "documents": score.documents,
        "kinds": {
            name: {
                "precision": share_values(kind.precision),
                "recall": share_values(kind.recall),
                "f1": _rounded(kind.f1),
                "linked": share_values(kind.linked),
            }
            for name, kind in score.kinds.items()
        },
    }


def difference_values(
    differences: Mapping[str, Mapping[str, Mapping[str, Difference | None]]],
) -> Values:
    """Return a comparison of two runs as plain values."""
    return {
        gold: {
            kind: {
                measure: None
                if found is None
                else {
                    "value": _rounded(found.value),
                    "low": _rounded(found.interval[0]),
                    "high": _rounded(found.interval[1]),
                    "p": round(found.p, 4),
                }
                for measure, found in measures.items()
            }
            for kind, measures in kinds.items()
        }
        for gold, kinds in differences.items()
    }
