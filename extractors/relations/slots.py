"""What else a claim says: its macrophages and their part in it, the way it works, cancer, lines, species.

All is read from the sentences of the claim's passage, that of the response first; what they don't say
comes from the document, where it says it of the same mediator or of one cancer only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Span

from extractors.relations.across_sentences import only_drug_of
from extractors.relations.candidates import MOLECULES, SentenceView, concept_key, to_mention
from extractors.relations.links import AXIS_SIGNS, Link
from extractors.relations.macrophage import MacrophageLink
from extractors.types import Mention

_MACROPHAGES = frozenset(("macrophage",))
_CANCERS = frozenset(("cancer",))
_WAYS = MOLECULES | {"pathway"}
_SOURCE = re.compile(
    r"(?i)(?:-derived|secret|releas|produc|deriv|deliver|transfer|express(?:ed|ion)? (?:by|in|on)|from)"
)
_RECIPIENT = re.compile(
    r"(?i)(?:recruit|polari[sz]|attract|infiltrat|reprogram|differentiat|chemota|educat|skew)"
)
_RELATION_ROLES = {
    "secretes": "source",
    "expresses": "source",
    "polarised_by": "recipient",
    "recruited_by": "recipient",
}
_VIA_WORDS = frozenset(("via", "through", "by"))
_AXIS_WORDS = frozenset(
    "axis axes pathway pathways signaling signalling cascade cascades loop loops signal circuit".split()
)
_VIA_REACH = 7
"""Tokens behind `via` in which the way is named."""
_SOURCE_REACH = 8
"""Words between macrophages and a molecule in which a word for making it counts."""


@dataclass(frozen=True)
class Scope:
    """What a document says outside a claim's passage.

    Attributes
    ----------
    views
        Its sentences.
    cancer
        The cancer that it is about, if it is about one.
    roles
        For each molecule the population that the document relates it to, and in what part.
    only_drug
        The drug of the document, if it has one only.
    """

    views: Sequence[SentenceView]
    cancer: Span | None
    roles: dict[str, tuple[Span, str]]
    only_drug: Span | None


def scope_of(
    doc: Doc, views: Sequence[SentenceView], links: Sequence[tuple[SentenceView, MacrophageLink]]
) -> Scope:
    """Return what a document says that a passage needn't repeat."""
    return Scope(views, _main_cancer(doc, views), _roles(links), only_drug_of(doc, list(views)))


def population_of(passage: Sequence[SentenceView], link: Link, scope: Scope) -> tuple[Span | None, str]:
    """Find the macrophages of a claim and their part in it: in its passage first, then in the document.

    Parameters
    ----------
    passage
        The sentence of the response first, then the others.
    """
    if link.mediator.label_ == "macrophage":
        return link.mediator, "mediator"
    known = scope.roles.get(concept_key(link.mediator))
    nearby = [population for view in passage for population in view.of_kind(_MACROPHAGES)]
    for population in nearby:
        if known is not None and concept_key(population) == concept_key(known[0]):
            return population, known[1]
    for view in passage:
        populations = view.of_kind(_MACROPHAGES)
        if populations:
            return _by_words(view, link.mediator, populations)
    return known if known is not None else (None, "")


def _by_words(view: SentenceView, mediator: Span, populations: Sequence[Span]) -> tuple[Span, str]:
    """Tell the part of the macrophages nearest to a mediator by the words between and behind."""
    own = min(
        (span for span in view.mentions if concept_key(span) == concept_key(mediator)),
        key=lambda span: min(abs(span.start - p.start) for p in populations),
        default=mediator,
    )
    population = min(populations, key=lambda span: abs(span.start - own.start))
    start, end = sorted((population, own), key=lambda span: span.start)
    between = view.doc[start.end : end.start]
    if len(between.text.split()) <= _SOURCE_REACH and _SOURCE.search(between.text):
        return population, "source"
    if _RECIPIENT.search(view.doc[start.start : min(end.end + 3, view.sentence.end)].text):
        return population, "recipient"
    if start is population and _VIA_WORDS & {token.lower_ for token in between}:
        return population, "source"  # TAMs protect tumours from paclitaxel through IL-10
    return population, "context"


