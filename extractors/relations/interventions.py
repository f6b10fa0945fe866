"""Agents that act on macrophages, and what comes of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from spacy.tokens import Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.lexicon import PATTERNS
from extractors.relations.candidates import MOLECULES, NAMED_DRUGS, SentenceView, concept_key
from extractors.relations.direction import operator_at
from extractors.relations.graph import (
    Way,
    crosses_clauses,
    governing,
    is_verb,
    span_root,
    through_conjuncts,
    way_between,
)
from extractors.relations.triggers import load_triggers, noun_forms, verb_forms

TRIAL = re.compile(r"\bNCT\d{8}\b")
_APPOSING = frozenset(", ( a an the specific selective novel potent oral".split())
_GIVEN_WITH = frozenset("used combined administered given coadministered co-administered".split())
_REMOVALS = frozenset(("depletion", "elimination", "ablation"))
_BY = frozenset(("by", "with", "using", "via", "through", "of", "after", "following", "upon"))
_TOWARD_M1 = re.compile(
    r"(?i)(?:\b(?:to|into|towards?)\b.{0,40}|^[^,;]{0,25})(?:\bM1\b|anti-?tumou?r|pro-?inflammatory|tumoricidal)"
)
_REACH = 12
"""Tokens behind a population within which the state must stand that it is turned to."""
_PHAGOCYTOSIS_SIGNAL = re.compile(r"CD47|SIRP|CD24|[Dd]ifferentiation 47")
_M2 = frozenset(("cl:0000890",))


class OnMacrophages(NamedTuple):
    """Words of one effect: verbs and nouns that say it, nouns that must be lowered."""

    effect: str
    verbs: frozenset[str]
    lowered: frozenset[str]
    nouns: frozenset[str]
    raised: frozenset[str]
    example: str
    expect: str


@dataclass(frozen=True)
class InterventionLink:
    """An agent and what it does to macrophages."""

    agent: Span
    effect: str
    on_tumour: str
    target: Span | None
    partner: Span | None
    trials: str
    pattern: str
    sure: float
    negated: bool
    speculated: bool
    question: bool
    population: Span


@cache
def load_effects() -> tuple[tuple[OnMacrophages, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Read the words of effects on macrophages and on tumours."""
    data = tomllib.loads((PATTERNS / "interventions.toml").read_text("utf-8"))
    on_macrophages = tuple(
        OnMacrophages(
            entry["effect"],
            frozenset(form for verb in entry["verbs"] for form in verb_forms(verb)),
            frozenset(entry["lowered"]),
            frozenset(form for noun in entry["nouns"] for form in noun_forms(noun)),
            frozenset(entry.get("raised", ())),
            entry["example"],
            entry["expect"],
        )
        for entry in data["on_macrophages"]
    )
    return on_macrophages, tuple((entry["effect"], tuple(entry["words"])) for entry in data["on_tumour"])


def find_interventions(view: SentenceView) -> Iterator[InterventionLink]:
    """Yield the interventions that a sentence states."""
    # A drug that is resisted is not given to act on macrophages.
    resisted = {drug.start for reaction in view.reactions for drug in reaction.drugs}
    agents = [
        a
        for a in view.of_kind(NAMED_DRUGS)
        if a.start not in resisted and not _is_introduction(view, a) and not _explains(view, a)
    ]
    populations = view.of_kind(frozenset(("macrophage",)))
    seen = set()
    for agent in agents:
        for population in populations:
            found = _effect(view, agent, population)
            if found is None:
                continue
            effect, pattern, sure, words = found
            around = [c for t in words for c in t.children if c.dep_ in ("neg", "preconj", "cc", "det")]
            if negators(around):
                # A negative result is a result.
                effect, pattern, sure = "none", "denied", min(sure, 0.65)
            if (concept_key(agent), effect) in seen:
                continue
            seen.add((concept_key(agent), effect))
            first, last = min(agent.start, population.start), max(agent.end, population.end) - 1
            yield InterventionLink(
                agent,
                effect,
                _on_tumour(view),
                _target(view, agent),
                _partner(view, agent),
                "|".join(sorted(set(TRIAL.findall(view.doc.text)))),
                pattern,
                sure,
                False,
                is_speculated(view.sentence, first, last),
                is_question(view.sentence, last),
                population,
            )


def _is_introduction(view: SentenceView, agent: Span) -> bool:
    """Tell whether a class only introduces the drug that follows: `the CSF1R inhibitor pexidartinib`."""
    following = view.at.get(agent.end)
    return agent.label_ == "drug_class" and following is not None and following.label_ == "drug"


def _explains(view: SentenceView, agent: Span) -> bool:
    """Tell whether a class only says what the drug before it is: `pexidartinib, a CSF1R inhibitor,`."""
    if agent.label_ != "drug_class":
        return False
    if agent.end < len(view.doc) and view.doc[agent.end].text not in (",", ")", ".", ";"):
        return False
    gaps = [view.doc[drug.end : agent.start] for drug in view.of_kind(frozenset(("drug",)))]
    return any(
        0 < len(gap) <= 5 and gap[0].text in (",", "(") and any(t.lower_ in ("a", "an", "the") for t in gap)
        for gap in gaps
    )


