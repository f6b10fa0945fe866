"""Names that do nothing themselves: they tell which cells, patients or drugs are spoken of."""

from __future__ import annotations

from spacy.tokens import Span

from extractors.relations.candidates import (
    MEDIATORS,
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.triggers import load_triggers, word_group

_HYPHENS = frozenset("-–‐‑")
_SIGNS = frozenset(("+", "-", "−", "–", "(+)", "(-)", "(−)"))
_BEFORE, _BEHIND = 5, 6
"""Tokens before a name within which a preposition makes it part of a place, and behind it of a group."""


def is_attribute(view: SentenceView, mediator: Span, reaction: Reaction) -> bool:
    """Tell whether a name only describes what another name or a drug is spoken of in or by."""
    return (
        _is_family_of_member(view, mediator)
        or _tells_kind_of_next(view, mediator)
        or _is_target_of_drug(view, mediator, reaction)
        or _regulates_another(view, mediator)
        or (_describes_group(view, mediator) and _has_another_before(view, mediator, reaction))
    )


def _is_family_of_member(view: SentenceView, mediator: Span) -> bool:
    """`the Bcl-2 family member Bfl-1`: the family only says what the member is."""
    behind = [t.lower_ for t in view.doc[mediator.end : min(mediator.end + 3, view.sentence.end)]]
    if behind[:1] == ["family"]:
        del behind[0]
    return behind[:1] in (["member"], ["members"])


def _tells_kind_of_next(view: SentenceView, mediator: Span) -> bool:
    """`the autophagy-related protein, ATG7`, `the NF-κB-activating kinase IKKβ`: the second one is meant."""
    at, told = mediator.end, mediator[-1].lower_ in word_group("kinds_of_molecules")
    if at < view.sentence.end and view.doc[at].lower_ in word_group("kinds_of_molecules"):
        at, told = at + 1, True
    if told and at < view.sentence.end and view.doc[at].text == ",":
        at += 1
    following = view.at.get(at) if at < view.sentence.end else None
    return told and following is not None and following.label_ in MOLECULES


def _is_target_of_drug(view: SentenceView, mediator: Span, reaction: Reaction) -> bool:
    """`EGFR and c-Met TKI resistance`: the name says what the drug acts on."""
    if any(mediator is target for target in view.targets):
        return False
    return any(drug.start == mediator.end and drug.label_ != "drug" for drug in reaction.drugs)


def _regulates_another(view: SentenceView, mediator: Span) -> bool:
    """`AIRAP, a novel HSF1-regulated marker of resistance`, `by a KAT5-dependent mechanism`."""
    behind = [t.lower_ for t in view.doc[mediator.end : min(mediator.end + 3, view.sentence.end)]]
    if behind[:2] in (["dependent", "manner"], ["dependent", "mechanism"]):
        return True
    if len(behind) < 2 or behind[0] not in _HYPHENS:
        return False
    if behind[1] in ("regulated", "controlled", "inducible"):
        return True
    return behind[1] in ("dependent", "independent") and behind[-1] in ("mechanism", "mechanisms", "manner")


def _describes_group(view: SentenceView, mediator: Span) -> bool:
    """`in KRAS-mutant cells`, `in HER2-negative cancer`, `with ER+ disease`."""
    doc, at = view.doc, mediator.end
    if _is_borne_by_group(view, mediator):
        return True
    signed = mediator.text[-1] in "+-−"
    stop = min(view.sentence.end, mediator.end + _BEHIND)
    while at < stop and doc[at].text in _HYPHENS:
        at += 1
    if at < stop and (doc[at].lower_ in word_group("marks_of_groups") or doc[at].text in _SIGNS):
        signed, at = True, at + 1
    if not signed or not any(_is_group(view, i) for i in range(at, stop)):
        return False
    for i in range(mediator.start - 1, max(view.sentence.start - 1, mediator.start - _BEFORE), -1):
        if doc[i].lower_ in ("in", "of", "for", "from", "among", "with", "against", "to"):
            return True
        if doc[i].tag_[:2] not in ("JJ", "NN", "DT", "HY", "CD", "VB", "RB") and doc[i].text not in "(),/":
            return False
    return False


def _is_borne_by_group(view: SentenceView, mediator: Span) -> bool:
    """`in cells overexpressing MET`, `in tumours with MET amplification`."""
    words = [t.lower_ for t in view.doc[max(view.sentence.start, mediator.start - 6) : mediator.start]]
    bearing = [n for n, word in enumerate(words) if word in word_group("bearers")]
    if not bearing or not words or bearing[-1] < len(words) - 2:
        return False
    before = words[: bearing[-1]]
    at = mediator.start - len(words) + len(before) - 1
    grouped = bool(before) and (before[-1] in load_triggers().groups or _is_group(view, at))
    return grouped and bool({"in", "of", "against", "for"} & set(before))


def _is_group(view: SentenceView, at: int) -> bool:
    span = view.at.get(at)
    if span is not None and span.label_ in ("cancer", "cell_line"):
        return True
    return view.doc[at].lower_ in load_triggers().groups


def _has_another_before(view: SentenceView, mediator: Span, reaction: Reaction) -> bool:
    own = {concept_key(mediator), *map(concept_key, reaction.drugs)}
    return any(
        span.end <= mediator.start and concept_key(span) not in own
        for span in view.of_kind(MEDIATORS | NAMED_DRUGS)
    ) and not any(token.lower_ in ("than", "versus", "vs", "compared") for token in view.sentence)
