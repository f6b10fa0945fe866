"""A mediator and a word of response that hang together: the signs, and who else acts in the sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from spacy.tokens import Doc, Span, Token

from extractors.context import negators
from extractors.relations.candidates import (
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.direction import mediator_words, operator_at, response_words, total_sign, way_signs
from extractors.relations.graph import (
    SUBJECTS,
    governing,
    is_verb,
    span_root,
    through_conjuncts,
)
from extractors.relations.triggers import load_triggers, word_group

_RECEPTOR = re.compile(r"^(?:C?X?3?CR\d+|CXCR\d|.*[^A-Z]R[AB12]?|[A-Z]{2,4}1?R[AB]?|KDR|MET)$")


AXIS_SIGNS = frozenset(("/", "-", "–", "‐", "‑", "→"))


_SUPPORTING = frozenset("provide support find found show suggest indicate demonstrate".split())
_APPOSING = frozenset(
    "( , a an the selective specific dual potent oral novel small molecule inhibitor inhibitors is".split()
)
_HYPHENS_AND_SLASHES = frozenset(("-", "/"))


@dataclass
class Link:
    """How a mediator and a word of response hang together."""

    mediator: Span
    reaction: Reaction
    sign: int
    pattern: str
    association: bool
    done: list[int] = field(default_factory=list)
    """Indexes of the words that say what was done to the mediator."""
    negated: bool = False
    sure: float = 0.8
    words: tuple[int, int] = (0, 0)
    """First and last token that take part."""
    borrowed: Span | None = None
    """The sentence before, where it names the mediator."""


def is_downstream(view: SentenceView, span: Span) -> bool:
    """Tell whether a name is a later part of an axis: STAT3 in `IL-6/STAT3`, where IL-6 speaks for all."""
    at = span.start - 1
    if at <= view.sentence.start or view.doc[at].text not in AXIS_SIGNS:
        return False
    before = view.at.get(at - 1)
    if before is None or before.label_ not in MOLECULES | {"pathway"}:
        return False
    # A ligand and its receptor are one signal, and either stands for it.
    return not _RECEPTOR.match(span._.tamrex_name)


def _has_level(done: dict[int, int], doc: Doc) -> bool:
    """Tell whether the mediator is said to be more or less, not just its level or expression."""
    return any(sign < 0 or doc[i].lower_ in word_group("more") for i, sign in done.items())


def _denies_before(view: SentenceView, mediator: Span) -> bool:
    """Tell whether the mediator's own phrase is denied: `neither CCL3 nor CCL4 blockade`."""
    before = view.doc[max(view.sentence.start, mediator.start - 3) : mediator.start]
    return any(token.lower_ in ("neither", "nor", "no") for token in before)


MECHANISMS = frozenset(("mechanism", "mechanisms"))
"""Nouns that pass a verb's direction on: `X controls mechanisms of resistance` has none."""


def _is_neutral(between: list[Token]) -> bool:
    """Tell whether the word that governs the response most closely has no direction (`regulates`)."""
    for token in between:
        if token.lower_ in load_triggers().neutral:
            return True
        if operator_at(token) is not None and token.lower_ not in MECHANISMS:
            return False
    return False


def _denied(tokens: list[Token]) -> bool:
    around = [
        child for token in tokens for child in token.children if child.i < token.i or child.dep_ == "neg"
    ]
    if any(token.head.lower_ in ("inadequate", "insufficient") for token in tokens):
        return True  # `basal GR is inadequate to mediate`
    failing = [t for t in tokens if t.lower_ in ("fail", "fails", "failed")]
    return bool(negators(around) or negators(failing)) or _is_unsupported(tokens)


def _is_unsupported(tokens: list[Token]) -> bool:
    """Tell whether no support for a link is said to be found: `our data do not support a role of X in …`."""
    for token in tokens[-1:]:
        for above in (token, *token.ancestors):
            if above.lower_ in _SUPPORTING and any(child.dep_ == "neg" for child in above.children):
                return True
    return False


def make_link(
    view: SentenceView,
    mediator: Span,
    reaction: Reaction,
    chain: tuple[Token, ...],
    between: list[Token],
    pattern: str,
    sure: float,
) -> Link | None:
    """Multiply the signs: what is done to the mediator, what stands between, what qualifies the response."""
    own = [*chain[:1], *governing(chain, None)]
    manipulations = load_triggers().manipulations
    told = manipulations.keys() | word_group("making")
    if any(t.dep_ in ("relcl", "acl") and is_verb(t) and t.lower_ not in told for t in own):
        return None  # `X, which was associated with the mediator, …`: X is what is spoken of
    done = mediator_words(view.doc, mediator, own) | _of_class(view, mediator)
    # `neutralizing antibody`, `siRNA-mediated knockdown`: several words for one thing done.
    manipulated = min(done.values(), default=1)
    seen = set(done) | {reaction.token.i}
    operators, association = way_signs(between, seen)
    qualified = response_words(reaction.token, seen | set(operators))
    undirected = {"response", "sensitivity", "effect", "apoptosis"}
    if any(t.lower_.startswith("predict") for t in between):
        undirected.add(
            "relapse"
        )  # `X predicts relapse after D` leaves open whether much or little of it does
    if (
        association
        and reaction.response.id in undirected
        and not qualified
        and not _has_level(done, view.doc)
    ):
        return None  # `related to the response`, `involved in docetaxel-induced apoptosis`: no direction
    denied = _denied([*between, reaction.token])
    if any(t.lower_ in load_triggers().methods for t in between):
        return None  # `was examined with inhibitors of X`
    if not denied and _is_neutral(between):
        return None  # related, but neither way
    if any(t.lower_ in load_triggers().neutral for t in own):
        sure -= 0.3  # `regulation of X`: more or less of it is not said
    denied = denied or _denies_before(view, mediator)
    signs = [manipulated, *operators.values(), *qualified.values(), reaction.response.sign]
    if reaction.response.sign > 0 and any(token.lower_.startswith("rescu") for token in between):
        signs.append(-1)  # to rescue resistance is to end it
    if reaction.response.id == "resistance" and any(t.lower_ in word_group("bettering") for t in between):
        signs.append(-1)
    return Link(
        mediator,
        reaction,
        total_sign(signs),
        pattern,
        association,
        sorted(done),
        denied,
        sure,
    )


