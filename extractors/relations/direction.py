"""Which way a claim points: the product of the signs of what stands between mediator and response.

More of the mediator promotes resistance when an even number of things turn the direction: losing the
mediator, lowering, undoing, sensitivity in place of resistance, a lowering word before either.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from spacy.tokens import Doc, Span, Token

from extractors.relations.graph import is_verb, modifiers
from extractors.relations.triggers import Operator, load_triggers, verb_forms

PROMOTES, REVERSES = "promotes", "reverses"
_RESTORING = verb_forms("restore") | verb_forms("rescue") | verb_forms("recover")
_MEDIATING = frozenset("mediated induced driven dependent triggered".split())
_AGENT_NOUNS = frozenset(
    "inhibitor inhibitors antagonist antagonists blocker blockers antibody antibodies antibody-drug".split()
)
_FINITE_TAGS = frozenset(("VBZ", "VBD", "VBP", "MD", "VB"))
_HYPHENS = frozenset(("-", "–", "‐", "‑"))


def effect_of(sign: int) -> str:
    """Return the effect for a sign of resistance: +1 is `promotes`.

    >>> effect_of(+1), effect_of(-1)
    ('promotes', 'reverses')
    """
    return PROMOTES if sign > 0 else REVERSES


def total_sign(signs: Iterable[int]) -> int:
    """Multiply signs.

    >>> total_sign([-1, -1, 1])
    1
    """
    return prod(signs)


def operator_at(token: Token) -> Operator | None:
    """Return the operator that a token is, if any; a verb's form only where the tagger agrees."""
    operator = load_triggers().operators.get(token.lower_)
    if operator is None:
        return None
    if operator.part == "noun" and is_verb(token):
        return None  # `miR-21 targets PTEN` is no target
    if operator.part == "verb" and token.tag_ in ("NN", "NNS") and token.lower_.endswith("ing"):
        return operator
    return operator


def mediator_words(doc: Doc, mediator: Span, chain: Iterable[Token]) -> dict[int, int]:
    """Return the signs of what is done to a mediator, by token index.

    Parameters
    ----------
    chain
        Tokens from the mediator's root up to, not including, the verb that it is an argument of.
    """
    manipulations = load_triggers().manipulations
    signs: dict[int, int] = {}

    def see(token: Token) -> None:
        if mediator.start <= token.i < mediator.end or token.ent_type_:
            return
        sign = manipulations.get(token.lower_)
        named = token.i < mediator.start and token.lower_ in _AGENT_NOUNS
        if sign is not None and not (named and not _applies_to(doc, token, mediator)):
            signs[token.i] = sign

    for token in chain:
        if token.lower_ in _MEDIATING and token.i >= mediator.end and doc[token.i - 1].text in _HYPHENS:
            break  # `p27-mediated suppression`: what follows is done by it, not to it
        see(token)
        for child in modifiers(token):
            see(child)
    # A compound that the parser took apart: `CCL2-neutralizing antibody`, `STAT3 siRNA`.
    after = mediator.end
    for _ in range(3):
        if after >= len(doc):
            break
        token = doc[after]
        if token.text in _HYPHENS:
            after += 1
            continue
        if token.text == ")" and doc[mediator.start - 1].text == "(" and after + 1 < len(doc):
            # `hepatocyte growth factor receptor (c-Met) inhibitor`
            if doc[after + 1].lower_ not in _AGENT_NOUNS:
                break
            after += 1
            continue
        if token.text == "(":
            # `colony-stimulating factor 1 receptor (CSF-1R) inhibitor`
            closing = next((t.i for t in doc[after : after + 5] if t.text == ")"), None)
            if closing is None or closing + 1 >= len(doc) or doc[closing + 1].lower_ not in _AGENT_NOUNS:
                break
            after = closing + 1
            continue
        hyphened = doc[after - 1].text in _HYPHENS
        if token.lower_ in manipulations and (hyphened or token.tag_[:2] in ("NN", "JJ")):
            see(token)
            after += 1
            continue
        break
    for token in _phrase_before(doc, mediator):
        named = token.lower_ in _AGENT_NOUNS and not _applies_to(doc, token, mediator)
        if manipulations.get(token.lower_, 0) < 0 and not named:
            see(token)
    before = mediator.start - 1
    if before >= 0 and doc[before].text in _HYPHENS and before > 0:
        before -= 1
    if before >= 0 and doc[before].lower_ in (
        "anti",
        "anti-",
        "low",
        "reduced",
        "decreased",
        "silencing",
        "si",
        "sh",
    ):
        see(doc[before])
    return signs


