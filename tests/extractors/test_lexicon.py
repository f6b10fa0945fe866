"""The shipped vocabulary: spellings that are one name, names that are none, and where it comes from."""

from __future__ import annotations

import json

import pytest

from extractors.lexicon import LEXICONS, load_lexicon
from extractors.normalisation import fold, name_key, singular_keys


def first(words: str) -> str:
    entries = load_lexicon().look_up(name_key(fold(words)), fold(words))
    return entries[0].concept.id if entries else ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IL-6", "IL 6"),
        ("TNF-α", "TNF alpha"),
        ("interleukin-6", "Interleukin 6"),
        ("tumour-associated macrophage", "tumor associated macrophage"),
        ("NF-κB", "NF-kB"),
        ("acute myeloid leukaemia", "acute myeloid leukemia"),
        ("5-FU", "5FU"),
        ("MCF-7", "MCF7"),
    ],
)
def test_spellings_of_one_name_link_alike(one: str, other: str) -> None:
    assert first(one) == first(other) != ""


@pytest.mark.parametrize("word", ["cat", "set", "rest", "impact", "met", "was", "water", "glucose"])
def test_ordinary_words_are_no_names(word: str) -> None:
    assert all(entry.weak for entry in load_lexicon().look_up(name_key(word), word))


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("CCL2", "hgnc:10618"),
        ("Ccl2", "hgnc:10618"),
        ("VEGF", "fplx:VEGF"),
        ("cisplatin", "drugbank:DB00515"),
        ("Taxol", "drugbank:DB01229"),
        ("hepatocellular carcinoma", "mondo:0007256"),
        ("M2-like macrophage", "cl:0000890"),
    ],
)
def test_well_known_names_have_the_preferred_identifier(name: str, identifier: str) -> None:
    assert first(name) == identifier


def test_plurals_are_looked_up_by_their_singular() -> None:
    assert singular_keys("macrophages") == ("macrophage",)
    assert singular_keys("therapies")[0] == "therapy"
    assert singular_keys("pus") == singular_keys("virus") == ()


def test_every_table_behind_the_vocabulary_allows_it() -> None:
    provenance = json.loads((LEXICONS / "provenance.json").read_text("utf-8"))
    assert len(provenance) > 15
    for name, entry in provenance.items():
        assert "chembl" not in name.lower()
        assert "BY-SA" not in entry["licence"] and "BY-NC" not in entry["licence"], name
        assert len(entry["sha256"]) == 64
