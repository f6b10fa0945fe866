"""Ways through a dependency tree: from a mention to a word, and what stands on the way."""

from __future__ import annotations

from typing import NamedTuple

from spacy.tokens import Doc, Token

SUBJECTS = frozenset(("nsubj", "csubj", "nsubjpass", "csubjpass", "xsubj"))


class Way(NamedTuple):
    """The way between two tokens of a sentence.

    `up` runs from the first token to just below the token where both meet, `down` from the second
    token to just below it; either is empty when its token is the meeting point itself.
    """

    up: tuple[Token, ...]
    meet: Token
    down: tuple[Token, ...]

    @property
    def first_top(self) -> Token | None:
        """The child of the meeting point on the first token's side."""
        return self.up[-1] if self.up else None

    @property
    def second_top(self) -> Token | None:
        """The child of the meeting point on the second token's side."""
        return self.down[-1] if self.down else None


def way_between(first: Token, second: Token) -> Way | None:
    """Return the way between two tokens, or nothing if no tree holds both."""
    above_first = [first, *first.ancestors]
    above_second = [second, *second.ancestors]
    places = {token.i: place for place, token in enumerate(above_first)}
    for place, token in enumerate(above_second):
        if token.i in places:
            return Way(tuple(above_first[: places[token.i]]), token, tuple(above_second[:place]))
    return None


def crosses_clauses(way: Way) -> bool:
    """Tell whether one of two words stands in a clause of its own: `because X recruits macrophages, …`."""
    return any(
        token.dep_ == "advcl" and any(child.dep_ in ("nsubj", "nsubjpass") for child in token.children)
        for side in (way.up, way.down)
        for token in side
    )


def governing(path: tuple[Token, ...], meet: Token | None) -> list[Token]:
    """Return the tokens above the first of a path that govern it, from below to the meeting point.

    In `inhibited growth and enhanced sensitivity` the first verb says nothing about sensitivity, nor
    does it in `inhibited X, thereby enhancing sensitivity` or `inhibited X by enhancing sensitivity`:
    the head of a conjunct, a result or a means is left out. A means often hangs on the object before it
    (`overcame resistance by enhancing sensitivity`): then the object is left out with its verb.
    """
    above = [*path[1:], *([meet] if meet is not None else [])]
    kept: list[Token] = []
    under_object = False
    for place, (below, token) in enumerate(zip(path, above, strict=False)):
        result = below.dep_ == "advcl" and below.tag_ == "VBG"
        by = below.dep_ == "prep" and below.lower_ == "by"
        doing = by and place > 0 and path[place - 1].dep_ == "pcomp"
        means = (by and is_verb(token)) or doing or under_object
        under_object = (doing or under_object) and not is_verb(token)
        if below.dep_ != "conj" and not result and not means:
            kept.append(token)
    return kept


def span_root(doc: Doc, start: int, end: int) -> Token:
    """Return the token of a span whose head lies outside it."""
    root: Token = doc[start:end].root
    return root


def is_verb(token: Token) -> bool:
    """Tell whether the tagger takes a token for a verb."""
    return token.tag_.startswith("VB")


def through_conjuncts(token: Token) -> Token:
    """Return the first of the conjuncts that a token belongs to, which bears their common function."""
    while token.dep_ == "conj" and token.head.i != token.i:
        token = token.head
    return token


def modifiers(token: Token) -> list[Token]:
    """Return the words before a noun that qualify it, and what is compared with an adjective."""
    return [
        child
        for child in token.children
        if child.i < token.i
        and child.dep_ in ("amod", "advmod", "nn", "compound", "det", "neg", "dep", "nmod")
    ]
