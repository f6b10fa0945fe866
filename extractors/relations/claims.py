"""Links of a document → relations with their slots, one for each claim and passage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Doc, Span

from extractors.relations.candidates import SentenceView, concept_key, sentence_views, to_mention
from extractors.relations.direction import effect_of
from extractors.relations.interventions import InterventionLink, find_interventions
from extractors.relations.linked_pairs import LinkedPair, linked_pairs
from extractors.relations.macrophage import MacrophageLink, find_macrophage_links
from extractors.relations.pairs import DocumentPairs, drug_key
from extractors.relations.resistance import doubted
from extractors.relations.scorer import bounded, heaviest, score
from extractors.relations.slots import Scope, add_context, population_of, scope_of, way_of
from extractors.relations.weighing import Weighed, weigh
from extractors.types import INTERVENTIONS, MACROPHAGE, RESISTANCE, Mention, Relation

_FUNCTIONAL = re.compile(
    r"(?i)\b(?:knock\w*|silenc\w*|deplet\w*|inhibit\w*|antagonist\w*|block\w*|"
    r"antibod\w*|siRNA|shRNA|co-?cultur\w*|condition\w*|delet\w*|deficien\w*|treat\w*|transfect\w*|mimic\w*|"
    r"neutrali\w*|target\w*|ectopic|restor\w*|ablat\w*|recombinant|agonist\w*|transfer\w*)"
)


def find_claims(doc: Doc) -> list[Relation]:
    """Return all relations of an annotated document, in order of passage."""
    views = sentence_views(doc)
    macrophage_links = [(view, link) for view in views for link in find_macrophage_links(view)]
    scope = scope_of(doc, views, macrophage_links)
    relations: list[Relation] = _resistance(doc, views, scope, macrophage_links)
    for view in views:
        relations += [_intervention(view, scope, link) for link in find_interventions(view)]
    relations += [_macrophage(view, scope, link) for view, link in macrophage_links]
    return sorted(_without_echoes(list(_best_of_each(relations))), key=_order)


def _without_echoes(relations: list[Relation]) -> Iterator[Relation]:
    """Leave out hopes about drugs in general for a mediator that the document ties to a certain drug.

    `X enhanced cisplatin resistance and may be a target for overcoming drug resistance` is one claim.
    """
    named = {
        r.arguments["mediator"].key
        for r in relations
        if r.kind == RESISTANCE and not r.speculated and r.arguments["drug"].kind != "generic_drug"
    }
    for relation in relations:
        if relation.kind == RESISTANCE and relation.speculated:
            if relation.arguments["drug"].kind == "generic_drug":
                if relation.arguments["mediator"].key in named:
                    continue
        yield relation


def _order(relation: Relation) -> tuple[object, ...]:
    starts = sorted((m.start, m.end) for m in relation.arguments.values())
    return relation.spans, relation.kind, starts, sorted(relation.labels.items())


def _best_of_each(relations: list[Relation]) -> Iterator[Relation]:
    """Keep the surest of those that say the same of the same sentence."""
    best: dict[tuple[object, ...], Relation] = {}
    for relation in relations:
        main = [
            relation.arguments[s].key
            for s in ("mediator", "drug", "population", "molecule", "agent")
            if s in relation.arguments and not (relation.kind == RESISTANCE and s == "population")
        ]
        label = relation.labels.get("relation") or relation.labels.get("effect_on_macrophages") or ""
        key = (relation.kind, *main, label, relation.spans)
        if key not in best or relation.score > best[key].score:
            best[key] = relation
    return iter(best.values())


# --- resistance ------------------------------------------------------------------------------------


def _resistance(
    doc: Doc,
    views: list[SentenceView],
    scope: Scope,
    macrophage_links: list[tuple[SentenceView, MacrophageLink]],
) -> list[Relation]:
    linked = linked_in(views, scope.only_drug, macrophage_links)
    if not any(linked):
        return []
    weighed = weigh(DocumentPairs(doc, views, linked, scope.only_drug))
    return [
        _claim(views[place], place, scope, pair, weighed) for place, own in enumerate(linked) for pair in own
    ]


def linked_in(
    views: list[SentenceView],
    only_drug: Span | None,
    macrophage_links: list[tuple[SentenceView, MacrophageLink]],
) -> list[list[LinkedPair]]:
    """Return the pairs that the rules link, for each sentence of a document."""
    found = []
    for place, view in enumerate(views):
        before = views[place - 1] if place else None
        made_by = [
            link.molecule
            for other, link in macrophage_links
            if other is before and link.relation in ("polarised_by", "recruited_by") and not link.negated
        ]
        found.append(list(linked_pairs(view, only_drug, before, made_by)))
    return found


def _claim(view: SentenceView, place: int, scope: Scope, pair: LinkedPair, weighed: Weighed) -> Relation:
    link, drug = pair.link, pair.drug
    doc = view.doc
    manipulation = " ".join(doc[i].text for i in link.done)
    functional = not link.association or bool(_FUNCTIONAL.search(manipulation))
    arguments = {"mediator": to_mention(link.mediator), "drug": to_mention(drug)}
    labels = {"effect": effect_of(link.sign), "basis": "functional" if functional else "association"}
    if manipulation:
        labels["manipulation"] = manipulation
    key = concept_key(link.mediator), drug_key(drug)
    told = heaviest(weighed.features(key, place)) | {"claim in document": weighed.claims.get(key, 0.0)}
    lists: dict[str, tuple[Mention, ...]] = {}
    own = [v for v in scope.views if v is not view and v.sentence in pair.sentences]
    passage = [view, *own]
    population, role = population_of(passage, link, scope)
    if population is not None:
        arguments["population"] = to_mention(population)
        labels["population_role"] = role
        if role in ("source", "recipient"):
            lists[f"mediator_{role}"] = (to_mention(population),)
    via = way_of(passage, link)
    if via:
        lists["via"] = via
    add_context(passage, scope, arguments, lists)
    return Relation(
        kind=RESISTANCE,
        arguments=arguments,
        labels=labels,
        spans=_passage(pair.sentences),
        lists=lists,
        negated=link.negated,
        speculated=doubted(view, link)[0],
        score=bounded(weighed.score(key, place, link.sign)),
        pattern=link.pattern,
        features=told,
    )


# --- macrophage relations and interventions ---------------------------------------------------------


def _macrophage(view: SentenceView, scope: Scope, link: MacrophageLink) -> Relation:
    arguments = {"population": to_mention(link.population), "molecule": to_mention(link.molecule)}
    features = {
        "question": float(link.question),
        "tokens": float(abs(link.population.start - link.molecule.start)),
        "unlinked": float(not link.molecule.kb_id_),
    }
    labels = {"relation": link.relation}
    if link.toward:
        labels["toward"] = link.toward
    return _related(MACROPHAGE, view, scope, link, arguments, labels, features)


def _intervention(view: SentenceView, scope: Scope, link: InterventionLink) -> Relation:
    arguments = {"agent": to_mention(link.agent)}
    if link.target is not None:
        arguments["target"] = to_mention(link.target)
    if link.partner is not None:
        arguments["partner_drug"] = to_mention(link.partner)
    labels = {"effect_on_macrophages": link.effect, "effect_on_tumour": link.on_tumour}
    if link.trials:
        labels["trial_ids"] = link.trials
    features = {
        "question": float(link.question),
        "tokens": float(abs(link.agent.start - link.population.start)),
        "unlinked": float(not link.agent.kb_id_ and not _has_known_target(view, link.agent)),
    }
    return _related(INTERVENTIONS, view, scope, link, arguments, labels, features)


def _has_known_target(view: SentenceView, agent: Span) -> bool:
    """Tell whether an agent without an id is named by what it acts on: `CSF2-neutralising antibody`."""
    return any(agent.start <= target.start and target.end <= agent.end for target in view.targets)


def _related(
    kind: str,
    view: SentenceView,
    scope: Scope,
    link: MacrophageLink | InterventionLink,
    arguments: dict[str, Mention],
    labels: dict[str, str],
    features: dict[str, float],
) -> Relation:
    lists: dict[str, tuple[Mention, ...]] = {}
    add_context([view], scope, arguments, lists)
    return Relation(
        kind=kind,
        arguments=arguments,
        labels=labels,
        spans=_passage([view.sentence]),
        lists=lists,
        negated=link.negated,
        speculated=link.speculated,
        score=score(link.sure, features),
        pattern=link.pattern,
        features={"sure": link.sure, **features},
    )


def _passage(sentences: list[Span]) -> tuple[tuple[int, int], ...]:
    """Return the offsets of sentences, the white space at their ends left out."""
    spans = []
    for sentence in sentences:
        words = sentence.text
        start = sentence.start_char + len(words) - len(words.lstrip())
        spans.append((start, start + len(words.strip())))
    return tuple(spans)
