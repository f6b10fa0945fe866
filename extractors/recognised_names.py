"""Which of the recogniser's spans are names, and of which kind; those with a concept go on to linking."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeVar

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.lexicon import PATTERNS, Entry, kinds_like, load_lexicon
from extractors.names import Names, ambiguous_names, load_names
from extractors.normalisation import fold, name_key
from extractors.recognition.component import RECOGNISED

_KIND_OF = {"gene": "gene", "chemical": "drug", "cancer": "cancer"}
"""What the recogniser's types are called here; diseases other than cancers are passed over."""
_CELL_WORDS = frozenset(("cell", "cells", "line", "lines"))
_LINE = re.compile(r"(?=.*[A-Z])(?=.*\d)[A-Z][A-Za-z0-9/-]{2,}")
"""Names of lines that follow no list: letters and digits, a capital first."""
_CHAIN = re.compile(r".+[-/].+[-/].{3,}")
"""An axis of names in one (`TGFβ-miR-499a-SHKBP1`): not a name itself."""
_NAME = re.compile(r"[A-Z0-9]|in$|ase$|or$|gen$|ol$|ine$|ide$|ate$|ib$|mab$|oid$|one$|acid$")
_DISEASE = re.compile(
    r"(?i)(?:cancers?|carcinomas?|leuk[a]?emias?|lymphomas?|sarcomas?|melanomas?|myelomas?|gliomas?|"
    r"blastomas?|neoplasms?|mesotheliomas?|adenomas?|tumou?rs?)$"
)
_SHORTEST = 2
T = TypeVar("T")


class FreeTokens:
    """Which tokens of a document belong to no mention yet."""

    def __init__(self, doc: Doc) -> None:
        self._taken = [False] * len(doc)
        for span in doc.spans[SPANS]:
            self._taken[span.start : span.end] = [True] * len(span)

    def fill(self, spans: Iterable[tuple[Span, T]]) -> list[tuple[Span, T]]:
        """Return those spans, with what goes with each, whose tokens are free, longest first, and take them.

        Extensions of a span must be set after this: spaCy keeps them by place, so that those of a span that
        isn't taken would change the mention that stands there.
        """
        kept = []
        for span, value in sorted(spans, key=lambda pair: (-len(pair[0]), pair[0].start)):
            if not any(self._taken[span.start : span.end]):
                self._taken[span.start : span.end] = [True] * len(span)
                kept.append((span, value))
        return kept


@Language.factory("tamrex_recognised_names", requires=["doc.spans"], assigns=["doc.spans"])
def create_recognised_names(nlp: Language, name: str) -> RecognisedNamesComponent:
    """Make the component."""
    return RecognisedNamesComponent(load_names())


class RecognisedNamesComponent:
    """Give recognised names with concepts to linking: they take tokens that the vocabulary left free."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __call__(self, doc: Doc) -> Doc:
        proposed = [*self._proposals(doc)]
        # `B2` alone may be many things: it gives way to `c-erb B2`.
        doc.spans[SPANS] = [
            span
            for span in doc.spans[SPANS]
            if not (_is_weak(span) and any(_is_inside(span, longer) for longer, _ in proposed))
        ]
        mentions = list(doc.spans[SPANS])
        self._agree(mentions, proposed)
        for found, (kind, entries) in FreeTokens(doc).fill(proposed):
            mention = Span(doc, found.start, found.end, label=kind)
            mention._.tamrex_entries = entries
            mention._.tamrex_kinds = kinds_like(kind)
            mentions.append(mention)
        doc.spans[SPANS] = sorted(mentions, key=lambda span: span.start)
        return doc

    def _agree(
        self, mentions: list[Span], proposed: list[tuple[Span, tuple[str, tuple[Entry, ...]]]]
    ) -> None:
        """Let linking know where the vocabulary and the recogniser found the same name of a kind."""
        by_place = {(span.start, span.end): (kinds_like(kind), entries) for span, (kind, entries) in proposed}
        for mention in mentions:
            kinds, entries = by_place.get((mention.start, mention.end), (frozenset(), ()))
            if mention.label_ in kinds and mention.text not in ambiguous_names():
                mention._.tamrex_kinds, mention._.tamrex_entries = kinds, entries

    def _proposals(self, doc: Doc) -> Iterator[tuple[Span, tuple[str, tuple[Entry, ...]]]]:
        for span, kind in recognised_names(doc):
            entries = self._names.entries_for(span.text, kinds_like(kind))
            if entries:
                yield span, (kind, entries)


def _is_weak(span: Span) -> bool:
    return all(entry.weak for entry in span._.tamrex_entries)


def _is_inside(span: Span, longer: Span) -> bool:
    return longer.start <= span.start and span.end <= longer.end and len(span) < len(longer)


def recognised_names(doc: Doc) -> Iterator[tuple[Span, str]]:
    """Yield what the recogniser marked and is a name here, with its kind."""
    for found in doc.spans.get(RECOGNISED, ()):
        if found.label_ == "cell":
            line = _cell_line(found)
            if line is not None:
                yield line, "cell_line"
            continue
        kind = _KIND_OF.get(found.label_)
        if kind is not None and _is_name(found, kind):
            yield found, kind


def _cell_line(span: Span) -> Span | None:
    """Return the name of a line that stands in a recognised cell: `KMC07` in `KMC07 cells`."""
    start, end = span.start, span.end
    while end > start and span.doc[end - 1].lower_ in _CELL_WORDS:
        end -= 1
    if end - start == 1 and end < len(span.doc) and span.doc[end].lower_ in _CELL_WORDS:
        line: Span = span.doc[start:end]
        return line if _LINE.fullmatch(line.text) else None
    return None


@cache
def load_not_names() -> dict[str, frozenset[str]]:
    """Return by kind the keys of words that the recogniser marks but that are no names of that kind."""
    rows = tomllib.loads((PATTERNS / "not_recognised.toml").read_text("utf-8"))["refusal"]
    refused: dict[str, set[str]] = {}
    for row in rows:
        for kind in row["kinds"]:
            refused.setdefault(kind, set()).update(name_key(fold(word)) for word in row["words"])
    return {kind: frozenset(keys) for kind, keys in refused.items()}


def _is_name(span: Span, kind: str) -> bool:
    words = span.text
    key = name_key(fold(words))
    if len(key) < _SHORTEST or key.isdigit() or key in load_not_names().get(kind, frozenset()):
        return False
    if words.count("(") != words.count(")"):
        # Cut inside of an abbreviation's brackets.
        return False
    if words.islower() and load_lexicon().is_english(key):
        return False
    if kind == "cancer":
        # Bare words for a tumour say nothing of which.
        return len(span) > 1 and bool(_DISEASE.search(words))
    if kind == "gene" and words.endswith("+"):
        # A marker that tells cells.
        return False
    if kind == "gene" and len(words) > 12 and _CHAIN.match(words) and " " not in words:
        return False
    return bool(_NAME.search(words))
