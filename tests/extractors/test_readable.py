"""Sentences without a tree: what is found must not depend on which sentences are parsed."""

from __future__ import annotations

import json

import pytest
from spacy.language import Language

from extractors.loading import load_pipeline
from extractors.relations import extract_relations
from extractors.relations.readable import may_hold_relation
from pipeline.places import gold_folder
from pipeline.sources.bundled import read_review


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("IL-6 promotes resistance to cisplatin.", ["IL-6 promotes resistance to cisplatin."]),
        ("Resistance is a major problem. Patients were seen.", []),
        (
            "We measured CCL2. It enhanced resistance to it.",
            ["We measured CCL2.", "It enhanced resistance to it."],
        ),
        ("Macrophages secreted IL-6. Patients had cancer.", ["Macrophages secreted IL-6."]),
        ("Macrophages were seen. Cisplatin was given.", []),
        ("", []),
    ],
)
def test_only_sentences_that_can_hold_a_relation_are_read(nlp: Language, text: str, read: list[str]) -> None:
    doc = nlp(text)
    assert [sentence.text for sentence in may_hold_relation(doc)] == read
    assert [sentence.text for sentence in doc.sents if sentence[0].tag_] == read


def test_relations_are_the_same_where_every_sentence_is_parsed(nlp: Language) -> None:
    lines = (gold_folder() / "contrast" / "sentences.jsonl").read_text("utf-8").splitlines()
    texts = [article.text for article in read_review()] + [json.loads(line)["abstract"] for line in lines]
    thorough = load_pipeline(parse_everything=True)
    for quick, slow in zip(nlp.pipe(texts), thorough.pipe(texts), strict=True):
        assert all(token.dep_ for token in slow)
        assert extract_relations(quick) == extract_relations(slow)
