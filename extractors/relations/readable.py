"""Which sentences can hold a relation, by the names and words in them: only they need tags and a tree."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.relations.candidates import DRUGS, MEDIATORS, MOLECULES
from extractors.relations.combinations import may_combine
from extractors.relations.triggers import load_triggers, word_group

OPENING = 6
"""Tokens of a sentence among which a word may stand for what the sentence before named."""


def may_hold_relation(doc: Doc) -> Iterator[Span]:
    """Yield the sentences of a document that a relation may be read from, alone or for the next one.

    Parameters
    ----------
    doc
        A document with sentences and `doc.spans["mentions"]`.
    """
    kinds_of: list[set[str]] = []
    mentions = list(doc.spans[SPANS])
    sentences = list(doc.sents)
    place = 0
    for sentence in sentences:
        kinds: set[str] = set()
        while place < len(mentions) and mentions[place].start < sentence.end:
            kinds.add(mentions[place].label_)
            place += 1
        kinds_of.append(kinds)
    responses = load_triggers().responses
    responding = [any(token.lower_ in responses for token in sentence) for sentence in sentences]
    taken_up = [
        answers and refers_back(sentence) for answers, sentence in zip(responding, sentences, strict=True)
    ]
    for number, (sentence, kinds) in enumerate(zip(sentences, kinds_of, strict=True)):
        named = bool(kinds & (MEDIATORS | DRUGS))
        if (
            (responding[number] and named)
            or taken_up[number]
            or (named and any(taken_up[number + 1 : number + 2]))
            or (kinds & MEDIATORS and kinds & DRUGS and may_combine(sentence.text))
            or (kinds & {"drug_class"} and may_combine(sentence.text))
            or ("macrophage" in kinds and kinds & (MOLECULES | DRUGS | {"vesicle"}))
        ):
            yield sentence


def refers_back(sentence: Span) -> bool:
    """Tell whether a sentence begins with a word for what the sentence before named."""
    return any(token.lower_ in word_group("demonstratives") for token in sentence[:OPENING])
