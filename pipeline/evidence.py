"""A relation together with its article: one row of an evidence table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from extractors.types import INTERVENTIONS, MACROPHAGE, RESISTANCE, Mention, Relation
from pipeline.records import Article

Cell = str | int | float | bool | None
Row = dict[str, Cell]

_FULL_SLOTS = {
    RESISTANCE: ("mediator", "drug"),
    MACROPHAGE: ("population", "molecule"),
    INTERVENTIONS: ("agent", "target", "partner_drug"),
}
_LISTED_SLOTS = {
    RESISTANCE: ("mediator_source", "mediator_recipient", "via", "species"),
    MACROPHAGE: ("species",),
    INTERVENTIONS: ("species",),
}
_LABELS = {
    RESISTANCE: ("effect", "basis", "manipulation", "population_role"),
    MACROPHAGE: ("relation", "toward"),
    INTERVENTIONS: ("effect_on_macrophages", "effect_on_tumour", "trial_ids"),
}
PASSAGE_JOINT = " … "


@dataclass(frozen=True)
class Evidence:
    """One claim in one passage of one article."""

    article: Article
    relation: Relation
    accepted: bool

    @property
    def kind(self) -> str:
        """Name of the table that the row stands in."""
        return self.relation.kind

    @property
    def evidence_id(self) -> str:
        """16 hex digits over kind, PMID, slots, labels and spans: the same from run to run."""
        relation = self.relation
        parts = [relation.kind, self.article.pmid]
        parts += [f"{slot}={mention.key}" for slot, mention in sorted(relation.arguments.items())]
        parts += [f"{label}={word}" for label, word in sorted(relation.labels.items())]
        parts += [f"{start}-{end}" for start, end in relation.spans]
        return hex16(parts)

    @property
    def passage(self) -> str:
        """The sentences that carry the claim."""
        text = self.article.text
        return PASSAGE_JOINT.join(text[start:end].strip() for start, end in self.relation.spans)

    @property
    def section(self) -> str:
        """Label of the section in which the last sentence of the passage stands."""
        end = self.relation.spans[-1][1] if self.relation.spans else 0
        return next((s.label for s in self.article.sections if s.start < end <= s.end + 1), "")

    def row(self, *, with_text: bool = True) -> Row:
        """Return the row's cells by column; the passage is empty without `with_text`."""
        relation, arguments = self.relation, self.relation.arguments
        row: Row = {"evidence_id": self.evidence_id, **record_cells(self.article)}
        row["passage"] = self.passage if with_text else ""
        row["passage_spans"] = "|".join(f"{start}-{end}" for start, end in relation.spans)
        row["section"] = self.section
        for slot in _FULL_SLOTS[self.kind]:
            row |= _slot_cells(slot, arguments.get(slot))
        if self.kind == RESISTANCE:
            row |= _named_cells("population", arguments.get("population"))
        row |= _named_cells("cancer", arguments.get("cancer"))
        cell_line = arguments.get("cell_line")
        row["cell_line_text"] = cell_line.text if cell_line else None
        row["cell_line_id"] = cell_line.id if cell_line else None
        for slot in _LISTED_SLOTS[self.kind]:
            mentions = relation.lists.get(slot, ())
            row[slot] = "|".join(mention.name for mention in mentions)
            row[f"{slot}_id"] = "|".join(mention.id for mention in mentions)
        row |= {label: relation.labels.get(label, "") for label in _LABELS[self.kind]}
        row["negated"], row["speculated"] = relation.negated, relation.speculated
        row["score"], row["accepted"] = round(relation.score, 4), self.accepted
        row["pattern"] = relation.pattern
        return row

    def sort_key(self) -> tuple[str, int, str]:
        """Order of rows: PMID as text, offset of the first slot, id."""
        starts = [mention.start for mention in self.relation.arguments.values()]
        return self.article.pmid, min(starts, default=0), self.evidence_id


def record_cells(article: Article) -> Row:
    """Return the bibliographic cells of an article."""
    return {
        "pmid": article.pmid,
        "doi": article.doi,
        "year": article.year,
        "journal": article.journal,
        "title": article.title,
        "article_type": article.article_type,
        "retracted": article.retracted,
    }


def hex16(parts: list[str]) -> str:
    """Hash parts to 16 hex digits."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8")).hexdigest()[:16]


def _slot_cells(slot: str, mention: Mention | None) -> Row:
    return {
        f"{slot}_text": mention.text if mention else None,
        f"{slot}_start": mention.start if mention else None,
        f"{slot}_end": mention.end if mention else None,
        f"{slot}_id": mention.id if mention else None,
        f"{slot}_name": mention.name if mention else None,
        f"{slot}_kind": mention.kind if mention else None,
    }


def _named_cells(slot: str, mention: Mention | None) -> Row:
    return {
        f"{slot}_text": mention.text if mention else None,
        f"{slot}_id": mention.id if mention else None,
        f"{slot}_name": mention.name if mention else None,
    }
