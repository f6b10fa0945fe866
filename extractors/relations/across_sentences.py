"""What a sentence takes from others: its mediator by a demonstrative, its drug by the record."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Span, Token

from extractors.relations.candidates import (
    DRUGS,
    MOLECULES,
    NAMED_DRUGS,
    Reaction,
    SentenceView,
    concept_key,
    is_specific,
)
from extractors.relations.direction import mediator_words, operator_at, total_sign
from extractors.relations.graph import (
    SUBJECTS,
    Way,
    governing,
    is_verb,
    span_root,
    through_conjuncts,
    way_between,
)
from extractors.relations.links import (
    Link,
    is_downstream,
    make_link,
    subject_of_mention,
)
from extractors.relations.readable import OPENING, refers_back
from extractors.relations.triggers import load_triggers, word_group


def find_anaphoric_links(before: SentenceView, view: SentenceView) -> Iterator[Link]:
    """Yield links whose mediator is named in the sentence before: `This enhances resistance to cisplatin`.

    The subject must begin with a demonstrative; it stands for the one molecule that was the subject
    before, with what was done to it.
    """
    if not refers_back(view.sentence):
        return
    tested = [drug for reaction in view.reactions for drug in reaction.drugs]
    # What a drug does to its own target is not what the sentence goes on with.
    named = [(m, done) for m, done in _subjects(before) if not _named_with(before, m, tested)]
    named = named or list(_objects(before)) or [(m, []) for m in _means_of_macrophages(before)]
    antecedents = {concept_key(m): (m, done) for m, done in named}
    if len(antecedents) != 1:
        return
    mediator, done = next(iter(antecedents.values()))
    for reaction in view.reactions:
        if reaction.attributive:
            continue
        for token in view.sentence[:OPENING]:
            if token.lower_ not in word_group("demonstratives"):
                continue
            subject = token.head if token.dep_ == "det" else token
            way = way_between(subject, reaction.token)
            if way is None or subject.lower_ in word_group("reports") or not _subject_of(way, reaction):
                continue
            between = governing(way.down, way.meet) if way.down else []
            if way.down and not (any(map(operator_at, between)) or reaction.response.verb):
                continue
            own = load_triggers().manipulations.get(subject.lower_)
            link = make_link(view, mediator, reaction, (), between, "anaphoric", 0.6)
            if link is not None:
                # What stands beside the name has been counted with the link; it counts once.
                link.sign *= min(mediator_words(view.doc, mediator, []).values(), default=1)
                # `This knockdown` says again what was done before; any other noun leaves it as it was.
                link.sign *= own if own is not None else total_sign(done)
                link.words = (reaction.token.i, reaction.token.i)
                link.borrowed = before.sentence
                yield link
            break


def _objects(view: SentenceView) -> Iterator[tuple[Span, list[int]]]:
    """Yield the molecules that a sentence's verb raises or lowers, with its sign: `downregulated MIF`."""
    for span in view.of_kind(MOLECULES):
        token = span_root(view.doc, span.start, span.end)
        operator = operator_at(token.head)
        if token.dep_ == "dobj" and operator is not None and operator.id in ("raise", "lower"):
            yield span, [operator.sign]


def _means_of_macrophages(view: SentenceView) -> Iterator[Span]:
    """Yield the molecules by which macrophages are said to act: `TAMs protect cells via CCL2`."""
    actors = [s for s in view.mentions if s.label_ == "macrophage" and subject_of_mention(view, s)]
    if not actors:
        return
    for span in view.of_kind(MOLECULES):
        before = {t.lower_ for t in view.doc[max(view.sentence.start, span.start - 3) : span.start]}
        if before & {"via", "through"} and not is_downstream(view, span):
            yield span


def _named_with(view: SentenceView, mediator: Span, drugs: list[Span]) -> bool:
    """Tell whether a sentence names one of the drugs close behind a mediator."""
    keys = {concept_key(drug) for drug in drugs}
    near = [s for s in view.of_kind(DRUGS) if 0 <= s.start - mediator.end <= 5]
    return any(concept_key(span) in keys for span in near)


def _subject_of(way: Way, reaction: Reaction) -> bool:
    if way.meet.i == reaction.token.i:
        return bool(way.up) and way.up[-1].dep_ in SUBJECTS
    return bool(way.up) and bool(way.down) and through_conjuncts(way.up[-1]).dep_ in SUBJECTS


def _subjects(view: SentenceView) -> Iterator[tuple[Span, list[int]]]:
    """Yield the molecules that are (part of) the subject of a sentence's main verbs, with what was done."""
    for span in [*view.of_kind(MOLECULES), *view.targets]:
        if is_downstream(view, span):
            continue
        chain: list[Token] = []
        token = span_root(view.doc, span.start, span.end)
        while token.head.i != token.i and not is_verb(token):
            chain.append(token)
            if through_conjuncts(token).dep_ in SUBJECTS:
                verb = token.head
                if verb.dep_ in ("ROOT", "ccomp", "conj", "relcl"):
                    yield span, list(mediator_words(view.doc, span, chain).values())
                break
            token = token.head


def find_consequences(
    before: SentenceView, molecules: list[Span], view: SentenceView, links: list[Link]
) -> Iterator[Link]:
    """Yield links of molecules that made the population of which the next sentence tells the effect.

    `X promotes M2 polarization. Consequently, the induced macrophages enhance resistance to D.`
    """
    if (
        view.sentence[0].lower_ not in word_group("consequences")
        or len({concept_key(m) for m in molecules}) != 1
    ):
        return
    for link in links:
        if link.mediator.label_ == "macrophage" and not link.done and not link.negated:
            made = Link(molecules[0], link.reaction, link.sign, "consequence", False, sure=0.6)
            made.words, made.borrowed = link.words, before.sentence
            yield made


def drugs_for(view: SentenceView, reaction: Reaction) -> tuple[list[Span], float]:
    """Return the drugs that a reaction is about, and how much surer it would be were they attached to it."""
    if any(map(is_specific, reaction.drugs)):
        return reaction.drugs, 0.0
    resistant = [r for r in view.reactions if r.attributive and any(map(is_specific, r.drugs))]
    if resistant and not reaction.drugs:
        return resistant[0].drugs, 0.05
    if reaction.drugs:
        return reaction.drugs, 0.0
    following = reaction.token.i + 1
    if following < view.sentence.end and view.doc[following].lower_ == "to":
        return [], 0.0  # resistant to something that is no drug
    named = {concept_key(s): s for s in view.of_kind(NAMED_DRUGS)}
    if len(named) == 1:
        return list(named.values()), 0.15
    return [], 0.0


def only_drug_of(doc: Doc, views: list[SentenceView]) -> Span | None:
    """Return the document's only drug under test: the title's, else the only one with a response."""
    title = [s for view in views for s in view.of_kind(NAMED_DRUGS) if "\n" not in doc[: s.start].text]
    if len({concept_key(s) for s in title}) == 1:
        return title[0]
    if title:
        return None
    reacting = [d for view in views for r in view.reactions for d in r.drugs if d.label_ in NAMED_DRUGS]
    if len({concept_key(d) for d in reacting}) == 1:
        return reacting[0]
    return None
