"""Mediators and drugs that the rules link, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from spacy.tokens import Span

from extractors.relations.across_sentences import drugs_for, find_anaphoric_links, find_consequences
from extractors.relations.candidates import MOLECULES, SentenceView, concept_key, is_no_treatment
from extractors.relations.links import Link, is_own_target
from extractors.relations.resistance import doubted, find_links

_ON_CELLS = re.compile(r"(?i)deplet|ablat|eliminat|remov|culture|conditioned")


class LinkedPair(NamedTuple):
    """A mediator and a drug that a rule has linked.

    Attributes
    ----------
    penalty
        What it loses for a drug that isn't attached to the response.
    sentences
        Where both are named.
    """

    link: Link
    drug: Span
    penalty: float
    sentences: list[Span]


def linked_pairs(
    view: SentenceView, only_drug: Span | None, before: SentenceView | None, made_by: list[Span]
) -> Iterator[LinkedPair]:
    """Yield the pairs of a sentence that the rules link.

    Parameters
    ----------
    only_drug
        The document's only drug under test, if there is one.
    made_by
        The molecules that made macrophages what they are, by the sentence before.
    """
    links = list(find_links(view))
    if before is not None and made_by:
        links += find_consequences(before, made_by, view, links)
    if before is not None and not any(link.mediator.label_ in MOLECULES for link in links):
        links += find_anaphoric_links(before, view)
    kinds = {link.mediator.label_ for link in links if link.sure >= 0.5}
    for link in links:
        if link.mediator.label_ == "vesicle" and kinds & MOLECULES:
            continue  # the cargo is the mediator
        words = " ".join(view.doc[i].text for i in link.done)
        if link.mediator.label_ == "macrophage" and kinds & (MOLECULES | {"vesicle"}):
            if not _ON_CELLS.search(words):
                continue  # the molecule is; the population is its source
        if link.mediator.label_ == "pathway" and kinds & MOLECULES and not link.done:
            continue
        drugs, penalty = drugs_for(view, link.reaction)
        drugs = _respective(view, link, drugs, links)
        spans = [view.sentence] if link.borrowed is None else [link.borrowed, view.sentence]
        if not drugs and only_drug is not None:
            drugs, penalty = [only_drug], 0.4 if link.reaction.attributive else 0.3
            spans = sorted({*spans, only_drug.sent}, key=lambda s: s.start)
        for drug in drugs:
            if is_no_treatment(drug):
                continue
            if concept_key(drug) != concept_key(link.mediator) and not is_own_target(view, link, drug):
                told = replace(link, negated=not link.negated) if _is_excepted(view, drug) else link
                yield LinkedPair(told, drug, penalty, spans)


def _is_excepted(view: SentenceView, drug: Span) -> bool:
    """Tell whether it doesn't hold of a drug: `resistance to cisplatin but not to paclitaxel`."""
    before = [token.lower_ for token in view.doc[max(view.sentence.start, drug.start - 4) : drug.start]]
    return "but not" in " ".join(before) or "rather than" in " ".join(before)


def _respective(view: SentenceView, link: Link, drugs: list[Span], links: list[Link]) -> list[Span]:
    """Pair mediators and drugs in order where the sentence says `respectively`."""
    if len(drugs) < 2 or "respectively" not in view.sentence.text.lower():
        return drugs
    starts = sorted({other.mediator.start for other in links if other.reaction is link.reaction})
    return [drugs[starts.index(link.mediator.start)]] if len(starts) == len(drugs) else drugs


def rule_features(view: SentenceView, link: Link, drug: Span, penalty: float) -> dict[str, float]:
    """Return what the score of a rule takes off its sureness for (`scorer.score`)."""
    first, last = link.words
    return {
        "question": float(doubted(view, link)[1]),
        "tokens": float(last - first),
        "unlinked": float(sum(not span.kb_id_ for span in (link.mediator, drug))),
        "penalty": penalty,
    }