def way_of(passage: Sequence[SentenceView], link: Link) -> tuple[Mention, ...]:
    """Find the way a claim works: names after `via`, `through`, `by`, and the rest of the mediator's axis."""
    found: dict[str, Mention] = {}
    key = concept_key(link.mediator)
    for view in passage:
        own = [span for span in view.mentions if concept_key(span) == key]
        for span in own:
            for part in _rest_of_axis(view, span):
                found.setdefault(concept_key(part), to_mention(part))
        if not own:
            continue
        last = link.mediator.end if link.mediator in own else own[-1].end
        for span in view.of_kind(_WAYS):
            if span.start < last:
                continue
            before = view.doc[max(last, span.start - _VIA_REACH) : span.start]
            if _VIA_WORDS & {token.lower_ for token in before}:
                found.setdefault(concept_key(span), to_mention(span))
    return tuple(mention for name, mention in found.items() if name != key)


def _rest_of_axis(view: SentenceView, first: Span) -> Iterator[Span]:
    """Yield what follows a name in `CCL2/PI3K/AKT axis`; `CCL2/CCL5` alone are only two names."""
    parts: list[Span] = []
    at = first.end
    while at + 1 < view.sentence.end and view.doc[at].text in AXIS_SIGNS:
        span = view.at.get(at + 1)
        if span is None or span.label_ not in _WAYS:
            return
        parts.append(span)
        at = _behind_brackets(view, span.end)
    following = view.doc[at : min(at + 2, view.sentence.end)]
    in_word = parts and parts[-1][-1].lower_ in _AXIS_WORDS
    if in_word or any(token.lower_ in _AXIS_WORDS for token in following):
        yield from parts


def _behind_brackets(view: SentenceView, at: int) -> int:
    """Return the place behind an abbreviation in brackets, if one stands here."""
    if at < view.sentence.end and view.doc[at].text == "(":
        for closing in range(at + 1, min(at + 5, view.sentence.end)):
            if view.doc[closing].text == ")":
                return closing + 1
    return at


def add_context(
    passage: Sequence[SentenceView],
    scope: Scope,
    arguments: dict[str, Mention],
    lists: dict[str, tuple[Mention, ...]],
) -> None:
    """Fill in cancer, cell line and species: from the first sentence of a passage that names any."""
    cancers = _first_named(passage, _CANCERS)
    cancer = max(cancers, key=lambda s: (len(s.text), -s.start)) if cancers else scope.cancer
    if cancer is not None:
        arguments["cancer"] = to_mention(cancer)
    lines = _first_named(passage, frozenset(("cell_line",)))
    if lines:
        arguments["cell_line"] = to_mention(lines[0])
    species = {
        concept_key(s): to_mention(s)
        for s in _first_named(passage, frozenset(("species",)))
        if "virus" not in s._.tamrex_name
    }
    if species:
        lists["species"] = tuple(species.values())


def _first_named(passage: Sequence[SentenceView], kinds: frozenset[str]) -> list[Span]:
    return next((spans for view in passage if (spans := view.of_kind(kinds))), [])


def _main_cancer(doc: Doc, views: Sequence[SentenceView]) -> Span | None:
    """Return the title's cancer, or the only one that a document speaks of, more than once."""
    title = [s for view in views[:1] for s in view.of_kind(_CANCERS) if not doc.text.startswith("\n")]
    if len({concept_key(s) for s in title}) == 1:
        return title[0]
    if title:
        return None
    spans = [s for view in views for s in view.of_kind(_CANCERS)]
    counts = Counter(map(concept_key, spans)).most_common(2)
    if len(counts) == 1 and counts[0][1] > 1:
        return next(s for s in spans if concept_key(s) == counts[0][0])
    return None


def _roles(links: Sequence[tuple[SentenceView, MacrophageLink]]) -> dict[str, tuple[Span, str]]:
    """Return, for each molecule, the population that the document relates it to, and in what part."""
    roles: dict[str, tuple[Span, str]] = {}
    for view, link in links:
        role = _RELATION_ROLES.get(link.relation)
        if role is not None and not link.negated and not link.question:
            # What polarises `M2-like TAMs` is told of plain macrophages, but the text names these.
            named = view.at.get(link.population.start, link.population)
            roles.setdefault(concept_key(link.molecule), (named, role))
    return roles
