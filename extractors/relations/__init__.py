"""Relations between mentions: resistance claims, macrophage relations, interventions."""

from __future__ import annotations

from spacy.tokens import Doc

from extractors.relations.claims import find_claims
from extractors.types import Relation


def extract_relations(doc: Doc) -> list[Relation]:
    """Return all relations of a document that the pipeline has annotated."""
    return find_claims(doc)
