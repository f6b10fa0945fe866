"""Names that the vocabulary doesn't give: abbreviations that the text defines, and recognised names.

Runs after linking. What is marked already stays; a new name takes only tokens that are free.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.lexicon import Concept
from extractors.recognised_names import FreeTokens, recognised_names

_SHORTEST = 2


@Language.factory(
    "tamrex_document_names",
    requires=["doc.spans", "doc._.tamrex_abbreviations", "span._.tamrex_name"],
    assigns=["doc.spans"],
)
def create_document_names(nlp: Language, name: str) -> DocumentNamesComponent:
    """Make the component."""
    return DocumentNamesComponent()


class DocumentNamesComponent:
    """Add mentions to `doc.spans["mentions"]`."""

    def __call__(self, doc: Doc) -> Doc:
        mentions = list(doc.spans[SPANS])
        free = FreeTokens(doc)
        # What the text itself defines goes before what looks like a name.
        for names in (_abbreviations, _recognised, _abbreviations, _repeated):
            mentions += [_mention(span, concept) for span, concept in free.fill(names(doc, mentions))]
        doc.spans[SPANS] = sorted(mentions, key=lambda span: span.start)
        return doc


def _recognised(doc: Doc, mentions: list[Span]) -> Iterator[tuple[Span, Concept]]:
    """Yield what was recognised, without an id."""
    for span, kind in recognised_names(doc):
        yield span, Concept("", kind, span.text)


def _abbreviations(doc: Doc, mentions: list[Span]) -> Iterator[tuple[Span, Concept]]:
    """Yield all places of a short form whose long form is marked as a name."""
    by_words = {span.text.lower(): span for span in mentions}
    for short, long_form in (doc._.tamrex_abbreviations or {}).items():
        named = by_words.get(long_form.lower())
        if named is not None and len(short) >= _SHORTEST:
            concept = Concept(named.kb_id_, named.label_, named._.tamrex_name)
            for place in _places(doc, short):
                yield place, concept


def _repeated(doc: Doc, mentions: list[Span]) -> Iterator[tuple[Span, Concept]]:
    """Yield other places of a name that was recognised once: what it is here it is there."""
    marked = Counter(span.text for span in mentions)
    text = doc.text
    seen: set[str] = set()
    for span in mentions:
        words = span.text
        if words not in seen and len(words) > _SHORTEST and re.search("[A-Z0-9]", words):
            seen.add(words)
            if text.count(words) == marked[words]:
                continue
            concept = Concept(span.kb_id_, span.label_, span._.tamrex_name)
            for place in _places(doc, words):
                yield place, concept


def _places(doc: Doc, words: str) -> Iterator[Span]:
    if words not in doc.text:
        return
    for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", doc.text):
        span = doc.char_span(*match.span())
        if span is not None:
            yield span


def _mention(span: Span, concept: Concept) -> Span:
    mention = Span(span.doc, span.start, span.end, label=concept.kind, kb_id=concept.id)
    mention._.tamrex_name = concept.name
    return mention
