"""Recognise names: the vocabulary over runs of tokens, patterns for systematic names, populations.

What a name stands for is settled by `linking`; here each gets the concepts that it may stand for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from extractors.lexicon import PATTERNS, SYNONYM, Concept, Entry, Lexicon, load_lexicon
from extractors.names import Names, load_names, plain_hyphens
from extractors.normalisation import fold, name_key, singular_keys

MAX_TOKENS = 10
"""Tokens of the longest name looked for: longer ones are chemical names that no abstract spells out."""

SPANS = "mentions"
# A name neither begins nor ends with one of these, nor goes over a sign that parts a sentence.
_NO_EDGE = frozenset(
    (
        "the of in and or to a an by with for on at is are was were be as that this from it its their than "
        "not no we which into via per after before between among during under over both also may can had has "
        "have"
    ).split()
)
_PARTING = frozenset(",;:()[]{}?!\n\"'“”‘’.=<>≥≤±~")
_CELL_WORDS = frozenset(("cell", "cells", "line", "lines", "xenograft", "xenografts", "organoids"))
MARKED_POPULATION = "tamrex.population:"
"""Begins the id of macrophages told by a marker: `tamrex.population:CD163+`."""
_POSITIVE = frozenset(("positive", "high", "hi", "expressing"))
_MARKER = re.compile(r"^[A-Z][A-Za-z0-9-]*[A-Za-z0-9]\+$")
_STATE = re.compile(r"^M[12][a-d]?$")
_FILLERS = frozenset(("polarized", "polarised", "type", "like", "phenotype", "skewed", "differentiated"))

if not Span.has_extension("tamrex_entries"):
    Span.set_extension("tamrex_entries", default=())
    Span.set_extension("tamrex_kinds", default=frozenset())
    Span.set_extension("tamrex_name", default="")
    Span.set_extension("tamrex_negated", default=False)
    Span.set_extension("tamrex_speculated", default=False)


@Language.factory("tamrex_entities", requires=["token.is_sent_start"], assigns=["doc.spans"])
def create_entities(nlp: Language, name: str) -> EntityComponent:
    """Make the component."""
    return EntityComponent(load_lexicon(), load_names())


class EntityComponent:
    """Fill `doc.spans["mentions"]`; each span holds its entries in `span._.tamrex_entries`."""

    def __init__(self, lexicon: Lexicon, names: Names) -> None:
        self._lexicon = lexicon
        self._names = names

    def __call__(self, doc: Doc) -> Doc:
        found = [*self._by_pattern(doc), *self._by_name(doc)]
        # The longest first; of two as long, the pattern's, which stands first.
        taken = [False] * len(doc)
        kept = []
        for start, end, entries in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                kept.append((start, end, entries))
        doc.spans[SPANS] = [_span(doc, *name) for name in _join_populations(doc, sorted(kept, key=_place))]
        return doc

    def _by_pattern(self, doc: Doc) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        text = plain_hyphens(doc.text)
        for regex, kind, prefix in self._names.patterns:
            for match in regex.finditer(text):
                span = doc.char_span(*match.span(), alignment_mode="expand")
                if span is None or len(span) > 4 or len(span.text) > len(match.group()) + 2:
                    continue
                entry = self._names.systematic(match.group(), kind, prefix)
                if entry is not None:
                    yield span.start, span.end, (entry,)

    def _by_name(self, doc: Doc) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        # Plain lists: asking a document for a token takes longer than all that is done with it.
        words = [token.text for token in doc]
        folded = [fold(word) for word in words]
        no_edge = [word.lower() in _NO_EDGE for word in words]
        begins = [bool(token.is_sent_start) for token in doc]
        look_up, has, may_go_on = self._lexicon.look_up, self._lexicon.has, self._lexicon.may_go_on
        longest = self._lexicon.longest
        at, length = 0, len(words)
        while at < length:
            first = folded[at]
            if not first or (no_edge[at] and not first.isupper()):
                at += 1
                continue
            spelling = ""
            strong: tuple[int, tuple[Entry, ...]] | None = None
            weak: tuple[int, tuple[Entry, ...]] | None = None
            for end in range(at, min(at + MAX_TOKENS, length)):
                if words[end] in _PARTING or (end > at and begins[end]):
                    break
                spelling += folded[end]
                if not folded[end]:
                    continue
                key = name_key(spelling)
                if len(key) > longest:
                    break
                entries: tuple[Entry, ...] = ()
                for candidate in (key, *singular_keys(key)):
                    if has(candidate):
                        cut = spelling if candidate == key else spelling[: len(candidate)]
                        entries = tuple(look_up(candidate, cut))
                        if entries:
                            break
                entries = _supported(entries, doc, end)
                if entries and (end == at or not no_edge[end] or folded[end].isupper()):
                    if entries[0].weak:
                        weak = (end + 1, entries)
                    else:
                        strong = (end + 1, entries)
                if not may_go_on(key):
                    break
            best = strong or weak
            if best is None:
                at += 1
            else:
                yield at, best[0], best[1]
                at = best[0]


def _supported(entries: tuple[Entry, ...], doc: Doc, end: int) -> tuple[Entry, ...]:
    """Leave out weak cell lines unless the next word says that it is one."""
    if not any(e.weak and e.concept.kind == "cell_line" for e in entries):
        return entries
    following = doc[end + 1].lower_ if end + 1 < len(doc) else ""
    if following in _CELL_WORDS:
        return entries
    return tuple(e for e in entries if not (e.weak and e.concept.kind == "cell_line"))


def _place(name: tuple[int, int, tuple[Entry, ...]]) -> int:
    return name[0]


def _join_populations(
    doc: Doc, names: list[tuple[int, int, tuple[Entry, ...]]]
) -> list[tuple[int, int, tuple[Entry, ...]]]:
    """Join what stands before a population to it: `CD163+ macrophages`, `M2-polarized TAMs`."""
    joined: list[tuple[int, int, tuple[Entry, ...]]] = []
    for start, end, entries in names:
        if entries[0].concept.kind == "macrophage" and not _STATE.match(doc[start:end].text):
            while True:
                before = _before(doc, start)
                if joined and joined[-1][1] == before and _is_state(joined[-1][2]):
                    # `M2 TAMs`: the state says more than the place.
                    start, _, entries = joined.pop()
                    continue
                described = _described(doc, start)
                if described is not None:
                    start, name = described
                    entries = (Entry(Concept("", "macrophage", name), "", False, SYNONYM),)
                    break
                marker = _marker(doc, before, joined)
                if marker is None:
                    break
                start, symbol = marker
                while joined and joined[-1][1] > start:
                    joined.pop()
                if symbol != "CD68":  # every macrophage has it
                    population = f"{MARKED_POPULATION}{symbol}+"
                    head = "monocyte" if "monocyte" in entries[0].concept.name else "macrophage"
                    concept = Concept(population, "macrophage", f"{symbol}+ {head}")
                    entries = (Entry(concept, "", False, SYNONYM),)
        joined.append((start, end, entries))
    return joined


@cache
def load_described_populations() -> dict[str, str]:
    """Return the names of populations by the words that stand before `macrophages` (small letters)."""
    rows = tomllib.loads((PATTERNS / "populations.toml").read_text("utf-8"))["described"]
    return {row["word"]: row["name"] for row in rows}


def _described(doc: Doc, start: int) -> tuple[int, str] | None:
    """Find words just before a population that make another one of it: `proangiogenic macrophages`."""
    for tokens in (1, 3):  # a word, or two joined by a hyphen
        words = doc[max(0, start - tokens) : start].text.lower()
        name = load_described_populations().get(words)
        if name is not None:
            return start - tokens, name
    return None


def _before(doc: Doc, start: int) -> int:
    """Return the end of what stands before, hyphens and words such as `polarized` passed over."""
    at = start
    while at > 0 and (doc[at - 1].text in ("-", "–", "‐") or doc[at - 1].lower_ in _FILLERS):
        at -= 1
    return at


def _is_state(entries: tuple[Entry, ...]) -> bool:
    concept = entries[0].concept
    return concept.kind == "macrophage" and bool(re.match(r"M[12][a-d]? macrophage$", concept.name))


def _marker(doc: Doc, end: int, joined: list[tuple[int, int, tuple[Entry, ...]]]) -> tuple[int, str] | None:
    """Find a marker with its sign just before: `SPP1+`, `CD163-positive`."""
    if end < 1:
        return None
    last: Token = doc[end - 1]
    if _MARKER.match(last.text):
        return end - 1, last.text.rstrip("+")
    if last.text == "+" and end >= 2 and re.match(r"[A-Z]", doc[end - 2].text):
        return end - 2, doc[end - 2].text
    if last.lower_ in _POSITIVE:
        at = end - 1
        while at > 0 and doc[at - 1].text in ("-", "–", "‐"):
            at -= 1
        if joined and joined[-1][1] == at and joined[-1][2][0].concept.kind in ("gene", "cytokine"):
            return joined[-1][0], joined[-1][2][0].concept.name
    return None


def _span(doc: Doc, start: int, end: int, entries: tuple[Entry, ...]) -> Span:
    span = Span(doc, start, end, label=entries[0].concept.kind)
    span._.tamrex_entries = entries
    return span
