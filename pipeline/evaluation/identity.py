"""When do two ids mean the same, strictly and relaxed?"""

from __future__ import annotations

import gzip
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from extractors.entities import MARKED_POPULATION
from extractors.knowledge_base import LEXICONS, read_concepts
from extractors.lexicon import PATTERNS, load_lexicon
from extractors.normalisation import fold, name_key

GENERIC_DRUGS = ("tamrex.drugclass:chemotherapy", "tamrex.drugclass:any")
"""All generic drug ids are one id when scoring."""

MACROPHAGE = "cl:0000235"


@dataclass(frozen=True)
class Identity:
    """Tells whether two keys of concepts agree.

    Parameters
    ----------
    same
        Id to the one id that stands for the concept (cross-references of the vocabulary).
    broader
        Id to the ids that are next broader: family, class, arm-less miRNA, parent.
    parts
        Id of a combination to the ids of its parts.
    """

    same: Mapping[str, str] = field(default_factory=dict)
    broader: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def key(self, curie: str, words: str) -> str:
        """Return what a slot is compared by: the concept's one id, or `~` and the normalised words."""
        if curie in GENERIC_DRUGS:
            return GENERIC_DRUGS[0]
        if curie:
            return self.same.get(curie, curie)
        return f"~{name_key(fold(words))}" if words else ""

    def agree(self, found: str, gold: str, *, relaxed: bool = False) -> bool:
        """Tell whether two keys agree; a combination agrees with each of its parts."""
        if found == gold:
            return True
        if found in self.parts.get(gold, ()) or gold in self.parts.get(found, ()):
            return True
        return relaxed and (found in self.above(gold) or gold in self.above(found))

    def above(self, curie: str) -> frozenset[str]:
        """Return everything broader than an id, over any number of steps."""
        found: set[str] = set()
        todo = [curie]
        while todo:
            narrower = todo.pop()
            marked = narrower.startswith(MARKED_POPULATION) and narrower.endswith("+")
            for wider in (MACROPHAGE,) if marked else self.broader.get(narrower, ()):
                if wider not in found:
                    found.add(wider)
                    todo.append(wider)
        return frozenset(found)

    def agree_all(self, found: Iterable[str], gold: Iterable[str], *, relaxed: bool = False) -> bool:
        """Tell whether two sets of keys agree one by one (all of each have a partner)."""
        ours, theirs = list(found), list(gold)
        return all(any(self.agree(a, b, relaxed=relaxed) for b in theirs) for a in ours) and all(
            any(self.agree(a, b, relaxed=relaxed) for a in ours) for b in theirs
        )


@cache
def shipped_identity() -> Identity:
    """Return the identity that the shipped vocabulary gives (read once a process)."""
    known: set[str] = set()
    xrefs: dict[str, list[str]] = {}
    for values in read_concepts():
        known.add(values["concept_id"])
        if "xrefs" in values:
            xrefs[values["concept_id"]] = values["xrefs"]
    same = {xref: curie for curie, others in xrefs.items() for xref in others if xref not in known}
    for curie, others in sorted(xrefs.items()):
        for xref in others:
            # Both are concepts of the vocabulary: the smaller id stands for both.
            if xref in known and curie != xref:
                same[max(curie, xref)] = min(curie, xref)
    broader: dict[str, set[str]] = defaultdict(set)
    parts: dict[str, set[str]] = defaultdict(set)
    with gzip.open(LEXICONS / "broader.tsv.gz", "rt", encoding="utf-8") as table:
        for row in table:
            narrower, wider, relation = row.rstrip("\n").split("\t")
            narrower, wider = same.get(narrower, narrower), same.get(wider, wider)
            if relation == "part":
                parts[wider].add(narrower)
            else:
                broader[narrower].add(wider)
    return Identity(
        same,
        {key: frozenset(values) for key, values in broader.items()},
        {key: frozenset(values) for key, values in parts.items()},
    )


def is_known(curie: str) -> bool:
    """Tell whether the shipped knowledge base has an id, or it follows a system of names (`tamrex.mirna:`).

    An id that is a cross-reference of a concept (a gene group that is a FamPlex family) stands for it.
    """
    return (
        curie in load_lexicon().concepts
        or curie in shipped_identity().same
        or any(
            curie.startswith(prefix) and regex.fullmatch(curie.removeprefix(prefix))
            for prefix, regex in _systems()
        )
    )


@cache
def _systems() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = tomllib.loads((PATTERNS / "name_patterns.toml").read_text("utf-8"))["pattern"]
    systems = [(p["prefix"], re.compile(p["regex"])) for p in patterns if p["prefix"]]
    return ((MARKED_POPULATION, re.compile(r"[A-Z][A-Za-z0-9-]*\+")), *systems)
