"""What speaks for or against a claim about a mediator and a drug that a rule has linked.

Each feature is a name that can be read (`pattern=subject`, `on way=restored`); the scorer has a weight for
each: what the rule says, what kinds of names they are, how they stand to each other, the words on the way.
"""

from __future__ import annotations

from spacy.tokens import Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.relations.candidates import DRUGS, MEDIATORS, SentenceView
from extractors.relations.graph import span_root, way_between
from extractors.relations.links import Link
from extractors.relations.triggers import load_triggers

_DISTANCES = (3, 6, 10, 15, 22, 30)
_PARTINGS = frozenset((";", ":", "but", "whereas", "while", "although", "however"))


def pair_features(view: SentenceView, link: Link, drug: Span, penalty: float) -> dict[str, float]:
    """Return the features of a pair, mostly with value 1.

    Parameters
    ----------
    link
        What a rule says of the mediator and a response.
    penalty
        What the rule takes off itself for a drug that isn't attached to its response.
    """
    doc, mediator = view.doc, link.mediator
    found: dict[str, float] = {"bias": 1.0}

    def add(name: str) -> None:
        found[name] = 1.0

    response = link.reaction.response
    add(f"pattern={link.pattern}")
    add(f"response={response.id}")
    add(f"pattern={link.pattern} response={response.id}")
    found["sure"] = link.sure - penalty
    if link.association:
        add("association")
    if link.negated:
        add("denied")
    if penalty:
        add("drug not attached")
    for i in link.done:
        add(f"done={doc[i].lower_}")
    if not link.done:
        add("nothing done")
    for span, name in ((mediator, "mediator"), (drug, "drug")):
        add(f"{name}={span.label_}")
        if not span.kb_id_:
            add(f"{name} without id")
    add(f"drug ends={drug.text.lower()[-3:]}")
    if any(mediator is target for target in view.targets):
        add("mediator in the name of a class")
    first, second = sorted((mediator, drug), key=lambda span: span.start)
    order = "mediator first" if first is mediator else "drug first"
    add(order)
    distance = _distance(mediator, drug)
    add(f"distance<{next((limit for limit in _DISTANCES if distance < limit), 99)}")
    inside = [
        s for s in view.mentions if first.end <= s.start and s.end <= second.start and s.label_ != "species"
    ]
    for kind, name in ((MEDIATORS, "mediators"), (DRUGS, "drugs")):
        count = sum(s.label_ in kind for s in inside)
        add(f"{name} between={min(count, 3)}")
    words = list(doc[first.end : second.start])
    if any(token.lower_ in _PARTINGS for token in words):
        add("parted")
    for span, name in ((mediator, "mediator"), (drug, "drug")):
        if span.start > view.sentence.start:
            add(f"just before {name}={_word(doc[span.start - 1])}")
        if span.end < view.sentence.end:
            add(f"just behind {name}={_word(doc[span.end])}")
    _add_way(view, mediator, drug, found)
    for token in view.sentence:
        if token.lower_ in load_triggers().responses and not (first.start <= token.i < second.end):
            add(f"response outside={_word(token)}")
    start, last = first.start, second.end - 1
    if is_speculated(view.sentence, start, last):
        add("speculated")
    if is_question(view.sentence, last):
        add("question")
    if negators(words):
        add("denial between")
    return found


def _add_way(view: SentenceView, mediator: Span, drug: Span, found: dict[str, float]) -> None:
    """Add the way through the tree: its labels, the words on it, the word where both sides meet."""
    way = way_between(
        span_root(view.doc, mediator.start, mediator.end), span_root(view.doc, drug.start, drug.end)
    )
    if way is None:
        found["no way"] = 1.0
        return
    found[f"way up={'<'.join(token.dep_ for token in way.up[-3:])}"] = 1.0
    found[f"way down={'>'.join(token.dep_ for token in way.down[-3:])}"] = 1.0
    found[f"meet={_word(way.meet)}"] = 1.0
    if way.up:
        found[f"top={way.up[-1].dep_} meet={_word(way.meet)}"] = 1.0
    for token in (*way.up[1:], *way.down[1:]):
        found[f"on way={_word(token)}"] = 1.0


def _word(token: Token) -> str:
    """Return a word without its commonest endings; numbers and names are all one."""
    word = token.lower_
    if any(map(str.isdigit, word)):
        return "#"
    if word in load_triggers().responses:
        return word
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _distance(one: Span, other: Span) -> int:
    return max(one.start - other.end, other.start - one.end, 0)
