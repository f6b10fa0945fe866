"""What macrophages make and what acts on them, read from the order of words where the tree shows nothing.

A list between a verb and its object, a clause of `which`, a noun with two heads: the parser loses the thread
where a reader doesn't. Each pattern looks at the words between the two names, or just before the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Span, Token

from extractors.context import negators
from extractors.relations.candidates import MOLECULES, SentenceView, concept_key
from extractors.relations.direction import mediator_words, operator_at, total_sign
from extractors.relations.graph import is_verb
from extractors.relations.triggers import MacrophageTrigger, load_triggers, word_group

REACH = 20
"""Tokens between two names that are still read."""
_ACTIVE = frozenset(("VB", "VBZ", "VBP", "VBD"))
_FACTORS = frozenset(
    "factors cytokines chemokines mediators proteins mirnas exosomes factor molecules".split()
)
_PLACES = frozenset(("in", "by", "from", "on"))


class InOrder(NamedTuple):
    """A relation as the order of words gives it.

    Attributes
    ----------
    sign
        -1 if less of the molecule brings it about.
    words
        The words that say it.
    """

    relation: str
    pattern: str
    sign: int
    words: list[Token]
    negated: bool


def relation_in_order(view: SentenceView, population: Span, molecule: Span) -> InOrder | None:
    """Return what the order of words says of a population and a molecule, if it says anything."""
    first, second = sorted((population, molecule), key=lambda span: span.start)
    words = list(view.doc[first.end : second.start])
    if len(words) > REACH or _is_parted(view, words, population, molecule):
        return None
    patterns = (_made_in, _told_of) if first is molecule else (_makes, _derived, _by_way, _in_order_to)
    for pattern in patterns:
        found = pattern(view, population, molecule, words)
        if found is not None:
            return found
    return _acts_on(view, population, molecule, words) if first is molecule else None


def _is_parted(view: SentenceView, words: Sequence[Token], population: Span, molecule: Span) -> bool:
    """Tell whether a clause or another name stands between, not just in one list with one of the two."""
    if any(t.text in (";", ":") or t.lower_ in word_group("macrophage_partings") for t in words):
        return True
    start, end = (words[0].i, words[-1].i + 1) if words else (0, 0)
    for other in view.mentions:
        if not start <= other.start or not other.end <= end or other.label_ not in MOLECULES | {"macrophage"}:
            continue
        near = molecule if other.label_ in MOLECULES else population
        one, two = sorted((other, near), key=lambda span: span.start)
        between = view.doc[one.end : two.start]
        if concept_key(other) == concept_key(near):
            continue
        if not all(t.i in view.at or t.lower_ in word_group("listing") for t in between):
            return True
    return False


def _by_nouns(word: str) -> MacrophageTrigger | None:
    for trigger in _making():
        if word in trigger.nouns:
            return trigger
    return None


def _making() -> list[MacrophageTrigger]:
    return [t for t in load_triggers().macrophage if t.relation in ("secretes", "expresses")]


def _made_in(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`production of IL-6 was elevated in macrophages`, `IL-6 release from macrophages`."""
    place = _place_before(words)
    if place is None or any(t.lower_ in ("which", "that") for t in words):
        return None
    if place.i > words[0].i and place.nbor(-1).lower_ in ("and", "or", "but", ","):
        return None  # `lowered X, and in macrophages …`: something else in them
    behind_it = view.doc[population.end : min(population.end + 2, view.sentence.end)]
    if any(t.lower_ in ("depleted", "depletion", "deficient", "free") for t in behind_it):
        return None
    inner = [t for t in words if t.i < place.i]
    behind = next((t for t in inner[:3] if _by_nouns(t.lower_)), None)
    if behind is not None and any(t.tag_ == "CC" for t in inner if t.i > behind.i):
        behind = None  # `PD-1 expression and polarization in TAMs`
    if behind is not None and not any(is_verb(t) and t.tag_ not in ("VBN", "VBD", "VBZ") for t in inner):
        trigger = _by_nouns(behind.lower_)
        if trigger is not None and not (trigger.relation == "expresses" and place.lower_ == "from"):
            return InOrder(trigger.relation, "noun-in-order", 1, [behind], _denied(view, molecule, words))
    for token in inner:
        for trigger in _making():
            participle = token.lower_ in (trigger.participles | trigger.passive) - {"derived"}
            changed = token.lower_ in word_group("raised_in") and trigger.relation == "expresses"
            if (participle or changed) and token.tag_[:2] in ("VB", "JJ"):
                near = [t for t in words if t.i > token.i]
                if len(near) <= 9:
                    denied = _denied(view, molecule, [t for t in words if t.i >= token.i - 2])
                    return InOrder(trigger.relation, "found-in-order", 1, [token], denied)
    noun = _noun_of(view, molecule)
    if noun is not None:
        trigger = _by_nouns(noun.lower_)
        if trigger is not None:
            return InOrder(trigger.relation, "noun-of-in-order", 1, [noun], _denied(view, molecule, words))
    return None


