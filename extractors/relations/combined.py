"""Claims read from combinations: `an X inhibitor combined with D was more effective than D alone`.

What takes X away and makes D work better shows that X held D back. The words of a combination and of its
success are data (`patterns/combinations.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Span

from extractors.context import negators
from extractors.relations.candidates import (
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.combinations import load_combinations, may_combine
from extractors.relations.direction import mediator_words
from extractors.relations.links import Link
from extractors.relations.triggers import Response

REACH = 12
"""Tokens that may stand between the two partners of a combination."""
_COMBINATION = Response("combination", -1, False, False, False, True, frozenset(), False, False, False, False)


def find_combined(view: SentenceView) -> Iterator[Link]:
    """Yield a link for each target of a partner in a combination that is said to work better."""
    if not may_combine(view.sentence.text):
        return
    for mediator, first, last in _agents(view):
        for drug in view.of_kind(NAMED_DRUGS):
            if _is_apart(view, mediator, first, last, drug) and _are_joined(view, first, last, drug):
                done = mediator_words(view.doc, mediator, [])
                for token in view.doc[mediator.end : last]:
                    if token.lower_.startswith(("inhib", "antag", "block", "antibod")):
                        done[token.i] = -1
                if not done:
                    continue
                reaction = Reaction(view.doc[max(last, drug.end) - 1], _COMBINATION, [drug])
                sign = min(done.values()) * _COMBINATION.sign
                denied = bool(negators(list(view.sentence)))
                link = Link(mediator, reaction, sign, "combined", False, sorted(done), denied, 0.5)
                link.words = (min(mediator.start, drug.start), max(mediator.end, drug.end) - 1)
                yield link


def _agents(view: SentenceView) -> Iterator[tuple[Span, int, int]]:
    """Yield targets with where the words of the agent that acts on them begin and end."""
    classes = [span for span in view.of_kind(NAMED_DRUGS) if span.label_ == "drug_class"]
    for target in view.targets:
        for named in classes:
            if named.start <= target.start and target.end <= named.end:
                yield target, named.start, named.end
    for mediator in view.of_kind(MOLECULES):
        done = mediator_words(view.doc, mediator, [])
        if any(sign < 0 for sign in done.values()):
            yield mediator, min(mediator.start, *done), max(mediator.end, max(done) + 1)


def _is_apart(view: SentenceView, mediator: Span, first: int, last: int, drug: Span) -> bool:
    """Tell whether a drug isn't the agent itself: `the MEK inhibitor trametinib`."""
    if drug.start < last and first < drug.end:
        return False
    if concept_key(drug) == concept_key(mediator):
        return False
    one, other = sorted(((first, last), (drug.start, drug.end)))
    between = [t.lower_ for t in view.doc[one[1] : other[0]]]
    return bool(set(between) - {"(", ",", "a", "an", "the", ")"})


def _are_joined(view: SentenceView, first: int, last: int, drug: Span) -> bool:
    words = load_combinations()
    one, other = sorted(((first, last), (drug.start, drug.end)))
    if other[0] - one[1] > REACH:
        return False
    between = view.doc[one[1] : other[0]].text
    if words.joining.search(between):
        return True
    before = view.doc[max(view.sentence.start, one[0] - 6) : one[0]].text
    behind = view.doc[other[1] : min(view.sentence.end, other[1] + 4)].text
    joined = re.search(r"(?i)(?:^|\W)(?:and|with|or|/|-|to)(?:\W|$)", between) or between.strip() in (
        "/",
        "-",
        "+",
        "",
    )
    return bool(joined) and bool(words.union.search(before) or words.union.search(behind))