def _effect(view: SentenceView, agent: Span, population: Span) -> tuple[str, str, float, list[Token]] | None:
    way = way_between(
        span_root(view.doc, agent.start, agent.end), span_root(view.doc, population.start, population.end)
    )
    if way is None or not way.up or crosses_clauses(way):
        return None
    if way.down and not _acts(way):
        return None
    if way.up[-1].lower_ == "with" and _has_other_agent(view, agent, way.meet):
        return None  # `pexidartinib was used with sirolimus`
    if not way.down:
        return None
    path = [*way.down[:1], *governing(way.down, way.meet)]
    operators = [
        o for o in map(operator_at, path) if o is not None and o.id in ("raise", "cause", "lower", "undo")
    ]
    changes = [t for t in path if t.lower_ in load_triggers().neutral]
    if changes and any(c.dep_ == "neg" for t in changes for c in t.children):
        return "none", "denied", 0.6, []
    sign = 1
    for operator in operators:
        sign *= operator.sign
    is_m2 = population.kb_id_ in _M2 or population.kb_id_.startswith("tamrex.population:M2")
    for entry in load_effects()[0]:
        verb = next((t for t in path if t.lower_ in entry.verbs and is_verb(t)), None)
        noun = next((t for t in path if t.lower_ in entry.nouns), None)
        lowered = next((t for t in path if t.lower_ in entry.lowered), None)
        if entry.raised:
            phagocytosis = next((t for t in path if t.lower_ in entry.raised), None)
            if phagocytosis is not None and operators and sign > 0:
                known = _PHAGOCYTOSIS_SIGNAL.search(view.doc.text)
                return (entry.effect if known else "other"), "phagocytosis", 0.65, path
            continue
        if entry.effect == "repolarises_to_m1":
            after = view.doc[population.end : min(view.sentence.end, population.end + _REACH)].text
            if (verb is not None or noun is not None) and _TOWARD_M1.search(after) and sign > 0:
                return entry.effect, "repolarises", 0.75, path
            continue
        if verb is not None and view.doc[population.start : population.end].root.dep_ in (
            "dobj",
            "nsubjpass",
            "conj",
            "pobj",
        ):
            return entry.effect, "removes", 0.75, path
        if noun is not None and noun.i == way.meet.i and way.down[-1].lower_ == "of":
            return entry.effect, "removes-with", 0.7, path
        if noun is not None and sign > 0 and operators:
            return entry.effect, "removes-noun", 0.65, path
        if lowered is not None and operators and sign < 0:
            if entry.effect == "inhibits_m2_polarisation" and not is_m2:
                continue
            return entry.effect, "lowers", 0.7, path
        if lowered is not None and operators and sign > 0 and entry.effect == "inhibits_m2_polarisation":
            if is_m2:
                return "promotes_m2", "raises", 0.65, path
            if population.kb_id_ == "cl:0000863":
                return "repolarises_to_m1", "raises-m1", 0.65, path
    return None


def _has_other_agent(view: SentenceView, agent: Span, verb: Token) -> bool:
    for other in view.of_kind(NAMED_DRUGS):
        if concept_key(other) == concept_key(agent):
            continue
        root = span_root(view.doc, other.start, other.end)
        if root.head.i == verb.i and through_conjuncts(root).dep_ in ("nsubj", "nsubjpass"):
            return True
        if verb.lower_ in _GIVEN_WITH and other.end <= verb.i:
            return True
    return False


def _acts(way: Way) -> bool:
    """Tell whether the agent is the one that acts: subject, or brought in by a preposition."""
    top, other = way.up[-1], way.down[-1]
    if any(token.dep_ in ("acl", "relcl") and is_verb(token) for token in way.up):
        return False  # `depletion of VEGF induced by bevacizumab`: the depletion acts
    role = through_conjuncts(top).dep_
    if role in ("nsubj", "csubj") and through_conjuncts(other).dep_ not in ("nsubj", "csubj"):
        return True
    if top.dep_ in ("agent", "prep", "advcl") and top.lower_ in _BY:
        # `depletion of macrophages with clodronate`, `were depleted by clodronate`
        return top.lower_ != "of" or way.meet.lower_ not in _REMOVALS
    return False


def _on_tumour(view: SentenceView) -> str:
    lower = view.sentence.text.lower()
    return next((effect for effect, words in load_effects()[1] if any(w in lower for w in words)), "unknown")


def _target(view: SentenceView, agent: Span) -> Span | None:
    """Find the molecule that the agent's own phrase names: `the CSF1R inhibitor pexidartinib`."""
    for target in view.targets:
        if agent.start <= target.start and target.end <= agent.end:
            return target
        for named in view.of_kind(frozenset(("drug_class",))):
            if named.start <= target.start and target.end <= named.end:
                one, other = sorted((named, agent), key=lambda s: s.start)
                words = view.doc[one.end : other.start]
                if all(t.lower_ in _APPOSING for t in words) and len(words) <= 4:
                    return target
    for span in view.of_kind(MOLECULES):
        if span.end <= agent.start <= span.end + 3:
            between = {t.lower_ for t in view.doc[span.end : agent.start]}
            if between & {"inhibitor", "antagonist", "antibody", "agonist", "blocker"}:
                return span
        if agent.end <= span.start <= agent.end + 5:
            behind = view.doc[agent.end : min(span.end + 2, view.sentence.end)].text.lower()
            if re.search(r"inhibitor|antagonist|antibody|agonist", behind) and re.search(r"[,(]", behind):
                return span
    return None


def _partner(view: SentenceView, agent: Span) -> Span | None:
    """Find the drug whose efficacy is concerned: `combined with docetaxel`, `sensitised to docetaxel`."""
    for span in view.of_kind(NAMED_DRUGS):
        if concept_key(span) == concept_key(agent):
            continue
        before = view.doc[max(view.sentence.start, span.start - 6) : span.start].text.lower()
        if re.search(
            r"(?:combin\w+|together|along) with|plus$|efficacy of|sensiti\w+ .*to|response to|resistance to",
            before,
        ):
            return span
    return None
