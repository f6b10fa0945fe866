"""Names that the vocabulary alone doesn't give: abbreviations that the text defines, and recognised names.

Runs after linking. What is marked already stays; a new name takes only tokens that are free.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.entities import SPANS
from extractors.lexicon import PATTERNS, Concept, load_lexicon
from extractors.normalisation import fold, name_key, singular_keys
from extractors.recognition.component import RECOGNISED

_KIND_OF = {"gene": "gene", "chemical": "drug", "cancer": "cancer"}
"""What the recogniser's types are called here; cells and other diseases only keep names from being taken."""
_COMPATIBLE = {
    "gene": frozenset(("gene", "cytokine")),
    "drug": frozenset(("drug", "drug_class")),
    "cancer": frozenset(("cancer",)),
    "cell_line": frozenset(("cell_line",)),
}
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
        taken = _Taken(doc, mentions)
        # What the text itself defines goes before what looks like a name.
        mentions += taken.fill(_abbreviations(doc, mentions))
        mentions += taken.fill(_recognised(doc))
        mentions += taken.fill(_abbreviations(doc, mentions))
        mentions += taken.fill(_repeated(doc, mentions))
        doc.spans[SPANS] = sorted(mentions, key=lambda span: span.start)
        return doc


class _Taken:
    """Which tokens of a document belong to a mention."""

    def __init__(self, doc: Doc, mentions: Iterable[Span]) -> None:
        self._taken = [False] * len(doc)
        for span in mentions:
            self._taken[span.start : span.end] = [True] * len(span)

    def fill(self, spans: Iterable[Span]) -> list[Span]:
        """Return those spans whose tokens are free, longest first, and take them."""
        kept = []
        for span in sorted(spans, key=lambda span: (-len(span), span.start)):
            if not any(self._taken[span.start : span.end]):
                self._taken[span.start : span.end] = [True] * len(span)
                kept.append(span)
        return kept


@cache
def load_not_names() -> dict[str, frozenset[str]]:
    """Return by kind the keys of words that the recogniser marks but that are no names of that kind."""
    rows = tomllib.loads((PATTERNS / "not_recognised.toml").read_text("utf-8"))["refusal"]
    refused: dict[str, set[str]] = {}
    for row in rows:
        for kind in row["kinds"]:
            refused.setdefault(kind, set()).update(name_key(fold(word)) for word in row["words"])
    return {kind: frozenset(keys) for kind, keys in refused.items()}


def _recognised(doc: Doc) -> Iterator[Span]:
    for found in doc.spans.get(RECOGNISED, ()):
        if found.label_ == "cell":
            yield from _cell_line(found)
            continue
        kind = _KIND_OF.get(found.label_)
        if kind is not None and _is_name(found, kind):
            yield _mention(found, _concept_of(found.text, kind))


def _cell_line(span: Span) -> Iterator[Span]:
    """Yield the name of a line that stands in a recognised cell: `KMC07` in `KMC07 cells`."""
    start, end = span.start, span.end
    while end > start and span.doc[end - 1].lower_ in _CELL_WORDS:
        end -= 1
    if end - start == 1 and end < len(span.doc) and span.doc[end].lower_ in _CELL_WORDS:
        line = span.doc[start:end]
        if _LINE.fullmatch(line.text):
            yield _mention(line, _concept_of(line.text, "cell_line"))


def _is_name(span: Span, kind: str) -> bool:
    words = span.text
    key = name_key(fold(words))
    if len(key) < _SHORTEST or key.isdigit() or key in load_not_names().get(kind, frozenset()):
        return False
    if words.islower() and load_lexicon().is_english(key):
        return False
    if kind == "cancer":
        # Bare words for a tumour say nothing of which.
        return len(span) > 1 and bool(_DISEASE.search(words))
    if kind == "gene" and len(words) > 12 and _CHAIN.match(words) and " " not in words:
        return False
    return bool(_NAME.search(words))


def _concept_of(words: str, kind: str) -> Concept:
    """Return what a recognised name stands for: its kind is known, so that weak names may be believed.

    Of several concepts the one with the surest name is taken; where it can't be told, none.
    """
    lexicon = load_lexicon()
    for spelling in _spellings(words, kind):
        for key in (name_key(spelling), *singular_keys(name_key(spelling))):
            entries = [e for e in lexicon.entries(key) if e.concept.kind in _COMPATIBLE[kind]]
            if not entries:
                continue
            surest = min((entry.weak, entry.rank) for entry in entries)
            best = {e.concept.id: e.concept for e in entries if (e.weak, e.rank) == surest}
            families = [concept for curie, concept in best.items() if curie.startswith("fplx:")]
            if families or len(best) == 1:
                return families[0] if families else next(iter(best.values()))
            return Concept("", kind, words)
    return Concept("", kind, words)


def _spellings(words: str, kind: str) -> Iterator[str]:
    yield fold(words)
    if kind == "gene":
        # `hMSH2`, `rCtr1`, `p-Akt`: species and state stand before the symbol; `AXL protein` behind it.
        bare = re.sub(r"^(?:[hmr](?=[A-Z])|[cpv]-|phospho-?)|[- ](?:proteins?|genes?|mRNA)$", "", words)
        if bare != words:
            yield fold(bare)


def _abbreviations(doc: Doc, mentions: list[Span]) -> Iterator[Span]:
    """Yield all places of a short form whose long form is marked as a name."""
    by_words = {span.text.lower(): span for span in mentions}
    for short, long_form in (doc._.tamrex_abbreviations or {}).items():
        named = by_words.get(long_form.lower())
        if named is not None and len(short) >= _SHORTEST:
            concept = Concept(named.kb_id_, named.label_, named._.tamrex_name)
            for place in _places(doc, short):
                yield _mention(place, concept)


def _repeated(doc: Doc, mentions: list[Span]) -> Iterator[Span]:
    """Yield other places of a name that was recognised once: what it is here it is there."""
    seen: set[str] = set()
    for span in mentions:
        words = span.text
        if not span.kb_id_ and words not in seen and len(words) > _SHORTEST and _NAME.search(words):
            seen.add(words)
            concept = Concept("", span.label_, span._.tamrex_name)
            for place in _places(doc, words):
                yield _mention(place, concept)


def _places(doc: Doc, words: str) -> Iterator[Span]:
    for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", doc.text):
        span = doc.char_span(*match.span())
        if span is not None:
            yield span


def _mention(span: Span, concept: Concept) -> Span:
    mention = Span(span.doc, span.start, span.end, label=concept.kind, kb_id=concept.id)
    mention._.tamrex_name = concept.name
    return mention
