"""What macrophages secrete and express, and what draws, turns and removes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Span, Token

from extractors.context import is_question, is_speculated, negators
from extractors.lexicon import load_lexicon
from extractors.relations.candidates import MOLECULES, SentenceView, concept_key
from extractors.relations.direction import mediator_words, operator_at, total_sign
from extractors.relations.graph import (
    Way,
    crosses_clauses,
    is_verb,
    span_root,
    through_conjuncts,
    way_between,
)
from extractors.relations.links import is_downstream, other_subject
from extractors.relations.macrophage_order import InOrder, relation_in_order
from extractors.relations.triggers import MacrophageTrigger, load_triggers

PLAIN = "cl:0000235"
_STATES = {"cl:0000863": "M1", "cl:0000890": "M2"}
_HYPHENS = frozenset(("-", "–", "‐", "‑"))
_AGENTS = frozenset(("by", "via", "through", "with"))


@dataclass(frozen=True)
class MacrophageLink:
    """A population, a molecule and what relates them."""

    population: Span
    molecule: Span
    relation: str
    toward: str
    pattern: str
    sure: float
    negated: bool
    speculated: bool
    question: bool


def find_macrophage_links(view: SentenceView) -> Iterator[MacrophageLink]:
    """Yield the relations between the populations and molecules of a sentence."""
    populations = view.of_kind(frozenset(("macrophage",)))
    molecules = [span for span in view.of_kind(MOLECULES) if not is_downstream(view, span)]
    molecules += [*view.targets, *_bare_vesicles(view)]
    if not populations or not molecules:
        return
    found = [
        link
        for molecule in molecules
        for population in populations
        for link in _links(view, population, molecule)
    ]
    # What is said of one in a list is said of all.
    for link in list(found):
        for molecule in enumerated_with(view, link.molecule, MOLECULES):
            found.append(replace(link, molecule=molecule, sure=link.sure - 0.05))
        if link.population in populations:
            for other in enumerated_with(view, link.population, frozenset(("macrophage",))):
                found.append(replace(link, population=other, sure=link.sure - 0.05))
    seen = set()
    for link in found:
        key = (concept_key(link.population), link.relation, concept_key(link.molecule), link.toward)
        if key not in seen:
            seen.add(key)
            yield link


def _bare_vesicles(view: SentenceView) -> list[Span]:
    """Return the vesicles that are told without their cargo, which would be what acts."""
    starts = [span.start for span in view.of_kind(MOLECULES)]
    return [
        vesicle
        for vesicle in view.of_kind(frozenset(("vesicle",)))
        if not any(vesicle.start - 3 <= start <= vesicle.end + 3 for start in starts)
    ]


_LIST_SIGNS = frozenset((",", "and", "or", "/", "(", ")", "&", "as", "well"))


def enumerated_with(view: SentenceView, span: Span, kinds: frozenset[str]) -> list[Span]:
    """Return the other names of a list that a name stands in: `IL-10, CCL2 and TGF-β`.

    A list has a comma, a conjunction or a slash between any two of its names, and nothing else but brackets.
    """
    names = view.of_kind(kinds)
    if span not in names:
        return []
    place = names.index(span)
    found: list[Span] = []
    for step in (1, -1):
        at = place
        while 0 <= at + step < len(names):
            one, other = sorted((names[at], names[at + step]), key=lambda s: s.start)
            between = [token.lower_ for token in view.doc[one.end : other.start]]
            if not between or len(between) > 5 or not set(between) <= _LIST_SIGNS:
                break
            if between == ["/"] or not set(between) & {",", "and", "or", "&"}:
                if between not in (["("], [")"]):
                    break
            found.append(names[at + step])
            at += step
    return [other for other in found if concept_key(other) != concept_key(span)]


def _links(view: SentenceView, population: Span, molecule: Span) -> Iterator[MacrophageLink]:
    adjacent = _side_by_side(view, population, molecule)
    if adjacent is not None:
        yield adjacent
        return
    first = span_root(view.doc, population.start, population.end)
    second = span_root(view.doc, molecule.start, molecule.end)
    way = way_between(first, second)
    if way is None or crosses_clauses(way):
        return
    if way.down and any(token.dep_ == "relcl" for token in way.up):
        return  # `X recruits macrophages, which IL-13 turns to M2`
    for trigger in load_triggers().macrophage:
        if molecule.label_ == "vesicle" and trigger.relation in ("secretes", "expresses"):
            continue
        link = (
            _makes(view, population, molecule, trigger, way)
            if trigger.relation in ("secretes", "expresses")
            else _acted_on(view, population, molecule, trigger, way)
        )
        if link is not None:
            yield link
            return
    if molecule.label_ != "vesicle":
        told = relation_in_order(view, population, molecule)
        if told is not None:
            yield from _as_link(view, population, molecule, told)


def _as_link(view: SentenceView, population: Span, molecule: Span, told: InOrder) -> Iterator[MacrophageLink]:
    """Yield the link of what the order of words says."""
    if told.relation in ("secretes", "expresses"):
        link: MacrophageLink | None = _made(
            view, population, molecule, told.relation, "", told.pattern, 0.65, told.words
        )
    else:
        (trigger,) = [t for t in load_triggers().macrophage if t.relation == told.relation]
        state = _state_of(view.doc, population)
        link = _read(view, population, molecule, trigger, state, told.sign, False, told.words)
    if link is not None:
        sure = 0.55 if told.pattern == "acts-in-order" else 0.65
        yield replace(link, negated=told.negated, sure=sure, pattern=told.pattern)


def _made(
    view: SentenceView,
    population: Span,
    molecule: Span,
    relation: str,
    toward: str,
    pattern: str,
    sure: float,
    words: list[Token],
) -> MacrophageLink:
    first = min(population.start, molecule.start)
    last = max(population.end, molecule.end) - 1
    around = [
        child for token in words for child in token.children if child.dep_ == "neg" or child.i < token.i
    ]
    return MacrophageLink(
        population,
        molecule,
        relation,
        toward,
        pattern,
        sure,
        bool(negators(around)) or bool(molecule._.tamrex_negated),
        is_speculated(view.sentence, first, last),
        is_question(view.sentence, last),
    )


def _side_by_side(view: SentenceView, population: Span, molecule: Span) -> MacrophageLink | None:
    """`TAM-derived IL-6`, `IL-6 secreted by M2 macrophages`, `CD163 expression on macrophages`."""
    doc = view.doc
    making = {t.relation: t for t in load_triggers().macrophage if t.participles}
    hyphened = _hyphened(view, population, molecule)
    if hyphened is not None:
        return hyphened
    if population.end <= molecule.start:
        words = [t.lower_ for t in doc[population.end : molecule.start]]
        if words[:1] == ["with"] and words[-2:] == ["expression", "of"] and len(words) <= 6:
            return _made(view, population, molecule, "expresses", "", "with-expression", 0.7, [])
        between = [t for t in doc[population.end : molecule.start] if t.text not in _HYPHENS]
        words = [t.lower_ for t in between]
        for relation, trigger in making.items():
            if (
                words
                and words[0] in trigger.participles
                and len(words) <= 4
                and doc[population.end].text in _HYPHENS
            ) and all(
                w in trigger.participles or w in _CARGO or between[i].tag_[:2] in ("JJ", "NN")
                for i, w in enumerate(words)
            ):
                return _made(view, population, molecule, relation, "", "derived", 0.85, between)
    elif molecule.end <= population.start:
        between = list(doc[molecule.end : population.start])
        words = [t.lower_ for t in between]
        for relation, trigger in making.items():
            for place, word in enumerate(words):
                if (
                    word in trigger.participles and _brings_in_maker(between[place + 1 :]) and place <= 3
                ) and (
                    all(t.tag_[:2] in ("DT", "JJ", "NN", "VB", "RB", "IN", "HY") for t in between)
                    and not any(t.tag_ in ("VB", "VBP", "VBZ", "VBD") for t in between[place + 2 :])
                    and len(words) <= 8
                ):
                    return _made(view, population, molecule, relation, "", "made-by", 0.85, between)
        for trigger in making.values():
            if (
                len(words) >= 2
                and words[0] in trigger.nouns
                and words[1] in ("by", "from")
                and len(words) <= 5
            ):
                if all(t.tag_[:2] in ("DT", "JJ", "NN", "IN", "HY") for t in between):
                    return _made(view, population, molecule, trigger.relation, "", "made-of", 0.75, between)
        if words == ["on"] or words == ["on", "the"] or words == ["receptor", "on"]:
            return _made(view, population, molecule, "expresses", "", "on", 0.6, between)
        if words and words[0] == "from" and len(words) <= 3:
            return _made(view, population, molecule, "secretes", "", "from", 0.6, between)
        if (
            len(words) <= 6
            and any(w in ("expression", "levels", "level") for w in words[:2])
            and any(w in ("on", "in", "by") for w in words)
        ) and all(
            t.tag_[:2] in ("DT", "JJ", "NN", "IN", "HY") or (t.i > 0 and doc[t.i - 1].text in _HYPHENS)
            for t in between
        ):
            return _made(view, population, molecule, "expresses", "", "expression-in", 0.7, between)
    return None


def _brings_in_maker(behind: list[Token]) -> bool:
    """Tell whether `by`, `from`, `in` or `on` follows, an adverb before it or not: `secreted mainly by`."""
    words = [token.lower_ for token in behind if token.tag_ != "RB"]
    return bool(words) and words[0] in ("by", "from", "in", "on")


def _hyphened(view: SentenceView, population: Span, molecule: Span) -> MacrophageLink | None:
    """`IL-10-secreting M2 macrophages`, `IL-4-polarised macrophages`."""
    doc = view.doc
    if not 2 <= population.start - molecule.end <= 3 or doc[molecule.end].text not in _HYPHENS:
        return None
    if doc[population.start - 1].tag_ == "CC":
        return None  # `CD163-positive and CD204-positive TAMs` are two populations
    word = doc[molecule.end + 1].lower_
    for trigger in load_triggers().macrophage:
        if word in trigger.qualifying:
            return _made(view, population, molecule, trigger.relation, "", "qualifying", 0.8, [])
        if word in trigger.making:
            state = _state_of(doc, population)
            if not state:
                return None
            return _made(
                view,
                _before_polarisation(view, population),
                molecule,
                trigger.relation,
                state,
                "made-so",
                0.8,
                [],
            )
    return None


_CARGO = frozenset(
    (
        "carrying",
        "containing",
        "transferring",
        "delivering",
        "exosomal",
        "exosome",
        "exosomes",
        "extracellular",
        "vesicle",
        "vesicles",
        "soluble",
        "factor",
        "cytokine",
        "chemokine",
        "evs",
    )
)


def _makes(
    view: SentenceView, population: Span, molecule: Span, trigger: MacrophageTrigger, way: Way
) -> MacrophageLink | None:
    """The population is the subject of a verb of making, the molecule its object or in its object."""
    meet = way.meet
    if not way.up and way.down:
        return _told_of(view, population, molecule, trigger, way)
    if not way.up or not way.down:
        return None
    subject = through_conjuncts(way.up[-1]).dep_
    gerund = next((t for t in way.down if t.lower_ in trigger.verbs and t.tag_ == "VBG"), None)
    if gerund is not None and subject == "nsubj" and trigger.relation == "secretes":
        # `TAMs promote resistance by secreting IL-6`
        if _is_head_of(population, way.up[-1]) and _whole_object(
            way.down[: [t.i for t in way.down].index(gerund.i)], view, molecule
        ):
            return _made(view, population, molecule, "secretes", "", "secretes-gerund", 0.75, [gerund])
    below = list(way.down)
    side, verb = below.pop(), meet
    while side.dep_ == "conj" and is_verb(side) and below:
        # `TAMs induce angiogenesis, degrade membranes and secrete VEGF`
        verb, side = side, below.pop()
    if verb.lower_ in trigger.verbs and is_verb(verb):
        if (
            subject in ("nsubj",)
            and _is_head_of(population, way.up[-1])
            and side.dep_ in ("dobj", "prep", "conj", "appos", "pobj", "dep", "nmod")
        ):
            if side.dep_ == "prep" and side.lower_ not in ("of", "including", "like", "such"):
                return None
            if not _whole_object((*below, side), view, molecule):
                return None
            return _made(
                view, population, molecule, trigger.relation, "", f"{trigger.relation}-subject", 0.8, [verb]
            )
        if through_conjuncts(way.down[-1]).dep_ == "nsubjpass" and way.up[-1].dep_ in ("agent", "prep"):
            if way.up[-1].lower_ in ("by", "in", "on", "from") and _is_head_of(population, way.up[-1]):
                return _made(
                    view,
                    population,
                    molecule,
                    trigger.relation,
                    "",
                    f"{trigger.relation}-passive",
                    0.8,
                    [verb],
                )
    if meet.lower_ in trigger.passive and through_conjuncts(way.down[-1]).dep_ in ("nsubjpass", "nsubj"):
        # `IL-27 was detected in macrophages`
        if way.up[-1].dep_ == "prep" and way.up[-1].lower_ in ("in", "on", "to", "within"):
            if _is_head_of(population, way.up[-1]) and not any(
                c.dep_ == "prep" and c.i < way.up[-1].i for c in meet.children
            ):
                return _made(
                    view, population, molecule, trigger.relation, "", f"{trigger.relation}-found", 0.7, [meet]
                )
    if meet.lower_ in trigger.nouns and not is_verb(meet):
        places = ("by", "from", "in", "on") if trigger.relation == "secretes" else ("by", "in", "on")
        if way.up[-1].lower_ in places and way.down[-1].lower_ in ("of",):
            if _is_head_of(population, way.up[-1]):
                return _made(
                    view, population, molecule, trigger.relation, "", f"{trigger.relation}-noun", 0.7, [meet]
                )
    return None


def _told_of(
    view: SentenceView, population: Span, molecule: Span, trigger: MacrophageTrigger, way: Way
) -> MacrophageLink | None:
    """`macrophages that express CD163`, `TAMs secreting IL-6`."""
    verb = way.down[-1]
    if verb.lower_ not in trigger.verbs or not is_verb(verb):
        return None
    relative = verb.dep_ == "relcl" and any(
        child.dep_ == "nsubj" and child.lower_ in ("that", "which") for child in verb.children
    )
    if not relative and not (verb.dep_ == "acl" and verb.tag_ == "VBG"):
        return None
    if not _whole_object(way.down[:-1], view, molecule):
        return None
    return _made(
        view, population, molecule, trigger.relation, "", f"{trigger.relation}-relative", 0.75, [verb]
    )


def _is_head_of(population: Span, top: Token) -> bool:
    """Tell whether a population itself is the argument, not a word that it only qualifies.

    `macrophages secrete`, not `macrophage infiltration secretes` or `cells near macrophages`.
    """
    token = population.root
    while token.i != top.i:
        if token.dep_ not in ("conj", "pobj", "appos", "compound", "nmod", "amod") or (
            token.dep_ in ("compound", "nmod", "amod")
            and token.head.lower_
            not in ("cells", "cell", "population", "populations", "subset", "subsets", "tams", "macrophages")
        ):
            return False
        token = token.head
    return True


def _whole_object(down: tuple[Token, ...], view: SentenceView, molecule: Span) -> bool:
    """Tell whether a molecule is (a part of a list that is) the object, not a qualifier of it.

    `secrete IL-6`, `secrete cytokines such as IL-6`; not `express IL-6 receptor genes in CCL2 mice`.
    """
    for token in down:
        if molecule.start <= token.i < molecule.end:
            continue
        if token.lower_ == "including":
            continue
        if token.dep_ in ("relcl", "acl", "advcl", "ccomp", "xcomp") or is_verb(token):
            return False
        if token.dep_ == "prep" and token.lower_ not in ("of", "as", "including", "like"):
            return False
    return True


def _acted_on(
    view: SentenceView, population: Span, molecule: Span, trigger: MacrophageTrigger, way: Way
) -> MacrophageLink | None:
    """The molecule is the subject (or the agent) of what draws, turns or removes the population."""
    doc = view.doc
    meet = way.meet
    if not way.up or not way.down:
        return None
    mol_top = way.down[-1]
    molecule_acts = through_conjuncts(mol_top).dep_ in ("nsubj", "csubj")
    compound = view.doc[molecule.end : molecule.end + 2].text.lower().replace(" ", "")
    if re.match(r"[-‐‑–](?:induced|mediated|driven|triggered|stimulated)", compound):
        near = view.doc[molecule.end : min(view.sentence.end, molecule.end + 7)]
        noun = next((t for t in near if t.lower_ in trigger.nouns), None)
        if noun is not None and molecule.end < population.start + 3 <= noun.i + 6:
            state = _state_of(doc, population)
            return _read(view, population, molecule, trigger, state, 1, False, [noun])
        return None
    if mol_top.dep_ in ("agent", "prep") and mol_top.lower_ in _AGENTS and is_verb(meet):
        # `IL-4 induces M2 polarization via STAT6`: STAT6 is only the way.
        molecule_acts = not other_subject(view, molecule, meet)
    if not molecule_acts:
        return None
    # `inhibits growth by decreasing the number of TAMs`: the first verb says nothing of them.
    means = next((k for k, t in enumerate(way.up) if t.dep_ == "prep" and t.lower_ == "by"), None)
    path = [meet, *way.up] if means is None else list(way.up[: means + 1])
    noun = next((t for t in path if t.lower_ in trigger.nouns), None)
    verb = next((t for t in path if t.lower_ in trigger.verbs and is_verb(t)), None)
    state = _state_of(doc, population)
    if trigger.relation == "polarised_by" and _is_end_of_turn(view, population):
        return None
    if trigger.relation == "polarised_by":
        # A state alone (`M2 polarization`) or a population led to it (`macrophages toward M2`).
        if (
            noun is not None
            and noun.lower_ in ("phenotype", "activation", "differentiation", "transition", "switch")
            and not state
        ):
            return None
        if verb is None and noun is None:
            return None
    elif verb is None and noun is None:
        return None
    if trigger.relation == "inhibited_by" and noun is not None and noun.lower_ == "survival":
        return None
    done = mediator_words(doc, molecule, list(way.down))
    signs = [min(done.values(), default=1)]
    acting = [t for t in path if t is not noun and t is not verb and operator_at(t)]
    operators = [operator_at(t) for t in acting]
    if verb is None and not any(
        o is not None and o.id in ("raise", "cause", "lower", "undo") for o in operators
    ):
        return None
    signs += [o.sign for o in operators if o is not None]
    sign = total_sign(signs)
    return _read(view, population, molecule, trigger, state, sign, verb is not None, path)


def _read(
    view: SentenceView,
    population: Span,
    molecule: Span,
    trigger: MacrophageTrigger,
    state: str,
    sign: int,
    by_verb: bool,
    path: list[Token],
) -> MacrophageLink | None:
    relation, toward, subject = trigger.relation, "", population
    if relation == "polarised_by":
        led = _toward(view, population)
        # `from an M2 to an M1 state`, `monocytes into M2 macrophages`: where they end counts.
        toward = led or state
        if led and state:
            state = ""
        if not toward:
            return None
        if sign < 0 and toward == "M1":
            # What is blocked so that they turn to M1 has held them in M2.
            toward = "M2"
        elif sign < 0:
            relation, toward = "inhibited_by", ""
        elif state:
            subject = _before_polarisation(view, population)
    elif (relation == "recruited_by" and sign < 0) or (relation == "inhibited_by" and sign > 0):
        relation = "inhibited_by"
    elif relation == "inhibited_by":
        return None
    return _made(
        view,
        subject,
        molecule,
        relation,
        toward,
        f"{trigger.relation}-{'verb' if by_verb else 'noun'}",
        0.75,
        path,
    )


def _is_end_of_turn(view: SentenceView, population: Span) -> bool:
    """Tell whether a state only says from or to what others turn: `reprograms TAMs from M2 to M1`."""
    before = view.doc[population.start - 1].lower_ if population.start > view.sentence.start else ""
    if before not in ("from", "to", "toward", "towards", "into"):
        return False
    return any(
        other.label_ == "macrophage" and 0 < population.start - other.end <= 8 for other in view.mentions
    )


def _state_of(doc: Doc, population: Span) -> str:
    """Return M1, M2 … where the mention names a state that macrophages come to (`M2 polarization`)."""
    state = _STATES.get(population.kb_id_, "")
    if population.kb_id_.startswith("tamrex.population:M2"):
        state = population.kb_id_.rsplit(":", 1)[1]
    return state


def _toward(view: SentenceView, population: Span) -> str:
    """Find the state named after `toward`, `to` or `into` in what follows the population."""
    for span in view.mentions:
        if span.label_ == "macrophage" and population.end <= span.start <= population.end + 8:
            state = _state_of(view.doc, span)
            before = {t.lower_ for t in view.doc[population.end : span.start]}
            if state and before & {"toward", "towards", "to", "into"}:
                return state
    return ""


def _before_polarisation(view: SentenceView, population: Span) -> Span:
    """Return the population before it was polarised: one that the sentence names, else plain ones."""
    for span in view.mentions:
        if span.label_ == "macrophage" and not _state_of(view.doc, span):
            return span
    plain = load_lexicon().concepts[PLAIN]
    renamed = Span(view.doc, population.start, population.end, label="macrophage", kb_id=plain.id)
    renamed._.tamrex_name = plain.name
    return renamed
