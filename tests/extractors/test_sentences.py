"""Where sentences begin: the examples of the data file, an abstract of our own, and that the parser keeps to it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from extractors.loading import load_pipeline
from extractors.sentences import DATA, find_sentence_starts, mark_sentence_starts
from extractors.training.syntax_scores import SentenceText, score_sentences

ENTRIES: list[dict[str, Any]] = [
    entry for table in tomllib.loads(DATA.read_text("utf-8")).values() for entry in table
]


def cut(text: str) -> str:
    """Return a text with ` | ` between its sentences, `|` where no blank stands between them."""
    marked = text
    for start in reversed(find_sentence_starts(text)[1:]):
        before = marked[:start]
        marked = before.rstrip() + (" | " if before[-1].isspace() else "|") + marked[start:]
    return marked


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry["comment"]))
def test_examples(entry: dict[str, Any]) -> None:
    wanted = entry["example"].strip()
    assert cut(wanted.replace(" | ", " ").replace("|", "")) == wanted


# Our own, in the manner of PubMed's abstracts: every kind of stop that is none.
ABSTRACT = [
    "M2-like macrophages protect pancreatic tumours from gemcitabine in vitro and in vivo.",
    "BACKGROUND: Gemcitabine resistance is common (approx. 70% of patients; see Fig. 1 of Smith et al. [12]).",
    "The role of IL-6 vs. IL-10 is unclear.",
    "METHODS: PANC-1 cells were grown with conditioned medium of macrophages from C57BL/6J mice (Charles River Inc., U.S.A.) for 24 h.",
    "IL-6 was measured in 35 patients (NCT01234567, ClinicalTrials.gov).",
    "Mice received 50 mg/kg gemcitabine i.p. twice weekly, i.e. eight doses.",
    "RESULTS: IL-6 rose 3.5-fold (P < .001; 95% CI, 1.2 to 4.8; hazard ratio 1.9 vs. 1.1).",
    "p53 was unchanged in strain F.",
    "miR-21 fell (p = 0. 04).",
    "(Data of A. B. Jones not shown.)",
    "Blocking IL-2.",
    "Mice lived longer, whereas H. pylori and E. coli did not matter.",
    "What protects the cells?",
    "STAT3 does!",
    "CONCLUSIONS: Macrophage-derived IL-6 activates STAT3 and NF-kappa B.",
    "Blocking it may restore sensitivity.",
    "© 2020 The Authors.",
]


def test_an_abstract_is_cut_as_a_reader_would(nlp: Language) -> None:
    for joint in "\n", " ":
        text = ABSTRACT[0] + joint + " ".join(ABSTRACT[1:])
        places = [text.index(sentence) for sentence in ABSTRACT]
        spans = [(at, at + len(sentence)) for at, sentence in zip(places, ABSTRACT, strict=True)]
        assert score_sentences(nlp, [SentenceText(text, spans)])["f1"] == 100.0


def test_the_parser_keeps_to_the_sentences_and_roots_each_once() -> None:
    nlp = load_pipeline(parse_everything=True)
    doc = nlp("\n".join(ABSTRACT[:2]) + "\n\n  " + " ".join(ABSTRACT[2:]))
    assert [sentence.start_char for sentence in doc.sents] == find_sentence_starts(doc.text)
    for sentence in doc.sents:
        assert sum(token.head is token or token.head == token for token in sentence) == 1


@pytest.mark.parametrize(
    "text", ["", "\n", " \n\t\n", "Title\n", "No stop", "A.\n\nB. C.", "([)].(] [", ". . ?"]
)
def test_odd_texts_are_no_trouble(nlp: Language, text: str) -> None:
    assert nlp(text).text == text


@given(st.text('Ab1. ?)(][\n"é±') | st.text())
def test_sentences_lie_in_the_text_in_order(text: str) -> None:
    starts = find_sentence_starts(text)
    assert starts == sorted(set(starts))
    assert all(not text[start].isspace() for start in starts)
    assert not text.strip() or starts[0] == len(text) - len(text.lstrip())


def test_sentences_of_one_line_do_not_depend_on_another(nlp: Language) -> None:
    lines = [" ".join(ABSTRACT[:5]), " ".join(ABSTRACT[5:])]
    offset = len(lines[0]) + 1
    alone = find_sentence_starts(lines[0]) + [offset + start for start in find_sentence_starts(lines[1])]
    assert find_sentence_starts("\n".join(lines)) == alone
    doc = mark_sentence_starts(nlp.make_doc("\n".join(lines)))
    assert [token.idx for token in doc if token.is_sent_start] == alone
