"""Tagger and parser: the model card says what was measured, and a few trees of our own come out right."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from extractors.loading import SYNTAX_MODEL, load_pipeline
from extractors.training.syntax_scores import SCORES, score_trees

TREES: list[str] = tomllib.loads(Path(__file__).with_name("trees.toml").read_text("utf-8"))["trees"]
CARD = (SYNTAX_MODEL / "README.md").read_text("utf-8")
MEASURED: dict[str, dict[str, float]] = json.loads(SCORES.read_text("utf-8"))
# The targets of the project, in per cent.
TARGETS = [
    ("craft_gold_sentences", "tags", 96),
    ("craft_gold_sentences", "uas", 89),
    ("craft_gold_sentences", "las", 87),
    ("genia_title_line", "f1", 98),
    ("genia_running_text", "f1", 98),
]


@cache
def thorough() -> Language:
    """The pipeline that parses every sentence."""
    return load_pipeline(parse_everything=True)


def read_tree(nlp: Language, tree: str) -> Doc:
    """Build a document from `word/tag/head/label` cells; a word may hold a slash."""
    cells = [cell.rsplit("/", 3) for cell in tree.split()]
    words, tags, heads, labels = (list(column) for column in zip(*cells, strict=True))
    return Doc(nlp.vocab, words, tags=tags, heads=[int(head) for head in heads], deps=labels)


def test_the_card_quotes_what_was_measured() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d. /]+) \|$", CARD, re.MULTILINE)
    assert [name for name, _ in rows] == list(MEASURED)
    for name, cell in rows:
        figures = [float(number) for number in cell.split("/")]
        assert figures == [value for key, value in MEASURED[name].items() if key != "sentences"]


@pytest.mark.parametrize(("measure", "figure", "least"), TARGETS)
def test_targets_are_met(measure: str, figure: str, least: float) -> None:
    assert MEASURED[measure][figure] >= least


def test_trees_of_our_own(nlp: Language) -> None:
    scores = score_trees(nlp, [read_tree(nlp, tree) for tree in TREES], gold_sentences=True)
    assert scores["tags"] >= 95
    assert scores["uas"] >= 89
    assert scores["las"] >= 87


WORDS = "We found that CCL2 reduced growth , and increased sensitivity to cisplatin ; X lowers Y restores which".split()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=3, max_size=14), min_size=1, max_size=4))
def test_mended_trees_are_trees(sentences: list[list[str]]) -> None:
    doc = thorough()(" ".join(" ".join(["Then", *words]) + "." for words in sentences))
    for token in doc:
        assert len(list(token.ancestors)) < len(doc)
    for sentence in doc.sents:
        assert sentence.start <= sentence.root.i < sentence.end