def _applies_to(doc: Doc, agent: Token, mediator: Span) -> bool:
    """Tell whether an inhibitor is one *of* the mediator; in `the inhibitors PAI-1 and PAI-2` it is not."""
    between = {t.lower_ for t in doc[agent.i + 1 : mediator.start]}
    return bool(between & {"of", "against", "for", "to", "targeting"})


def _phrase_before(doc: Doc, mediator: Span) -> list[Token]:
    """Return the words of a mediator's phrase before it: `loss of the kinase`, `silencing of A and B`."""
    words: list[Token] = []
    own: list[Token] | None = None
    for at in range(mediator.start - 1, max(mediator.sent.start - 1, mediator.start - 9), -1):
        token = doc[at]
        if token.lower_ in ("and", "or") and own is None:
            own = list(words)
            continue
        if token.tag_[:2] not in ("DT", "JJ", "NN", "IN", "HY", "VB", "CD") or token.tag_ in _FINITE_TAGS:
            break
        if token.tag_ == "IN" and token.lower_ not in ("of", "against"):
            break
        if token.tag_.startswith("VB") and token.tag_ != "VBG":
            break
        words.append(token)
        if token.tag_ == "VBG":
            break
    shared = bool(words) and words[-1].tag_ == "VBG"  # `targeting A or B` is done to both
    if own is not None and not shared and not any(token.lower_ == "of" for token in words[len(own) :]):
        return own  # `A-deficient cells or B`: what is done to A isn't done to B
    return words


def way_signs(tokens: list[Token], skip: set[int]) -> tuple[dict[int, int], bool]:
    """Return the signs of operators among tokens, by index, and whether all are mere associations."""
    signs: dict[int, int] = {}
    association = True
    for token in tokens:
        if token.i in skip:
            continue
        operator = operator_at(token)
        if operator is not None:
            signs[token.i] = operator.sign
            association &= operator.association
        for child in token.children:
            # `the protective effect against docetaxel-induced apoptosis`
            if child.lower_ in ("protective", "cytoprotective", "inhibitory") and child.i < token.i:
                signs[child.i] = -1
            # `inversely correlated`, `negatively associated`.
            if child.lower_ in ("inversely", "negatively", "inverse", "negative"):
                signs[child.i] = -1
    if any(token.lower_ in _RESTORING for token in tokens):
        # `restored the loss of sensitivity` gives sensitivity back.
        for token in tokens:
            operator = operator_at(token)
            if operator is not None and operator.part == "noun" and operator.sign < 0:
                signs.pop(token.i, None)
    return signs, association and bool(signs)


def response_words(reaction: Token, skip: set[int]) -> dict[int, int]:
    """Return the signs of what qualifies a word of response: `reduced sensitivity`, `less resistant`."""
    signs: dict[int, int] = {}
    nouns = [reaction]
    if reaction.head.dep_ == "amod" and reaction.dep_ == "advmod":
        nouns.append(reaction.head)
    for noun in nouns:
        for child in noun.children:
            if child.i in skip or child.dep_ in ("conj", "appos", "relcl", "acl"):
                continue
            operator = load_triggers().operators.get(child.lower_)
            if operator is None:
                continue
            poorly = child.lower_ in ("poorly", "better", "less") and child.dep_ == "advmod"
            if poorly or (
                child.i < noun.i and (operator.part == "adjective" or child.dep_ in ("amod", "advmod"))
            ):
                signs[child.i] = operator.sign
    # Without a tree over it, the word just before speaks for itself.
    if not signs and reaction.i > 0:
        previous = reaction.nbor(-1)
        operator = load_triggers().operators.get(previous.lower_)
        if (
            operator is not None
            and operator.part == "adjective"
            and previous.i not in skip
            and not is_verb(previous)
        ):
            signs[previous.i] = operator.sign
    return signs
