"""All pairs of a mediator and a drug that a document's sentences bring together, with what speaks for each.

A pair is linked by a rule, or it only stands in one sentence, or one of the two is borrowed: the document's
drug, the title's mediator. Each feature is a name that can be read (`pattern=subject`,
`between=op:raise`); the scorer has a weight for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from spacy.tokens import Doc, Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.relations.candidates import (
    DRUGS,
    MEDIATORS,
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
)
from extractors.relations.direction import mediator_words, operator_at, response_words, way_signs
from extractors.relations.graph import is_verb, span_root, way_between
from extractors.relations.linked_pairs import LinkedPair, rule_features
from extractors.relations.links import is_downstream
from extractors.relations.scorer import score
from extractors.relations.triggers import load_triggers, word_group

ANY_DRUG = "generic"
"""The key of all words for chemotherapy in general, which are one drug."""
RULE_SCORE = "score of the rule"
PairKey = tuple[str, str]
POPULATIONS = frozenset(("macrophage",))
_DISTANCES = (2, 4, 7, 11, 16, 23, 32)
_REACHES = (2, 4, 7, 11, 16, 25)
_FAR = 30
"""Tokens between two names beyond which the words between them tell nothing."""
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e")
_CLAUSES = frozenset(("relcl", "conj", "advcl", "ccomp", "acl", "appos"))


def drug_key(drug: Span) -> str:
    """Return what a drug is grouped by."""
    return ANY_DRUG if drug.label_ == "generic_drug" else concept_key(drug)


@dataclass
class Pair:
    """A mediator and a drug in a sentence.

    Attributes
    ----------
    place
        Number of the sentence in its document.
    linked
        What a rule says of them, if any does.
    borrowed
        How the one that isn't named in the sentence comes into it, or empty.
    """

    place: int
    view: SentenceView
    mediator: Span
    drug: Span
    linked: LinkedPair | None
    borrowed: str

    @property
    def key(self) -> PairKey:
        """What the document's pairs are grouped by."""
        return concept_key(self.mediator), drug_key(self.drug)


