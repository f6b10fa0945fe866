"""The shipped knowledge base: one file of concepts in scispaCy's format, with some keys of our own.

A line of `lexicons/kb.jsonl.gz` is a JSON object. scispaCy's keys: `concept_id`, `canonical_name`,
`aliases`, `types` (one kind), `definition`. Ours: `curated` (aliases written by hand, surer than the rest),
`weak` (names that count only where the text supports them), `xrefs`, `source`, `licence`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scispacy.linking_utils import Entity

LEXICONS = Path(__file__).parent / "lexicons"
KNOWLEDGE_BASE = LEXICONS / "kb.jsonl.gz"


def read_concepts(path: Path = KNOWLEDGE_BASE) -> Iterator[dict[str, Any]]:
    """Yield the concepts of a knowledge base as they are written, sorted by id."""
    with gzip.open(path, "rb") as file:
        yield from map(json.loads, file)


def scispacy_entities(path: Path = KNOWLEDGE_BASE) -> Iterator[Entity]:
    """Yield the concepts as scispaCy's own, for `scispacy.linking_utils.KnowledgeBase`.

    scispaCy's reader of files takes no other keys than its own and no gzip, so it is handed the entities:
    ``KnowledgeBase(list(scispacy_entities()))``. Weak names are left out.
    """
    for values in read_concepts(path):
        yield Entity(
            values["concept_id"],
            values["canonical_name"],
            values["aliases"],
            values["types"],
            values.get("definition"),
        )
