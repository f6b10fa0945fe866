"""The algebra of directions, one sentence for each cell: what is done × what it does × the response."""

from __future__ import annotations

import itertools

import pytest
from spacy.language import Language

from extractors.relations import extract_relations

DONE = {"": 1, "Knockdown of ": -1, "Overexpression of ": 1, "Inhibition of ": -1}
DOES = {"increased": 1, "decreased": -1}
RESPONSES = {"resistance": 1, "sensitivity": -1}
CELLS = list(itertools.product(DONE, DOES, RESPONSES))


@pytest.mark.parametrize(("done", "does", "response"), CELLS)
def test_direction_is_the_product_of_the_signs(nlp: Language, done: str, does: str, response: str) -> None:
    text = f"In this study, we show that {done.lower()}CCL2 {does} the {response} of the cells to tamoxifen."
    relations = [r for r in extract_relations(nlp(text)) if r.kind == "resistance"]
    expected = "promotes" if DONE[done] * DOES[does] * RESPONSES[response] > 0 else "reverses"
    assert [r.labels["effect"] for r in relations] == [expected]
