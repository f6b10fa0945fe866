"""Tokens of biomedical text: the examples of the data file, and that no character is lost."""

import tomllib
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

import extractors
from extractors.tokenizer import create_biomedical_tokenizer

PATTERNS = Path(extractors.__file__).parent / "patterns"
EXAMPLES = tomllib.loads((PATTERNS / "tokenization.toml").read_text("utf-8"))["example"]

nlp = spacy.blank("en")
nlp.tokenizer = create_biomedical_tokenizer()(nlp)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["text"])
def test_examples(example: dict[str, object]) -> None:
    assert [token.text for token in nlp(str(example["text"]))] == example["tokens"]


@given(st.text(st.characters(exclude_categories=("Cs",))) | st.text("IL-6/STAT3+αβ ()[]\n.,–M2miR"))
def test_tokens_cover_the_text(text: str) -> None:
    doc = nlp(text)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)
