"""Lemmas: a list made by hand, the examples of the data file, and the component."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from spacy.language import Language

from extractors.lemmas import OWN, lemma_of
from extractors.loading import load_pipeline

WORDS = tomllib.loads(Path(__file__).with_name("lemmas.toml").read_text("utf-8"))["words"]
ROWS = [line.split() for line in WORDS.split("\n") if line.strip()]
DATA = tomllib.loads(OWN.read_text("utf-8"))


@pytest.mark.parametrize(("word", "tag", "lemma"), ROWS)
def test_words_of_the_field(word: str, tag: str, lemma: str) -> None:
    assert lemma_of(word, tag) == lemma


def test_entries_and_examples_of_the_data_file() -> None:
    for form, lemma in DATA["noun"].items():
        assert lemma_of(form, "NNS") == lemma
    for form, lemma in DATA["verb"].items():
        assert lemma_of(form, "VBG" if form.endswith("ing") else "VBN") == lemma
    for table in ("prefixes", "endings"):
        for example in DATA[table]["example"]:
            word, tag, lemma = example.split()
            assert lemma_of(word, tag) == lemma


def test_what_has_no_letters_or_no_inflection_stays() -> None:
    kept = [
        ("+", "SYM"),
        ("IC50", "NN"),
        ("5", "CD"),
        ("NF-κB", "NN"),
        ("", "NNS"),
        ("s", "NNS"),
        ("ed", "VBD"),
    ]
    for word, tag in kept:
        assert isinstance(lemma_of(word, tag), str)
    assert [lemma_of(word, tag) for word, tag in kept[:4]] == [word for word, _ in kept[:4]]


def test_the_component_is_there_for_who_asks_and_not_in_the_way(nlp: Language) -> None:
    assert "tamrex_lemmas" not in nlp.pipe_names
    own = load_pipeline(parse_everything=True)
    own.add_pipe("tamrex_lemmas", after="tamrex_syntax")
    doc = own("Exosomes secreted by TAMs sensitized resistant cells.")
    assert [token.lemma_ for token in doc] == [
        "exosome",
        "secrete",
        "by",
        "TAM",
        "sensitize",
        "resistant",
        "cell",
        ".",
    ]
