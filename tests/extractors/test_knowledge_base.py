"""The shipped knowledge base: scispaCy reads it, it holds what was written by hand, one thing is one concept."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from scispacy.linking_utils import KnowledgeBase
from spacy.language import Language

import extractors.knowledge_base as shipped
from extractors.entities import SPANS
from extractors.lexicon import PATTERNS, kinds_like, load_lexicon
from extractors.names import load_names
from extractors.training.linking_scores import READING, Marked, mark_spans
from pipeline.evaluation.identity import is_known, shipped_identity

SUPPLEMENT = tomllib.loads((shipped.LEXICONS / "supplement.toml").read_text("utf-8"))["concept"]
AFFIXES = tomllib.loads((PATTERNS / "name_affixes.toml").read_text("utf-8"))["affix"]


@pytest.fixture(scope="module")
def concepts() -> dict[str, dict[str, Any]]:
    """Every concept of the shipped file by its id."""
    return {values["concept_id"]: values for values in shipped.read_concepts()}


def test_scispacy_reads_it() -> None:
    knowledge_base = KnowledgeBase(list(shipped.scispacy_entities()))
    assert knowledge_base.cui_to_entity["hgnc:10618"].canonical_name == "CCL2"
    assert knowledge_base.cui_to_entity["hgnc:10618"].types == ["cytokine"]
    assert knowledge_base.alias_to_cuis["cisplatin"] == {"drugbank:DB00515"}


def test_concepts_are_sorted_and_tell_their_source_and_licence(concepts: dict[str, dict[str, Any]]) -> None:
    assert list(concepts) == sorted(concepts)
    assert all(values["source"] and values["licence"] for values in concepts.values())
    assert not any("BY-SA" in values["licence"] for values in concepts.values())


def test_every_concept_of_our_own_has_a_definition(concepts: dict[str, dict[str, Any]]) -> None:
    own = [values for curie, values in concepts.items() if curie.startswith("tamrex.")]
    assert len(own) > 50
    assert all(values.get("definition") for values in own)


@pytest.mark.parametrize("entry", SUPPLEMENT, ids=lambda entry: entry["name"])
def test_it_holds_what_was_written_by_hand(
    entry: dict[str, Any], concepts: dict[str, dict[str, Any]]
) -> None:
    values = concepts[entry["id"]]
    assert (values["canonical_name"], values["types"]) == (entry["name"], [entry["kind"]])
    spellings = {shipped_name.lower() for shipped_name in values["curated"]}
    assert entry["name"].lower() in spellings
    assert set(entry.get("xrefs", [])) <= set(values.get("xrefs", []))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hgnc.genegroup:948", "fplx:TLR"),
        ("hgnc.genegroup:750", "fplx:SMAD"),
        ("hgnc.genegroup:1096", "fplx:ERBB"),
        ("mesh:C000726938", "drugbank:DB15299"),
        ("mesh:D015215", "drugbank:DB00495"),
        ("hgnc.genegroup:1701", "tamrex.mirna:miR-29"),
    ],
)
def test_one_thing_under_two_ids_is_one_concept(
    one: str, other: str, concepts: dict[str, dict[str, Any]]
) -> None:
    assert one not in concepts
    assert shipped_identity().key(one, "") == shipped_identity().key(other, "")
    assert is_known(one) and is_known(other)


def linked(nlp: Language, text: str, words: str, kind: str) -> str:
    """Return the id of words that are marked as a name of a kind."""
    doc = nlp.make_doc(text)
    for name in READING:
        doc = nlp.get_pipe(name)(doc)
    start = text.index(words)
    marked = Marked(start, start + len(words), kinds_like(kind), frozenset())
    (span,) = [span for span, _ in mark_spans(doc, [marked], load_names())]
    doc.spans[SPANS] = [span, *(s for s in doc.spans[SPANS] if s.end <= span.start or s.start >= span.end)]
    found = nlp.get_pipe("tamrex_linking")(doc).spans[SPANS]
    return next((s.kb_id_ for s in found if s.start == span.start), "")


@pytest.mark.parametrize("entry", AFFIXES, ids=lambda entry: entry["example"])
def test_a_name_with_an_affix_is_linked_as_without_it(nlp: Language, entry: dict[str, Any]) -> None:
    kind = entry["kinds"][0]
    whole = linked(nlp, f"We saw {entry['example']} there.", entry["example"], kind)
    assert whole != ""
    assert whole == linked(nlp, f"We saw {entry['same']} there.", entry["same"], kind)


@pytest.mark.parametrize(
    ("text", "words", "kind", "expected"),
    [
        # A marked name needs no capitals, and words that are refused as names of their kind are none here.
        ("Dopamine was given.", "Dopamine", "drug", "drugbank:DB00988"),
        ("The tumour grew.", "tumour", "cancer", "mondo:0005070"),
        # The kind decides.
        ("Levels of APC were low.", "APC", "gene", "hgnc:583"),
        # The document's definition decides, then what else it names.
        ("Breast cancer (BC) is common; BC recurs.", "BC", "cancer", "mondo:0007254"),
        ("Silencing IGF2BP3 killed the cells; IMP3 was lost.", "IMP3", "gene", "hgnc:28868"),
        # Systematic names, whatever their hyphen.
        ("The levels of miR‑301 rose.", "miR‑301", "mirna", "tamrex.mirna:miR-301"),
        # No trustworthy concept: unlinked.
        ("The agent ML-99x was given.", "ML-99x", "drug", ""),
    ],
)
def test_marked_words_are_linked_by_kind_and_document(
    nlp: Language, text: str, words: str, kind: str, expected: str
) -> None:
    assert linked(nlp, text, words, kind) == expected


def test_loading_takes_little_memory_and_is_done_once() -> None:
    assert load_lexicon() is load_lexicon()
    assert len(load_lexicon().concepts) > 100_000