class DocumentPairs:
    """The pairs of a document and what it says as a whole of their names."""

    def __init__(
        self,
        doc: Doc,
        views: Sequence[SentenceView],
        linked: Sequence[Sequence[LinkedPair]],
        only_drug: Span | None,
    ) -> None:
        self.doc, self.views, self.linked, self.only_drug = doc, views, linked, only_drug
        self.title_end = doc.text.find("\n")
        mediators = [span for view in views for span in view.of_kind(MEDIATORS)]
        drugs = [span for view in views for span in view.of_kind(DRUGS)]
        self.mediators = Counter(map(concept_key, mediators))
        self.drugs = Counter(map(drug_key, drugs))
        self.in_title = {concept_key(s): s for s in mediators if s.start_char < self.title_end}
        self.drugs_in_title = {drug_key(s): s for s in drugs if s.start_char < self.title_end}
        self._first: dict[str, Span] = {}
        for span in drugs:
            self._first.setdefault(drug_key(span), span)
        named = Counter(drug_key(span) for span in drugs if span.label_ in NAMED_DRUGS)
        self._frequent = [key for key, _ in named.most_common(2)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """All pairs, each once a sentence."""
        return [pair for place in range(len(self.views)) for pair in self._of_sentence(place)]

    def _of_sentence(self, place: int) -> Iterator[Pair]:
        view = self.views[place]
        mediators = [*view.of_kind(MEDIATORS), *view.targets]
        drugs = view.of_kind(DRUGS)
        responds = any(token.lower_ in load_triggers().responses for token in view.sentence)
        if not self.linked[place] and not responds:
            return  # not a sentence that relations are read from (`relations.readable`)
        seen: set[PairKey] = set()
        for pair in self._candidates(place, mediators, drugs, responds):
            apart = pair.mediator.end <= pair.drug.start or pair.drug.end <= pair.mediator.start
            if pair.key in seen or pair.key[0] == pair.key[1]:
                continue
            if apart or any(pair.mediator is target for target in view.targets):
                seen.add(pair.key)
                yield pair

    def _candidates(
        self, place: int, mediators: list[Span], drugs: list[Span], responds: bool
    ) -> Iterator[Pair]:
        view = self.views[place]
        for linked in sorted(self.linked[place], key=lambda pair: pair.penalty - pair.link.sure):
            borrowed = "by rule" if len(linked.sentences) > 1 else ""
            yield Pair(place, view, linked.link.mediator, linked.drug, linked, borrowed)
        for mediator in mediators:
            for drug in _nearest(mediator, drugs):
                own = [m for m in mediators if concept_key(m) == concept_key(mediator)]
                yield Pair(place, view, _nearest_to(drug, own), drug, None, "")
        if responds and not any(drug.label_ in NAMED_DRUGS for drug in drugs):
            for how, drug in self._drugs_meant(place):
                for mediator in mediators:
                    yield Pair(place, view, mediator, drug, None, f"drug {how}")
        if responds and place and not any(m.label_ not in ("pathway", "macrophage") for m in mediators):
            for how, mediator in self._mediators_meant(place):
                for drug in {drug_key(d): d for d in reversed(drugs)}.values():
                    yield Pair(place, view, mediator, drug, None, f"mediator {how}")

    def _drugs_meant(self, place: int) -> Iterator[tuple[str, Span]]:
        if self.only_drug is not None:
            yield "only", self.only_drug
        if place:
            for drug in self.views[place - 1].of_kind(NAMED_DRUGS):
                yield "before", drug
        for drug in self.drugs_in_title.values():
            if drug.label_ in NAMED_DRUGS:
                yield "title", drug
        for key in self._frequent:
            yield "often", self._first[key]

    def _mediators_meant(self, place: int) -> Iterator[tuple[str, Span]]:
        for mediator in self.views[place - 1].of_kind(MOLECULES):
            yield "before", mediator
        for mediator in self.in_title.values():
            yield "title", mediator

    def position(self, place: int) -> str:
        """Return where a sentence stands in its document."""
        if place == 0 and self.title_end > 0:
            return "title"
        if place <= 2:
            return "first"
        return "last" if place >= len(self.views) - 2 else "middle"


def _nearest(mediator: Span, drugs: list[Span]) -> list[Span]:
    """Return for each drug its mention nearest to a mediator."""
    best: dict[str, Span] = {}
    for drug in drugs:
        key = drug_key(drug)
        if drug.end <= mediator.start or mediator.end <= drug.start:
            if key not in best or abs(drug.start - mediator.start) < abs(best[key].start - mediator.start):
                best[key] = drug
    return list(best.values())


def _nearest_to(drug: Span, mediators: list[Span]) -> Span:
    apart = [m for m in mediators if m.end <= drug.start or drug.end <= m.start]
    return min(apart, key=lambda m: abs(m.start - drug.start))


def pair_features(pair: Pair, position: str) -> dict[str, float]:
    """Return the features of a pair, mostly with value 1.

    Parameters
    ----------
    position
        Where its sentence stands (`DocumentPairs.position`).
    """
    view, mediator, drug = pair.view, pair.mediator, pair.drug
    found: dict[str, float] = {"bias": 1.0, f"position={position}": 1.0}
    _add_rule(pair, found)
    if pair.borrowed:
        found[f"borrowed={pair.borrowed}"] = 1.0
    for span, name in ((mediator, "mediator"), (drug, "drug")):
        found[f"{name}={span.label_}"] = 1.0
        if not span.kb_id_:
            found[f"{name} without id"] = 1.0
    if mediator.kb_id_ in word_group("broad_processes"):
        found["mediator is a process"] = 1.0
    if any(mediator is target for target in view.targets):
        found["mediator in the name of a class"] = 1.0
    if is_downstream(view, mediator):
        found["mediator downstream"] = 1.0
    here = [s for s in (mediator, drug) if view.sentence.start <= s.start < view.sentence.end]
    if len(here) == 2:
        _add_between(view, mediator, drug, found)
        _add_way(view, mediator, drug, found)
    first = min((span.start for span in here), default=view.sentence.start)
    last = max((span.end for span in here), default=view.sentence.start + 1) - 1
    if is_speculated(view.sentence, first, last):
        found["speculated"] = 1.0
    if is_question(view.sentence, last):
        found["question"] = 1.0
    for span, name in ((mediator, "mediator"), (drug, "drug")):
        if span in here:
            _add_neighbours(view, span, name, found)
    _add_sentence(view, drug, found)
    _add_signs(view, mediator, drug, found)
    return found


def _add_rule(pair: Pair, found: dict[str, float]) -> None:
    if pair.linked is None:
        found["no rule"] = 1.0
        return
    link, penalty = pair.linked.link, pair.linked.penalty
    by_rule = score(link.sure, rule_features(pair.view, link, pair.drug, penalty))
    found["rule"] = 1.0
    found[RULE_SCORE] = by_rule
    found[f"pattern={link.pattern}"] = 1.0
    found[f"response={link.reaction.response.id}"] = 1.0
    found[f"pattern={link.pattern} response={link.reaction.response.id}"] = 1.0
    if link.association:
        found["association"] = 1.0
    if link.negated:
        found["denied"] = 1.0
    for i in link.done:
        found[f"done={pair.view.doc[i].lower_}"] = 1.0
    if not link.done:
        found["nothing done"] = 1.0


def _add_between(view: SentenceView, mediator: Span, drug: Span, found: dict[str, float]) -> None:
    first, second = sorted((mediator, drug), key=lambda span: span.start)
    found["mediator first" if first is mediator else "drug first"] = 1.0
    distance = max(second.start - first.end, 0)
    found[f"distance<{_below(distance, _DISTANCES)}"] = 1.0
    inside = [
        s for s in view.mentions if first.end <= s.start and s.end <= second.start and s.label_ != "species"
    ]
    for kinds, name in ((MEDIATORS, "mediators"), (DRUGS, "drugs")):
        found[f"{name} between={min(3, sum(s.label_ in kinds for s in inside))}"] = 1.0
    words = list(view.doc[first.end : second.start])
    if distance <= _FAR:
        previous = "^"
        for token in words:
            told = word_class(token)
            if told:
                found[f"between={told}"] = 1.0
                found[f"between={previous}>{told}"] = 1.0
                previous = told
    if negators(words):
        found["denial between"] = 1.0


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
    told = word_class(way.meet)
    found[f"meet={_stem(way.meet)}"] = 1.0
    if told:
        found[f"meet is {told}"] = 1.0
    if way.up:
        found[f"top={way.up[-1].dep_} meet is {told or 'other'}"] = 1.0
    classes = []
    for side, tokens in (("up", way.up[1:]), ("down", way.down[1:][::-1])):
        for token in tokens:
            found[f"on way={_stem(token)}"] = 1.0
            own = word_class(token)
            if own:
                found[f"{side}={own}"] = 1.0
    for token in (*way.up[1:], way.meet, *way.down[1:][::-1]):
        own = word_class(token)
        if own and not own.startswith("verb"):
            classes.append(own)
    found[f"classes={' '.join(classes[:5])}"] = 1.0
    found[f"way length={min(8, len(way.up) + len(way.down))}"] = 1.0
    for token in (*way.up, *way.down):
        if token.dep_ in _CLAUSES:
            found[f"clause={token.dep_}"] = 1.0


def _add_neighbours(view: SentenceView, span: Span, name: str, found: dict[str, float]) -> None:
    for step in (1, 2):
        for at, side in ((span.start - step, "before"), (span.end + step - 1, "behind")):
            if view.sentence.start <= at < view.sentence.end:
                token = view.doc[at]
                found[f"{name} {side} {step}={_stem(token)}"] = 1.0
                told = word_class(token)
                if told:
                    found[f"{name} {side} {step} is {told}"] = 1.0


def _add_sentence(view: SentenceView, drug: Span, found: dict[str, float]) -> None:
    responses = load_triggers().responses
    for token in view.sentence:
        own = view.at.get(token.i)
        if token.lower_ in responses and (own is None or own.label_ in DRUGS):
            found[f"response in sentence={responses[token.lower_][0].id}"] = 1.0
    for token in view.sentence[:4]:
        if token.i not in view.at:
            found[f"opening={token.lower_}"] = 1.0
    own_key = drug_key(drug)
    reactions = view.reactions
    if reactions:
        found["has a reaction"] = 1.0
    if any(not r.attributive for r in reactions):
        found["has a free reaction"] = 1.0
    own_reactions = [r for r in reactions if any(drug_key(d) == own_key for d in r.drugs)]
    if own_reactions:
        found["drug has a reaction"] = 1.0
    if any(not r.attributive for r in own_reactions):
        found["drug has a free reaction"] = 1.0
    found[f"mediators={min(5, len(view.of_kind(MEDIATORS)))}"] = 1.0
    found[f"drugs={min(4, len({drug_key(d) for d in view.of_kind(DRUGS)}))}"] = 1.0


def _add_signs(view: SentenceView, mediator: Span, drug: Span, found: dict[str, float]) -> None:
    """Add what is done to the mediator, and the signs on the way to the response nearest to it."""
    own_key = drug_key(drug)
    here = view.sentence.start <= mediator.start < view.sentence.end
    done: dict[int, int] = {}
    if here:
        root = span_root(view.doc, mediator.start, mediator.end)
        chain = []
        for token in (root, *root.ancestors):
            if is_verb(token):
                break
            chain.append(token)
        done = mediator_words(view.doc, mediator, chain)
        for i in done:
            found[f"told of mediator={view.doc[i].lower_}"] = 1.0
    own = [r for r in view.reactions if any(drug_key(d) == own_key for d in r.drugs)]
    near = min(own or view.reactions, key=lambda r: _gap(view, mediator, r), default=None)
    if near is None:
        return
    if not own:
        found["reaction of another drug"] = 1.0
    if near.attributive:
        found["reaction of a group"] = 1.0
    found[f"nearest response={near.response.id}<{_below(_gap(view, mediator, near), _REACHES)}"] = 1.0
    signs = [min(done.values(), default=1), near.response.sign]
    qualified = response_words(near.token, set(done))
    signs += qualified.values()
    if here:
        way = way_between(root, near.token)
        if way is not None:
            skip = {*done, *qualified, near.token.i}
            tokens = [t for t in (*way.up[1:], way.meet, *way.down[1:]) if t.i not in skip]
            signs += way_signs(tokens, skip)[0].values()
    turned = sum(sign < 0 for sign in signs)
    found[f"turned={min(turned, 4)} response={near.response.id}"] = 1.0


def _gap(view: SentenceView, mediator: Span, reaction: Reaction) -> int:
    if not view.sentence.start <= mediator.start < view.sentence.end:
        return reaction.token.i - view.sentence.start
    return max(reaction.token.i - mediator.end, mediator.start - reaction.token.i, 0)


def _below(number: int, limits: Sequence[int]) -> int:
    return next((limit for limit in limits if number < limit), 99)


def word_class(token: Token) -> str:
    """Return what a word can mean for a claim, or empty: `op:raise`, `done-`, `group`."""
    return _class_of(token.lower_, is_verb(token), operator_at(token) is not None)


@lru_cache(maxsize=65_536)
def _class_of(lower: str, verb: bool, operates: bool) -> str:
    triggers = load_triggers()
    if lower in triggers.responses:
        return f"response:{triggers.responses[lower][0].id}"
    if operates:
        return f"op:{triggers.operators[lower].id}"
    if lower in triggers.manipulations:
        return "done+" if triggers.manipulations[lower] > 0 else "done-"
    for name, words in (
        ("group", triggers.groups),
        ("neutral", triggers.neutral),
        ("method", triggers.methods),
    ):
        if lower in words:
            return name
    return f"verb:{_stem_of(lower)}" if verb else ""


def _stem(token: Token) -> str:
    return _stem_of(token.lower_)


@lru_cache(maxsize=65_536)
def _stem_of(lower: str) -> str:
    """Return a word without its commonest endings; numbers and names are all one."""
    if any(map(str.isdigit, lower)):
        return "#"
    if lower in load_triggers().responses:
        return lower
    for ending in _ENDINGS:
        if lower.endswith(ending) and len(lower) - len(ending) >= 4:
            return lower[: -len(ending)]
    return lower
