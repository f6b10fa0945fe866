"""Names found in texts against names marked by curators: span and kind, and the concept linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pipeline.evaluation.gold_folder import Row
from pipeline.evaluation.identity import Identity
from pipeline.evaluation.scores import Share, share_of

Place = tuple[str, int, int]


@dataclass(frozen=True)
class KindOfMention:
    """One kind: precision and recall of exact spans, and how often a span found has the marked concept.

    `linked` counts mentions of the gold that have a concept and whose span and kind were found.
    """

    precision: Share
    recall: Share
    linked: Share

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        total = self.precision.whole + self.recall.whole
        return (self.precision.part + self.recall.part) / total if total else None


@dataclass(frozen=True)
class MentionScore:
    """All kinds together under `all`, and each kind."""

    documents: int
    kinds: Mapping[str, KindOfMention]


def score_mentions(
    run: Iterable[Row], gold: Iterable[Row], documents: Collection[str], identity: Identity
) -> MentionScore:
    """Score mentions of the documents in which curators marked any.

    Parameters
    ----------
    run, gold
        Rows with `pmid start end kind id`.
    documents
        Documents that both sides read in the same text.
    """
    theirs = _by_place(row for row in gold if row["pmid"] in documents)
    read = sorted({place[0] for place in theirs})
    inside = frozenset(read)
    ours = _by_place(row for row in run if row["pmid"] in inside)
    kinds = sorted({row["kind"] for row in (*theirs.values(), *ours.values())})
    return MentionScore(
        len(read),
        {
            name: _score(ours, theirs, read, identity, "" if name == "all" else name)
            for name in ("all", *kinds)
        },
    )


def _by_place(rows: Iterable[Row]) -> dict[Place, Row]:
    return {(row["pmid"], int(row["start"]), int(row["end"])): row for row in rows}


def _score(
    ours: Mapping[Place, Row],
    theirs: Mapping[Place, Row],
    documents: list[str],
    identity: Identity,
    kind: str,
) -> KindOfMention:
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for place, row in ours.items():
        if not kind or row["kind"] == kind:
            counts[place[0]][1] += 1
    for place, gold in theirs.items():
        if kind and gold["kind"] != kind:
            continue
        cell = counts[place[0]]
        cell[2] += 1
        found = ours.get(place)
        if found is None or found["kind"] != gold["kind"]:
            continue
        cell[0] += 1
        if gold["id"]:
            cell[4] += 1
            # A name of several things ("CDK4/6") has the ids of all; any one is right.
            concepts = [identity.key(curie, "") for curie in gold["id"].split("|")]
            cell[3] += any(identity.agree(identity.key(found["id"], ""), concept) for concept in concepts)
    columns = list(zip(*(counts[pmid] for pmid in documents), strict=True)) or [()] * 5
    right, found_all, marked, linked, linkable = (list(column) for column in columns)
    return KindOfMention(share_of(right, found_all), share_of(right, marked), share_of(linked, linkable))
