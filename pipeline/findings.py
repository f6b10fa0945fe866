"""What was found in one article, and its form between processes (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from extractors.types import Mention, Relation


@dataclass(frozen=True, slots=True)
class Findings:
    """All mentions of an article in order of offset, and all relations between them."""

    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]


def findings_to_json(findings: Findings) -> str:
    """Write findings as one line of JSON."""
    return json.dumps(asdict(findings), ensure_ascii=False, sort_keys=True)


def findings_from_json(text: str) -> Findings:
    """Read what `findings_to_json` wrote."""
    values = json.loads(text)
    return Findings(
        mentions=tuple(Mention(**mention) for mention in values["mentions"]),
        relations=tuple(_relation(relation) for relation in values["relations"]),
    )


def _relation(values: dict[str, Any]) -> Relation:
    values["arguments"] = {slot: Mention(**mention) for slot, mention in values["arguments"].items()}
    values["lists"] = {
        slot: tuple(Mention(**mention) for mention in mentions) for slot, mentions in values["lists"].items()
    }
    values["spans"] = tuple((start, end) for start, end in values["spans"])
    return Relation(**values)
