"""What words can stand for: the vocabulary's entries, names that follow a system, names with affixes."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from extractors.affixes import Affixes, load_affixes
from extractors.lexicon import PATTERNS, SYNONYM, Concept, Entry, Lexicon, load_lexicon
from extractors.normalisation import fold, name_key

_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def plain_hyphens(text: str) -> str:
    """Write every hyphen and dash as `-`; offsets stay.

    >>> plain_hyphens("miR\u2011301")
    'miR-301'
    """
    return text.translate(_HYPHENS)


class Names:
    """Gives the entries of words; `patterns` are (regex, kind, prefix) of systematic names."""

    def __init__(self, lexicon: Lexicon, affixes: Affixes) -> None:
        self._lexicon = lexicon
        self._affixes = affixes
        patterns = tomllib.loads((PATTERNS / "name_patterns.toml").read_text("utf-8"))["pattern"]
        self.patterns = [(re.compile(p["regex"]), p["kind"], p["prefix"]) for p in patterns]

    def entries_for(self, words: str, kinds: frozenset[str]) -> tuple[Entry, ...]:
        """Return what words can stand for that a recogniser has marked as a name of these kinds.

        Parameters
        ----------
        kinds
            Kinds that the name may have (`kinds_like`).
        """
        words = plain_hyphens(words)
        entries = self._lexicon.candidates(words, kinds)
        if not entries or entries[0].weak:
            for regex, kind, prefix in self.patterns:
                if kind in kinds and regex.fullmatch(words):
                    entry = self.systematic(words, kind, prefix)
                    if entry is not None:
                        return (entry,)
        if entries:
            return tuple(entries)
        for bare in self._affixes.bare_names(words, kinds):
            entries = self._lexicon.candidates(bare, kinds)
            if entries:
                return tuple(entries)
        return ()

    def systematic(self, words: str, kind: str, prefix: str) -> Entry | None:
        """Return the entry of words that match a pattern; its concept may be in no vocabulary."""
        spelling = fold(words)
        known = [e for e in self._lexicon.look_up(name_key(spelling), spelling) if e.concept.kind == kind]
        if known and not known[0].weak:
            return known[0]
        name = _system_name(words) if kind == "mirna" else words
        if kind == "mirna":
            # The list has arms only (`miR-21-5p`); with its arm the name may still be spelt otherwise.
            arm = self._lexicon.look_up(name_key(fold(name)), fold(name))
            if arm and arm[0].concept.kind == "mirna":
                return arm[0]
        return Entry(Concept(prefix + name if prefix else "", kind, name), spelling, False, SYNONYM)


@cache
def ambiguous_names() -> dict[str, dict[str, Any]]:
    """Return the names of `patterns/ambiguous_names.toml` by their words."""
    entries = tomllib.loads((PATTERNS / "ambiguous_names.toml").read_text("utf-8"))["name"]
    return {entry["word"]: entry for entry in entries}


@cache
def load_names() -> Names:
    """Return the names of the shipped vocabulary."""
    return Names(load_lexicon(), load_affixes())


def _system_name(words: str) -> str:
    """Write a miRNA's name in miRBase's way: `microRNA-21` is `miR-21`.

    >>> _system_name("microRNA 21"), _system_name("hsa-miR-155-5p"), _system_name("Let-7a")
    ('miR-21', 'miR-155-5p', 'let-7a')
    """
    words = re.sub(r"^(?:hsa|mmu|rno)-", "", words)
    if words.lower().startswith("let"):
        return "let" + words[3:]
    return re.sub(r"^(?i:microRNA|miRNAs?|miRs?)[- ]?", "miR-", words)
