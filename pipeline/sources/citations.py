"""Citations and what ECitMatch answers to them ("Entrez Programming Utilities Help", NBK25499)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.sources.entrez_answers import TransientError

_FOUND = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Citation:
    """What ECitMatch matches by; `key` comes back with the answer."""

    journal: str
    year: str
    volume: str
    page: str
    author: str
    key: str


@dataclass(frozen=True)
class CitationMatch:
    """An answer: a PMID, or empty with the reason (`NOT_FOUND;INVALID_JOURNAL`, `no match` …)."""

    key: str
    pmid: str
    reason: str


def parse_matches(body: bytes) -> dict[str, CitationMatch]:
    """Read an answer of ECitMatch: one line a citation, `journal|year|volume|page|author|key|result`.

    Lines are told by their key, not by their order. A result is a PMID, `NOT_FOUND;reason`, `AMBIGUOUS` with
    the number of citations, or empty for a known journal without a match.

    Raises
    ------
    TransientError
        If it is no such answer (empty, a page of HTML, an error).
    """
    words = body.decode("utf-8", "replace")
    if "|" not in words:
        raise TransientError("the answer holds no citation")
    matches: dict[str, CitationMatch] = {}
    for line in words.splitlines():
        fields = line.strip().split("|")
        if len(fields) < 7:
            continue
        key, result = fields[5].strip(), "|".join(fields[6:]).strip()
        if _FOUND.fullmatch(result):
            matches[key] = CitationMatch(key, result, "")
        else:
            matches[key] = CitationMatch(key, "", result or "no match")
    return matches
