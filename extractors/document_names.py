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
from extractors.lexicon import Concept, load_lexicon
from extractors.recognised_names import FreeTokens, recognised_names
from extractors.relations.triggers import load_triggers

_SHORTEST = 2
_TARGETS = frozenset(("gene", "cytokine"))
_PATHWAYS = frozenset(("pathway",))
_SUBSTANCES = frozenset(("drug",))
_LIKENESSES = {
    form: noun
    for noun in ("agonist", "antagonist", "analogue", "mimetic")
    for form in (noun, f"{noun}s", *(("analog", "analogs") if noun == "analogue" else ()))
}
"""Nouns after a substance whose agents are other substances: `dopamine agonists`, `vitamin D analogues`."""
_HYPHENS = frozenset(("-", "–", "‐", "‑"))
_NEUTRALISING = frozenset("neutralising neutralizing blocking targeting specific inhibiting".split())
_AGENTS = {
    form: noun
    for noun in ("inhibitor", "antagonist", "blocker", "agonist", "antibody")
    for form in (noun, "antibodies" if noun == "antibody" else f"{noun}s")
} | {"conjugate": "antibody", "conjugates": "antibody"}

_DIRECTED = frozenset(("targeted", "targeting", "directed"))
_BETWEEN = frozenset(
    "pathway signaling signalling kinase kinases tyrosine receptor monoclonal antibody-drug".split()
)
_HOW = frozenset(
    "pharmacological pharmacologic selective dual combined concurrent direct targeted chemical".split()
)
_RESPONSE_REACH = 5
"""Tokens before `to` among which the response stands: `sensitised pancreatic cancer cells to`."""
_SAME_CLASS = (("", "-targeted therapy"), ("anti-", " therapy"), ("anti-", ""), ("", " inhibitor"))
"""How else a vocabulary may call agents that act against the same target."""
_ACTIONS = frozenset("inhibition blockade targeting".split())
"""Nouns that stand for the agents of a class in `sensitivity to PARP inhibition`."""
_TREATMENTS = frozenset("therapy therapies treatment treatments drug drugs agent agents".split())


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
        classes = [_mention(span, concept) for span, concept in _classes_by_target(doc, mentions)]
        mentions = [m for m in mentions if not any(c.start <= m.start and m.end <= c.end for c in classes)]
        doc.spans[SPANS] = sorted([*mentions, *classes], key=lambda span: span.start)
        return doc


def _classes_by_target(doc: Doc, mentions: list[Span]) -> Iterator[tuple[Span, Concept]]:
    """Yield agents that are named by what they act on.

    `CSF2-neutralising antibody`, `CCR2 antagonist`, `PI3K/Akt pathway inhibitors`, `HER2-directed therapy`,
    `anti-EGFR drugs`, `poly(ADP-ribose) polymerase (PARP) inhibitors`.
    """
    at = {i: span for span in mentions for i in range(span.start, span.end)}
    for span in mentions:
        if span.label_ not in _TARGETS | _PATHWAYS | _SUBSTANCES:
            continue
        place = _noun_of_class(doc, span, at)
        if place is None:
            continue
        start, end = span.start, place + 1
        word = doc[place].lower_
        if span.label_ in _PATHWAYS and word not in _AGENTS:
            continue
        if span.label_ in _SUBSTANCES and word not in _LIKENESSES:
            continue
        noun = _AGENTS.get(word) or _LIKENESSES.get(word, "inhibitor")
        if start >= 2 and doc[start - 1].text in _HYPHENS and doc[start - 2].lower_ == "anti":
            start -= 2
        elif word in _ACTIONS:
            if not _is_responded_to(doc, start):
                continue  # `EGFR inhibition` is something done to EGFR
        elif word not in _AGENTS.keys() | _LIKENESSES.keys() and not _is_directed(doc, span.end):
            continue  # `EGFR therapy` says nothing of what it does to EGFR
        yield Span(doc, start, end), _class_against(span, noun)


def _noun_of_class(doc: Doc, span: Span, at: dict[int, Span]) -> int | None:
    """Return the token of the noun of a class behind its target's name, if there is one."""
    end = span.end
    if doc[end - 1].whitespace_ == "" and (end == len(doc) or doc[end].text not in _HYPHENS):
        return None
    if end + 2 < len(doc) and doc[end].text == "(" and end + 1 in at:
        short = at[end + 1]
        if short.label_ in _TARGETS and short.end < len(doc) and doc[short.end].text == ")":
            end = short.end + 1
    hyphened = end
    while end < len(doc) and doc[end].text in _HYPHENS and doc[end].whitespace_ == "":
        end += 1
    if end < len(doc) and end > hyphened and doc[end].lower_ in _NEUTRALISING | _DIRECTED:
        end += 1
    while end < len(doc) and end - span.end < 5 and doc[end].lower_ in _BETWEEN:
        end += 1
    if end >= len(doc) or end in at:
        return None
    return end if doc[end].lower_ in _AGENTS.keys() | _LIKENESSES.keys() | _TREATMENTS | _ACTIONS else None


def _is_responded_to(doc: Doc, start: int) -> bool:
    """Tell whether a phrase is what a response is to: `resistant to`, `sensitises the cells to`."""
    at = start - 1
    while at > 0 and doc[at].lower_ in _HOW:
        at -= 1
    if at < 1 or doc[at].lower_ != "to":
        return False
    responses = load_triggers().responses
    return any(doc[i].lower_ in responses for i in range(max(0, at - _RESPONSE_REACH), at))


def _is_directed(doc: Doc, end: int) -> bool:
    return any(doc[i].lower_ in _DIRECTED for i in range(end, min(end + 3, len(doc))))


def _class_against(target: Span, noun: str) -> Concept:
    """Return the vocabulary's class of agents against a target, or one without an id."""
    spelled = (target._.tamrex_name, target.text)
    names = [f"{target} {noun}" for target in spelled]
    if noun in ("inhibitor", "antibody", "antagonist", "blocker"):
        names += [f"{kind[0]}{target}{kind[1]}" for target in spelled for kind in _SAME_CLASS]
    for name in names:
        for entry in load_lexicon().candidates(name, frozenset(("drug_class",))):
            if not entry.weak:
                return entry.concept
    return Concept("", "drug_class", names[0])


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
