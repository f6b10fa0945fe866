"""Claims read from the order of words, for sentences whose tree ties a name to a response in no known way.

A tagger that takes `sensitized` for an adjective, or a parser that hangs a verb on the wrong noun, hides
what a reader sees at once: `Depletion of X … increased sensitivity to D`. What is read here is less sure
than what the tree shows; the scorer weighs it by its pattern.
"""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Span, Token

from extractors.context import negators
from extractors.relations.candidates import (
    DRUGS,
    MEDIATORS,
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.direction import mediator_words, operator_at, response_words, total_sign
from extractors.relations.graph import is_verb
from extractors.relations.links import MECHANISMS, Link
from extractors.relations.triggers import load_triggers, word_group

FORWARD, BACKWARD = 28, 20
"""Tokens between a mediator and the response behind it, or before it, that are still read."""
_MOLECULAR = MOLECULES | {"pathway"}


def link_in_order(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """Return what the order of words says of a mediator and a response, if it says anything.

    Parameters
    ----------
    reaction
        A response that isn't a mere attribute of a group.
    """
    if mediator.label_ not in _MOLECULAR or not reaction.drugs:
        return None
    behind = view.doc[reaction.token.i + 1 : min(reaction.token.i + 6, view.sentence.end)]
    if any(token.lower_ in load_triggers().methods for token in behind):
        return None  # `the relevance of X in the response to D was examined`
    if mediator.end <= reaction.token.i:
        return _forward(view, mediator, reaction)
    return _backward(view, mediator, reaction)


def _forward(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """`Depletion of X in two lines increased sensitivity to D`."""
    words = list(view.doc[mediator.end : reaction.token.i])
    if len(words) > FORWARD or _is_parted(words) or stands_behind_another(view, mediator):
        return None
    if _has_new_subject(words):
        return None
    done = mediator_words(view.doc, mediator, [])
    own = _last_verbs(words)
    operators = {t.i: operator for t in own if (operator := operator_at(t)) and t.i not in done}
    directed = {
        i: o for i, o in operators.items() if not o.association and view.doc[i].lower_ not in MECHANISMS
    }
    bears = any(t.lower_ in word_group("bearing") or t.lemma_ == "be" for t in own)
    verb = reaction.response.verb
    if not (verb or directed or (bears and reaction.response.id in ("resistance", "resistant", "sensitive"))):
        return None
    first = min(directed, default=reaction.token.i)
    if _names_between(view, mediator, first):
        return None
    return _made(view, mediator, reaction, done, own, "in-order", 0.5)


def _backward(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """`resistance to D that is dependent on X`, `sensitivity to D rose after silencing of X`."""
    words = list(view.doc[reaction.token.i + 1 : mediator.start])
    if len(words) > BACKWARD or _is_parted(words):
        return None
    brought = [t for t in words if t.lower_ in word_group("brought_by")]
    if not brought or _names_between(view, mediator, brought[-1].i, before=True):
        return None
    if any(s.label_ in _MOLECULAR for s in view.mentions if reaction.token.i < s.start < brought[-1].i):
        return None
    if _has_actor(view, mediator, reaction):
        return None
    done = mediator_words(view.doc, mediator, [])
    before = list(view.doc[view.sentence.start : reaction.token.i])
    own = [t for t in words if t.i < brought[-1].i] + _last_verbs(before)[-4:]
    return _made(view, mediator, reaction, done, own, "in-order-back", 0.45)


def _made(
    view: SentenceView,
    mediator: Span,
    reaction: Reaction,
    done: dict[int, int],
    words: Sequence[Token],
    pattern: str,
    sure: float,
) -> Link:
    qualified = response_words(reaction.token, set(done))
    turning = {
        t.i: operator.sign
        for t in words
        if t.i not in done and t.i not in qualified and (operator := operator_at(t)) is not None
        if is_verb(t) or operator.part == "noun"
    }
    for token in words:
        if token.i and token.nbor(-1).lower_ in ("its", "their"):
            # `X is a repair protein, and its deficiency makes cells sensitive`
            turning[token.i] = load_triggers().manipulations.get(token.lower_, 1)
    if reaction.response.id == "resistance" and any(t.lower_ in word_group("bettering") for t in words):
        turning[-1] = -1  # resistance that improved is less of it
    sign = total_sign(
        [min(done.values(), default=1), *turning.values(), *qualified.values(), reaction.response.sign]
    )
    return Link(mediator, reaction, sign, pattern, False, sorted(done), bool(negators(list(words))), sure)


def _is_parted(words: Sequence[Token]) -> bool:
    return any(t.text in (";", ":", ".") or t.lower_ in word_group("partings") for t in words)


def _has_new_subject(words: Sequence[Token]) -> bool:
    """Tell whether a clause has a subject of its own: `X rose, and most patients became resistant`."""
    for place, token in enumerate(words[:-1]):
        if token.lower_ not in ("and", "but") or place == 0 or words[place - 1].text != ",":
            continue
        behind = [t for t in words[place + 1 :] if t.tag_[:2] != "RB"]
        if behind and behind[0].tag_[:2] in ("DT", "JJ", "NN", "PR", "CD"):
            if behind[0].lower_ not in ("its", "their") and any(
                t.tag_ in ("VBZ", "VBD", "VBP", "MD") for t in behind
            ):
                return True
    return False


def _last_verbs(words: Sequence[Token]) -> list[Token]:
    """Return the words from the last verb that a conjunction or comma begins: `and confers …`."""
    for place in range(len(words) - 2, 0, -1):
        if words[place].lower_ in ("and", "or", ",", "also", "but"):
            behind = next((t for t in words[place + 1 :] if t.tag_[:2] != "RB"), None)
            if behind is not None and behind.tag_[:2] == "VB" and operator_at(behind):
                return list(words[place + 1 :])
    return list(words)


def _names_between(view: SentenceView, mediator: Span, until: int, *, before: bool = False) -> bool:
    """Tell whether another name stands between a mediator and a word, not just in one list with it."""
    start, end = (until + 1, mediator.start) if before else (mediator.end, until)
    names = [s for s in view.of_kind(MEDIATORS | DRUGS) if start <= s.start and s.end <= end]
    for name in names:
        one, other = sorted((name, mediator), key=lambda s: s.start)
        if not all(
            t.i in view.at or t.lower_ in word_group("listing") for t in view.doc[one.end : other.start]
        ):
            return True
        if name.label_ in DRUGS:
            return True
    return False


def stands_behind_another(view: SentenceView, mediator: Span) -> bool:
    """Tell whether a name stands behind another one or a preposition, so that it isn't what acts."""
    at = mediator.start - 1
    while at >= view.sentence.start:
        token = view.doc[at]
        if token.text in (";", ":") or token.lower_ in word_group("clause_openers"):
            return False
        if token.lower_ in ("and", "but") and token.i > view.sentence.start and token.nbor(-1).text == ",":
            return False
        if token.lower_ in ("in", "with", "by", "via", "through", "to", "on", "for", "from", "than", "as"):
            return True
        span = view.at.get(at)
        if (
            span is not None
            and span.label_ in MEDIATORS | DRUGS
            and concept_key(span) != concept_key(mediator)
        ):
            between = view.doc[span.end : mediator.start]
            if not all(t.i in view.at or t.lower_ in word_group("listing") for t in between):
                return True
        if is_verb(token) and token.tag_ in ("VBZ", "VBD", "VBP"):
            return True
        at -= 1
    return False


def _has_actor(view: SentenceView, mediator: Span, reaction: Reaction) -> bool:
    """Tell whether another name before the response does it, so that what follows `by` is its way."""
    own = {concept_key(drug) for drug in reaction.drugs}
    return any(
        span.start < reaction.token.i and concept_key(span) not in own | {concept_key(mediator)}
        for span in view.of_kind(MEDIATORS | NAMED_DRUGS)
    )
