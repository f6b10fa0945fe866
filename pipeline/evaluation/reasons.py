"""Why a gold claim was missed, and why a row of the run is wrong: told by machine from the run's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from extractors.normalisation import fold, name_key
from pipeline.evaluation.gold_folder import Row
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.kinds import Kind, Slot
from pipeline.evaluation.matching import Claim, Judged, Sought, slot_key

MISSES = (
    "no mention",
    "wrong link",
    "no candidate",
    "wrong direction",
    "below threshold",
    "denied by the run",
)
FAULTS = ("wrong direction", "other id of a right one", "denied by the text", "wrong pair", "not a claim")


class Reasons:
    """Looks into a run's rows and mentions for reasons.

    Parameters
    ----------
    kind
        Kind of claim that is explained.
    run
        All rows of the kind, accepted or not.
    mentions
        Rows of `mentions.csv`.
    """

    def __init__(self, kind: Kind, run: Iterable[Row], mentions: Iterable[Row], identity: Identity) -> None:
        self._kind = kind
        self._identity = identity
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for row in run:
            self._rows[row["pmid"]].append(row)
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._words: dict[str, set[str]] = defaultdict(set)
        for mention in mentions:
            self._ids[mention["pmid"]].add(identity.key(mention["id"], mention["text"]))
            self._words[mention["pmid"]].add(name_key(fold(mention["text"])))

    def of_miss(self, sought: Sought) -> str:
        """Tell why a required claim was not found."""
        claim = sought.claim
        if sought.paired:
            return "wrong direction"
        rows = [row for row in self._rows[claim.pmid] if self._same_pair(row, claim)]
        if any(row["accepted"] == "true" and row["negated"] == "true" for row in rows):
            return "denied by the run"
        if rows:
            return "below threshold"
        mentioned = [
            self._mentioned(claim, slot, key)
            for slot, key in zip(self._kind.pair, claim.pair, strict=True)
            if not slot.label
        ]
        return next((reason for reason in MISSES[:2] if reason in mentioned), "no candidate")

    def of_fault(self, judged: Judged, gold: Iterable[Claim]) -> str:
        """Tell what is wrong with a row: `gold` holds all claims of its document."""
        if judged.denied:
            return "denied by the text"
        if judged.gold:
            return "wrong direction"
        claims = list(gold)
        if any(self._other_id(judged.claim, claim) for claim in claims):
            return "other id of a right one"
        sides = [
            any(self._identity.agree(judged.claim.pair[side], claim.pair[side]) for claim in claims)
            for side in (0, 1)
        ]
        return "wrong pair" if all(sides) else "not a claim"

    def _same_pair(self, row: Row, claim: Claim) -> bool:
        return all(
            self._identity.agree(slot_key(row, slot, self._identity), key)
            for slot, key in zip(self._kind.pair, claim.pair, strict=True)
        )

    def _mentioned(self, claim: Claim, slot: Slot, key: str) -> str:
        if any(self._identity.agree(found, key) for found in self._ids[claim.pmid]):
            return ""
        words = name_key(fold(claim.row.get(slot.words.replace("_name", "_text"), "")))
        return "wrong link" if words in self._words[claim.pmid] else "no mention"

    def _other_id(self, ours: Claim, theirs: Claim) -> bool:
        agreeing = 0
        for side, slot in enumerate(self._kind.pair):
            if self._identity.agree(ours.pair[side], theirs.pair[side], relaxed=True):
                agreeing += 1
            elif not slot.label:
                column = slot.words.replace("_name", "_text")
                words = {name_key(fold(claim.row.get(column, ""))) for claim in (ours, theirs)}
                agreeing += len(words) == 1 and "" not in words
        return agreeing == len(self._kind.pair)