def _place_before(words: Sequence[Token]) -> Token | None:
    """Return the preposition of place that stands before a population, adjectives and `including` aside."""
    for token in reversed(words):
        if token.lower_ in _PLACES:
            return token
        if token.tag_[:2] not in ("JJ", "NN", "DT", "HY", "CD", "VB", "CC", "RB") and token.text not in ",()":
            return None
        if is_verb(token) and token.tag_ in ("VBZ", "VBD", "VBP"):
            return None
    return None


def _noun_of(view: SentenceView, molecule: Span) -> Token | None:
    """Return the noun of `secretion of A and B` for any name of the list."""
    for at in range(molecule.start - 1, max(view.sentence.start, molecule.start - 12), -1):
        token = view.doc[at]
        if token.lower_ == "of":
            before = view.doc[at - 1]
            return before if _by_nouns(before.lower_) else None
        if at not in view.at and token.lower_ not in word_group("listing"):
            return None
    return None


def _told_of(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`IFN-γ-producing mouse macrophages`, `COX-2+ TAMs`."""
    if not words or len(words) > 4 or any(t.tag_ == "CC" for t in words):
        return None  # `CD163-positive and CD204-positive TAMs` are two populations
    if words[0].text == "+" and all(t.tag_[:2] in ("JJ", "NN") for t in words[1:]):
        return InOrder("expresses", "marker", 1, [words[0]], False)
    named = [t for t in words if t.lower_ not in word_group("listing")]
    if any(t.text == "," or t.lower_ in load_triggers().groups for t in words):
        return None  # `in receptor-positive tumours, macrophages …`
    if not named or any(is_verb(t) and t.tag_ != "VBG" for t in named):
        return None
    for trigger in _making():
        if named[0].lower_ in trigger.qualifying and words[0].text in ("-", "–", "‐", "‑"):
            return InOrder(trigger.relation, "qualifying-in-order", 1, [named[0]], False)
    return None


def _makes(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`monocytes, which in turn express high levels of VEGF`, `TAMs act via secreting IL-8`."""
    for trigger in _making():
        verbs = [t for t in words if is_verb(t) and t.lower_ in trigger.verbs]
        if not verbs:
            continue
        verb = verbs[-1]
        before, behind = [t for t in words if t.i < verb.i], [t for t in words if t.i > verb.i]
        if not all(_is_filler(view, t) for t in behind) or len(behind) > 8:
            continue
        if _is_object(view, population):
            continue  # `tumours repolarise TAMs via secreting CCL5`
        by_means = verb.tag_ == "VBG" and any(t.lower_ in ("by", "via", "through") for t in before[-1:])
        if by_means and trigger.relation == "secretes":
            return InOrder("secretes", "gerund-in-order", 1, [verb], _denied(view, population, words))
        if verb.tag_ in ("VBN",) and not any(t.lower_ in ("have", "has") for t in before):
            continue
        if all(t.tag_[:2] in ("RB", "MD", "WD", "IN", "NN", ",") and len(before) <= 5 for t in before):
            if not any(t.lower_ in ("with", "of", "to", "by") for t in before):
                return InOrder(trigger.relation, "verb-in-order", 1, [verb], _denied(view, population, words))
    return None


def _is_object(view: SentenceView, population: Span) -> bool:
    at = population.start - 1
    while at >= view.sentence.start and view.doc[at].tag_[:2] in ("JJ", "DT", "NN", "HY"):
        at -= 1
    return at >= view.sentence.start and view.doc[at].tag_ in _ACTIVE | {"VBG"}


def _is_filler(view: SentenceView, token: Token) -> bool:
    if token.i in view.at or token.lower_ in word_group("listing") | word_group("amounts"):
        return True
    return token.tag_[:2] in ("JJ", "DT", "RB")


def _derived(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`macrophage-derived factors including IL-6 and IL-1`."""
    lower = [t.lower_ for t in words]
    before = [t.lower_ for t in view.doc[max(view.sentence.start, population.start - 5) : population.start]]
    told = next((w for w in ("secreted", "released", "produced") if w in before), None)
    if (
        told is not None
        and "by" in before
        and _FACTORS & set(before)
        and {"including", "such", "like"} & set(lower)
    ):
        at = population.start - len(before) + before.index(told)
        return InOrder("secretes", "derived-in-order", 1, [view.doc[at]], False)
    if "derived" not in lower[:3] or not {"including", "such", "like"} & set(lower):
        return None
    if not _FACTORS & set(lower) or any(
        is_verb(t) and t.lower_ not in ("derived", "including") for t in words
    ):
        return None
    return InOrder("secretes", "derived-in-order", 1, [words[lower.index("derived")]], False)


def _by_way(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`promotes macrophage recruitment by increasing CCL2`, `… reduced it by inhibiting CXCL12`."""
    ways = [n for n, t in enumerate(words) if t.lower_ in ("by", "via", "through")]
    if not ways or not all(_is_filler(view, t) or operator_at(t) for t in words[ways[-1] + 1 :]):
        return None
    before = list(view.doc[max(view.sentence.start, population.start - 6) : population.start])
    acting = [t for t in before if is_verb(t) and (o := operator_at(t)) is not None and not o.association]
    means = [t for t in words[ways[-1] + 1 :] if t.tag_ == "VBG" and operator_at(t)]
    if not acting or not means:
        return None
    for trigger in load_triggers().macrophage:
        if trigger.relation == "recruited_by" and molecule.label_ == "cytokine":
            noun = next((t for t in words[:2] if t.lower_ in trigger.nouns and not is_verb(t)), None)
            if noun is not None:
                signs = [o.sign for t in (acting[-1], means[-1]) if (o := operator_at(t)) is not None]
                said = [noun, acting[-1], means[-1]]
                return InOrder(
                    trigger.relation, "way-in-order", total_sign(signs), said, bool(negators(before))
                )
    return None


def _in_order_to(
    view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]
) -> InOrder | None:
    """`To recruit macrophages, tumour cells secrete CCL2`."""
    before = list(view.doc[max(view.sentence.start, population.start - 3) : population.start])
    making = [t for trigger in _making() for t in words if is_verb(t) and t.lower_ in trigger.verbs]
    if not making or not all(_is_filler(view, t) for t in words if t.i > making[-1].i):
        return None
    for trigger in load_triggers().macrophage:
        if trigger.relation == "recruited_by":
            verbs = [t for t in before if t.lower_ in trigger.verbs and t.nbor(-1).lower_ == "to"]
            if verbs:
                denied = bool(negators([*before, *words]))
                return InOrder(trigger.relation, "purpose-in-order", 1, [verbs[0]], denied)
    return None


def _acts_on(view: SentenceView, population: Span, molecule: Span, words: Sequence[Token]) -> InOrder | None:
    """`MCP-1-dependent migration of monocytes`, `CCL2 that promotes macrophage recruitment`."""
    behind = list(view.doc[population.end : min(population.end + 3, view.sentence.end)])
    done = mediator_words(view.doc, molecule, [])
    for trigger in load_triggers().macrophage:
        if trigger.relation not in ("recruited_by", "polarised_by"):
            continue
        near = [t for t in [*words[-4:], *behind] if t.lower_ in trigger.nouns and not is_verb(t)]
        if not near:
            continue
        noun = near[0]
        if noun.i > population.end + 1 or (
            noun.i < population.start and words[-1].lower_ not in ("of", "the")
        ):
            continue
        acting = [
            t for t in words if t.i != noun.i and (o := operator_at(t)) is not None and not o.association
        ]
        bound = [t for t in words[:3] if t.lower_ in ("dependent", "mediated", "driven", "induced")]
        needed = [t for t in words if t.lower_ in word_group("needed_for")]
        if not (acting or bound or needed) or not _molecule_acts(view, molecule, words, acting):
            continue
        signs = [o.sign for t in acting if t not in bound and (o := operator_at(t)) is not None]
        sign = total_sign([min(done.values(), default=1), *signs])
        said = [noun, *acting, *needed]
        return InOrder(trigger.relation, "acts-in-order", sign, said, _denied(view, molecule, words))
    return None


def _molecule_acts(
    view: SentenceView, molecule: Span, words: Sequence[Token], acting: Sequence[Token]
) -> bool:
    """Tell whether nothing before a molecule does what is told behind it."""
    if acting and (acting[0].tag_ in ("VBG", "VBN", "NN", "NNS") or acting[0].nbor(-1).text == ","):
        return False
    if molecule.start > view.sentence.start and view.doc[molecule.start - 1].tag_ in _ACTIVE:
        return False  # `targets CSF1R to mitigate infiltration`
    before = list(view.doc[max(view.sentence.start, molecule.start - 3) : molecule.start])
    return not any(t.lower_ in ("by", "via", "through", "with", "in", "and") for t in before[-1:])


def _denied(view: SentenceView, first: Span, words: Sequence[Token]) -> bool:
    before = list(view.doc[max(view.sentence.start, first.start - 2) : first.start])
    return bool(negators([*before, *words]))