def _of_class(view: SentenceView, mediator: Span) -> dict[int, int]:
    """Return the signs of the words of a class whose target the mediator is: `PD-1/PD-L1 blockade`."""
    if not any(mediator is target for target in view.targets):
        return {}
    manipulations = load_triggers().manipulations
    return {
        token.i: manipulations[token.lower_]
        for named in view.of_kind(frozenset(("drug_class",)))
        if named.start <= mediator.start and mediator.end <= named.end
        for token in view.doc[mediator.end : named.end]
        if token.lower_ in manipulations
    }


def subject_of_mention(view: SentenceView, span: Span) -> list[Token]:
    """Return the subject that a mention is (in), if any."""
    token = span_root(view.doc, span.start, span.end)
    for above in (token, *token.ancestors):
        if through_conjuncts(above).dep_ in SUBJECTS:
            return [above]
        if is_verb(above):
            break
    return []


def has_agent_subject(view: SentenceView, word: Token) -> bool:
    """Tell whether a drug does it: what it does it by (`by suppressing iNOS`) is its mechanism."""
    verbs = {word.i, *(ancestor.i for ancestor in word.ancestors)}
    for span in view.of_kind(NAMED_DRUGS):
        if any(span.start <= target.start < span.end for target in view.targets):
            continue
        token = span_root(view.doc, span.start, span.end)
        if through_conjuncts(token).dep_ in SUBJECTS and through_conjuncts(token).head.i in verbs:
            return True
    return False


def has_population_subject(view: SentenceView, word: Token) -> bool:
    verbs = {word.i, *(ancestor.i for ancestor in word.ancestors)}
    populations = view.of_kind(frozenset(("macrophage",)))
    return any(top.head.i in verbs for s in populations for top in subject_of_mention(view, s))


def is_compared(reaction: Reaction) -> bool:
    """Tell whether the response is said to be more or less than otherwise."""
    return bool(response_words(reaction.token, set())) or reaction.response.adjective


def other_subject(
    view: SentenceView, mediator: Span, verb: Token | None = None, kinds: frozenset[str] = MOLECULES
) -> bool:
    """Tell whether another molecule stands as the subject, so that this one is only the way."""
    verbs = set()
    while verb is not None:
        verbs.add(verb.i)
        verb = (
            verb.head
            if verb.dep_ in ("conj", "prep", "dobj", "pobj", "advcl") and verb.dep_ != "ROOT"
            else None
        )
    for span in [*view.of_kind(kinds), *view.targets]:
        if concept_key(span) == concept_key(mediator) or span.start > mediator.start:
            continue
        root = span_root(view.doc, span.start, span.end)
        for token in (root, *root.ancestors):
            if through_conjuncts(token).dep_ in SUBJECTS and (not verbs or token.head.i in verbs):
                return True
            if is_verb(token):
                break
    return False


def is_manipulation(token: Token) -> bool:
    return token.lower_ in load_triggers().manipulations


def is_own_target(view: SentenceView, link: Link, drug: Span) -> bool:
    """Tell whether a drug acts on the mediator itself, and nothing says that the mediator changed.

    `the adenosine deaminase inhibitor, pentostatin`; `VEGF` and `VEGF inhibitors`.
    """
    mediator = link.mediator
    first, second = sorted((mediator, drug), key=lambda s: s.start)
    between = {t.lower_ for t in view.doc[first.end : second.start]}
    if between & word_group("agents") and between <= word_group("agents") | {
        ",",
        "(",
        "the",
        "a",
        "an",
        "specific",
        "selective",
        "and",
    }:
        return True
    apposed = all(
        token.lower_ in _APPOSING or token.text in _HYPHENS_AND_SLASHES
        for token in view.doc[first.end : second.start]
    )
    behind = {token.lower_ for token in view.doc[mediator.end : mediator.end + 4]}
    if apposed and first is drug and behind & word_group("agents"):
        return True  # `crizotinib (a MET inhibitor)`
    for named in view.of_kind(frozenset(("drug_class",))):
        # `the BCL-2 inhibitor venetoclax`: the class says what the drug acts on.
        if named.start <= mediator.start and mediator.end <= named.end and named.start != drug.start:
            one, other = sorted((named, drug), key=lambda s: s.start)
            if all(token.lower_ in _APPOSING for token in view.doc[one.end : other.start]):
                return True
    if drug.label_ != "drug_class" or mediator.text.lower() not in drug.text.lower():
        return False
    return not any(view.doc[i].lower_ in word_group("changed") for i in link.done)
