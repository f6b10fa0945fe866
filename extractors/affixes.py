"""What stands around a name in a text without changing what is named: `rhIL-15`, `IL-6 gene`, `TGF-b`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from extractors.lexicon import PATTERNS


class Affix(NamedTuple):
    """One rewriting: where it fits, what takes its place, for which kinds."""

    regex: re.Pattern[str]
    replacement: str
    kinds: frozenset[str]


class Affixes:
    """The rewritings of `patterns/name_affixes.toml`, in their order."""

    def __init__(self, affixes: list[Affix]) -> None:
        self._affixes = affixes

    def bare_names(self, words: str, kinds: frozenset[str]) -> Iterator[str]:
        """Yield the name without each of its affixes, in their order, each taken off once.

        >>> list(load_affixes().bare_names("rhIL-15", frozenset({"cytokine"})))
        ['IL-15']
        """
        seen = {words}
        bare_so_far = [words]
        for affix in self._affixes:
            if not affix.kinds & kinds:
                continue
            for current in tuple(bare_so_far):
                bare = affix.regex.sub(affix.replacement, current, count=1).strip()
                if len(bare) > 1 and bare not in seen:
                    seen.add(bare)
                    bare_so_far.append(bare)
                    yield bare


@cache
def load_affixes() -> Affixes:
    """Read the rewritings."""
    entries = tomllib.loads((PATTERNS / "name_affixes.toml").read_text("utf-8"))["affix"]
    return Affixes(
        [
            Affix(re.compile(entry["regex"]), entry.get("replacement", ""), frozenset(entry["kinds"]))
            for entry in entries
        ]
    )
