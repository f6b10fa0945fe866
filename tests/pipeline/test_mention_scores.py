"""Names found against names marked by curators."""

from __future__ import annotations

import pytest

from pipeline.evaluation.identity import Identity
from pipeline.evaluation.mention_scores import score_mentions

Row = dict[str, str]


def mention(start: int, end: int, kind: str, curie: str, pmid: str = "1") -> Row:
    return {"pmid": pmid, "start": str(start), "end": str(end), "kind": kind, "id": curie, "text": "x"}


GOLD = [
    mention(0, 4, "cytokine", "hgnc:1"),
    mention(10, 14, "drug", "drugbank:1"),
    mention(20, 24, "drug", ""),
    mention(30, 34, "gene", "hgnc:2"),
]
RUN = [
    mention(0, 4, "cytokine", "hgnc:9"),  # span and kind, another concept
    mention(10, 14, "drug", "mesh:same"),  # right, the same concept by another id
    mention(20, 25, "drug", ""),  # another span
    mention(30, 34, "cytokine", "hgnc:2"),  # another kind
    mention(0, 4, "gene", "hgnc:3", pmid="2"),  # a document without marks
]


def test_spans_kinds_and_links_are_counted_apart() -> None:
    score = score_mentions(RUN, GOLD, {"1", "2"}, Identity(same={"mesh:same": "drugbank:1"}))
    total = score.kinds["all"]
    assert score.documents == 1
    assert (total.precision.part, total.precision.whole) == (2, 4)
    assert (total.recall.part, total.recall.whole) == (2, 4)
    assert (total.linked.part, total.linked.whole) == (1, 2)
    assert total.f1 == pytest.approx(0.5)
    assert (score.kinds["drug"].recall.part, score.kinds["drug"].recall.whole) == (1, 2)
    assert (score.kinds["gene"].precision.whole, score.kinds["gene"].recall.whole) == (0, 1)


def test_a_document_that_the_run_lacks_does_not_count() -> None:
    score = score_mentions([], GOLD, {"9"}, Identity())
    assert score.documents == 0 and score.kinds["all"].f1 is None
