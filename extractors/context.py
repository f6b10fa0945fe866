"""Negation, speculation and questions: which words of a sentence deny, doubt or only ask."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from extractors.entities import SPANS
from extractors.lexicon import PATTERNS

_CLAUSE_ENDS = frozenset((";", ":", "but", "whereas", "while", "although", "though", "however"))
MENTION_REACH = 4
"""Tokens that a denial before a name reaches over: `no evidence of CCL2`."""


class Cues(NamedTuple):
    """Words by kind: `negation` and `speculation` single words, `aim` also phrases."""

    negation: frozenset[str]
    speculation: frozenset[str]
    aim: re.Pattern[str]


@cache
def load_cues() -> Cues:
    """Read the cues from their data file."""
    words: dict[str, list[str]] = {}
    for cue in tomllib.loads((PATTERNS / "cues.toml").read_text("utf-8"))["cue"]:
        words.setdefault(cue["kind"], []).extend(cue["words"])
    aim = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words["aim"]) + r")")
    return Cues(frozenset(words["negation"]), frozenset(words["speculation"]), aim)


def negators(tokens: list[Token]) -> list[Token]:
    """Return those of the tokens that deny; `not only` doesn't."""
    found = []
    for token in tokens:
        if token.lower_ in load_cues().negation:
            following = token.doc[token.i + 1].lower_ if token.i + 1 < len(token.doc) else ""
            if following not in ("only", "just", "merely"):
                found.append(token)
    return found


def is_speculated(sentence: Span, first: int, last: int) -> bool:
    """Tell whether a doubting word stands in the sentence's clause that holds these tokens.

    Parameters
    ----------
    first, last
        Indexes in the document of the first and last token of the claim.
    """
    start, end = clause(sentence, first, last)
    return any(token.lower_ in load_cues().speculation for token in sentence.doc[start:end])


def clause(sentence: Span, first: int, last: int) -> tuple[int, int]:
    """Return the stretch of the sentence around a claim up to the next strong boundary."""
    doc = sentence.doc
    start = first
    while start > sentence.start and doc[start - 1].lower_ not in _CLAUSE_ENDS:
        start -= 1
    end = last + 1
    while end < sentence.end and doc[end].lower_ not in _CLAUSE_ENDS:
        end += 1
    return start, end


def is_question(sentence: Span, first: int) -> bool:
    """Tell whether the sentence only asks or states an aim before the claim's first token."""
    lower = sentence.doc[sentence.start : first + 1].text.lower()
    return bool(load_cues().aim.search(lower)) or sentence.text.rstrip().endswith("?")


@Language.component("tamrex_context", requires=["doc.spans"], assigns=["span._.tamrex_negated"])
def mark_context(doc: Doc) -> Doc:
    """Mark mentions whose presence the text denies."""
    for span in doc.spans[SPANS]:
        before = list(doc[max(span.sent.start, span.start - MENTION_REACH) : span.start])
        for place in range(len(before) - 1, -1, -1):
            if before[place].text in (",", ";", "(", ")") or before[place].lower_ in _CLAUSE_ENDS:
                before = before[place + 1 :]
                break
        span._.tamrex_negated = bool(negators(before))
    return doc
