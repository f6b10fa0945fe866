"""Evidence → claims over all records: rows of the same normalised ids, counted by article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from extractors.types import INTERVENTIONS, MACROPHAGE, RESISTANCE, Mention
from pipeline.evidence import Evidence, Row, hex16

_OPPOSITE = {"promotes": "reverses", "reverses": "promotes"}
_SUBJECT = {RESISTANCE: "mediator", MACROPHAGE: "population", INTERVENTIONS: "agent"}
_OBJECT = {RESISTANCE: "drug", MACROPHAGE: "molecule", INTERVENTIONS: "target"}

Key = tuple[str, ...]


@dataclass
class _Group:
    """What is kept of the rows of one claim."""

    subject: Mention | None
    object: Mention | None
    effect: str
    articles: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    functional: set[str] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    populations: Counter[tuple[str, str]] = field(default_factory=Counter)
    cancers: set[str] = field(default_factory=set)
    cell_lines: set[str] = field(default_factory=set)
    n_evidence: int = 0
    best: tuple[float, str, str] = (-1.0, "", "")

    def add(self, evidence: Evidence) -> None:
        """Take in a row of an article that stands: a retracted one counts neither way."""
        relation, article = evidence.relation, evidence.article
        if article.retracted:
            return
        if relation.negated:
            self.denied.add(article.pmid)
            return
        self.n_evidence += 1
        self.articles.add(article.pmid)
        if relation.labels.get("basis") == "functional":
            self.functional.add(article.pmid)
        if article.year is not None:
            self.years.add(article.year)
        population = relation.arguments.get("population")
        if population is not None:
            self.populations[(population.name, population.id)] += 1
        for slot, names in (("cancer", self.cancers), ("cell_line", self.cell_lines)):
            if slot in relation.arguments:
                names.add(relation.arguments[slot].name)
        # Highest score first, then the smallest id, so that the same rows give the same passage.
        rank = (relation.score, evidence.evidence_id, evidence.passage)
        if (rank[0], _reversed(rank[1])) > (self.best[0], _reversed(self.best[1])):
            self.best = rank


def _reversed(digits: str) -> tuple[int, ...]:
    return tuple(-ord(digit) for digit in digits)


class Claims:
    """Gather accepted evidence, then give the rows of `claims.csv` and `tam_resistance.csv`."""

    def __init__(self) -> None:
        self._claims: dict[Key, _Group] = {}
        self._tam: dict[Key, _Group] = {}

    def add(self, evidence: Evidence) -> None:
        """Take a row in; one that isn't accepted is passed over."""
        if not evidence.accepted:
            return
        relation = evidence.relation
        subject = relation.arguments.get(_SUBJECT[evidence.kind])
        target = relation.arguments.get(_OBJECT[evidence.kind])
        name, effect = _relation_and_effect(evidence)
        key = (evidence.kind, name, _key(subject), _key(target), effect)
        self._claims.setdefault(key, _Group(subject, target, effect)).add(evidence)
        population = relation.arguments.get("population")
        if evidence.kind == RESISTANCE and population is not None:
            role = relation.labels.get("population_role", "")
            tam_key = (population.key, role, *key)
            self._tam.setdefault(tam_key, _Group(subject, target, effect)).add(evidence)

    def rows(self) -> Iterable[Row]:
        """Yield the claims, those of most articles first."""
        return self._rows(self._claims)

    def tam_rows(self) -> Iterable[Row]:
        """Yield the macrophage-linked claims of resistance, those of most articles first."""
        return self._rows(self._tam)

    def _rows(self, groups: dict[Key, _Group]) -> Iterable[Row]:
        rows = []
        for key, group in groups.items():
            if not group.n_evidence:
                continue
            row = _claim_row(key[-5:], group)
            against = set(group.denied)
            other = groups.get((*key[:-1], _OPPOSITE.get(key[-1], "")))
            if other is not None:
                against |= other.articles
            row["n_articles_against"] = len(against)
            row["pmids_against"] = "|".join(sorted(against))
            if len(key) > 5:
                row["claim_id"] = hex16(["tam", *key])
                row |= {"population_id": _only_id(group), "population_role": key[1]}
                row |= {"mediator_id": row["subject_id"], "mediator_name": row["subject_name"]}
                row |= {"drug_id": row["object_id"], "drug_name": row["object_name"]}
            rows.append(row)
        return sorted(rows, key=_rank)


def _relation_and_effect(evidence: Evidence) -> tuple[str, str]:
    labels = evidence.relation.labels
    if evidence.kind == RESISTANCE:
        return RESISTANCE, labels.get("effect", "")
    if evidence.kind == MACROPHAGE:
        return labels.get("relation", ""), labels.get("toward", "")
    return labels.get("effect_on_macrophages", ""), labels.get("effect_on_tumour", "")


def _claim_row(key: Key, group: _Group) -> Row:
    subject, target = group.subject, group.object
    populations = sorted(group.populations.items(), key=lambda item: (-item[1], item[0]))
    linked = (
        bool(populations) or key[0] != RESISTANCE or (subject is not None and subject.kind == "macrophage")
    )
    return {
        "claim_id": hex16(list(key)),
        "relation": key[1],
        "subject_id": subject.id if subject else None,
        "subject_name": subject.name if subject else None,
        "object_id": target.id if target else None,
        "object_name": target.name if target else None,
        "effect": group.effect,
        "population": populations[0][0][0] if populations else None,
        "macrophage_linked": linked,
        "n_articles_for": len(group.articles),
        "n_functional": len(group.functional),
        "n_evidence": group.n_evidence,
        "first_year": min(group.years, default=None),
        "last_year": max(group.years, default=None),
        "best_score": round(group.best[0], 4),
        "cancers": "|".join(sorted(group.cancers)),
        "cell_lines": "|".join(sorted(group.cell_lines)),
        "pmids": "|".join(sorted(group.articles)),
        "best_passage": group.best[2],
    }


def _key(mention: Mention | None) -> str:
    return mention.key if mention is not None else ""


def _only_id(group: _Group) -> str:
    return next(iter(sorted(group.populations)))[1] if group.populations else ""


def _rank(row: Row) -> tuple[int, str, str, str, str]:
    return (
        -int(row["n_articles_for"] or 0),
        str(row["subject_name"]),
        str(row["object_name"]),
        str(row["effect"]),
        str(row["claim_id"]),
    )
