"""Levels that go with groups which resist or respond: `CCL2 was higher in tamoxifen-resistant cells`."""

from __future__ import annotations

from spacy.tokens import Span, Token

from extractors.context import negators
from extractors.relations.candidates import MOLECULES, Reaction, SentenceView
from extractors.relations.direction import total_sign
from extractors.relations.graph import is_verb
from extractors.relations.links import Link
from extractors.relations.triggers import load_triggers, word_group


def level_in_group(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """A level that goes with resistance: `CCL2 was upregulated in tamoxifen-resistant cells`."""
    doc = view.doc
    start, end = sorted((mediator.end, reaction.token.i))
    words = list(doc[start:end]) if mediator.end <= reaction.token.i else []
    level = {
        t.i: load_triggers().operators[t.lower_].sign
        for t in words
        if t.lower_ in load_triggers().operators
        and load_triggers().operators[t.lower_].id in ("raise", "lower")
    }
    level |= {
        t.i: load_triggers().manipulations[t.lower_]
        for t in words
        if t.lower_
        in (
            "overexpressed",
            "enriched",
            "downregulated",
            "lost",
            "upregulated",
            "down-regulated",
            "up-regulated",
            "over-expressed",
        )
    }
    if not level and len(words) <= 8:
        return _grouped_before_level(view, mediator, reaction, words)
    if len(level) != 1 or len(words) > 16:
        return None
    if not any(t.lower_ in ("in", "between", "of", "from", "by") for t in words[-6:]):
        return None
    if (
        any(t.text in (";", ":") or t.lower_ in ("but", "whereas", "while", "and") for t in words)
        and len(words) > 8
    ):
        return None
    behind = list(doc[min(level) + 1 : end])
    until = next((n for n, t in enumerate(behind) if t.tag_ == "IN"), len(behind))
    if doc[min(level)].tag_ in ("VBZ", "VBD", "VBP") and any(
        t.tag_.startswith("NN") and t.lower_ not in word_group("level") for t in behind[:until]
    ):
        return None  # `X reversed EMT and decreased the growth of resistant cells`
    if any(view.at.get(t.i) is not None and view.at[t.i].label_ in MOLECULES for t in words):
        # Names in a list share the level; what stands between otherwise has it for itself.
        if not all(_listed(view, t) for t in words[: min(level) - start]):
            return None
    sign = total_sign([*level.values(), reaction.response.sign])
    return Link(mediator, reaction, sign, "level-in-group", True, sorted(level), bool(negators(words)), 0.7)


def _grouped_before_level(
    view: SentenceView, mediator: Span, reaction: Reaction, words: list[Token]
) -> Link | None:
    """A level told behind the group: `CCL2 expression in cisplatin-resistant cells was up-regulated`."""
    if not any(t.lower_ in ("in", "of", "from") for t in words) or any(
        is_verb(t) and t.tag_ != "VBN" for t in words
    ):
        return None
    behind = list(view.doc[reaction.token.i + 1 : min(view.sentence.end, reaction.token.i + 12)])
    copula = next((n for n, t in enumerate(behind) if t.lower_ in ("was", "were", "is", "are")), None)
    if copula is None or any(t.text in (",", ";") for t in behind[:copula]):
        return None
    operators, manipulations = load_triggers().operators, load_triggers().manipulations
    for token in behind[copula + 1 : copula + 4]:
        operator = operators.get(token.lower_)
        sign = operator.sign if operator and operator.id in ("raise", "lower") else None
        if sign is None and token.lower_ in word_group("more"):
            sign = manipulations.get(token.lower_)
        if sign is not None:
            signs = total_sign([sign, reaction.response.sign])
            denied = bool(negators(behind[: copula + 2]))
            return Link(mediator, reaction, signs, "group-then-level", True, [token.i], denied, 0.65)
    return None


def borne_by_group(view: SentenceView, mediator: Span, reaction: Reaction) -> Link | None:
    """A level that a group has: `cisplatin-resistant cells expressed higher levels of CCL2`."""
    doc = view.doc
    if mediator.label_ not in MOLECULES or not 0 < mediator.start - reaction.token.i <= 18:
        return None
    words = list(doc[reaction.token.i + 1 : mediator.start])
    if any(t.text in (";", ":") or t.lower_ in ("but", "whereas", "while", "than", "which") for t in words):
        return None
    bearing = [t for t in words if t.lower_ in word_group("bearing") and t.tag_ in ("VBD", "VBP", "VBN")]
    if len(bearing) != 1:
        return None
    operators = load_triggers().operators
    level = [
        t
        for t in words
        if t.i > bearing[0].i
        and t.lower_ in operators
        and (operators[t.lower_].part == "adjective" or t.tag_.startswith("JJ") or t.dep_ == "amod")
        and operators[t.lower_].id in ("raise", "lower")
    ]
    if not level:
        return None
    # In `lower levels of A and higher levels of B` each name has the level just before it.
    own = level[-1]
    between = [t for t in words if t.i > own.i]
    if any(not _listed(view, t) for t in between):
        return None
    sign = total_sign([operators[own.lower_].sign, reaction.response.sign])
    return Link(mediator, reaction, sign, "borne-by-group", True, [own.i], bool(negators(words)), 0.65)


def _listed(view: SentenceView, token: Token) -> bool:
    return (
        token.i in view.at or token.text in (",", "/", "-", "(", ")") or token.lower_ in word_group("level")
    )
