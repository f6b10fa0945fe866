"""The shipped vocabulary in memory: names by their normalised key, with the concepts they stand for."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from extractors.normalisation import fold, name_key

_HERE = Path(__file__).parent
LEXICONS = _HERE / "lexicons"
PATTERNS = _HERE / "patterns"

# Kinds whose names are often acronyms or ordinary words: their case decides.
_CASED_KINDS = frozenset({"gene", "cytokine", "lncrna", "cell_line", "mirna"})
CURATED, PREFERRED, SYNONYM = 0, 1, 2


class Concept(NamedTuple):
    """A concept of the vocabulary: CURIE, kind of its mentions, preferred name."""

    id: str
    kind: str
    name: str


class Entry(NamedTuple):
    """A name of a concept: its folded spelling, whether it needs support, and its rank (lower is surer)."""

    concept: Concept
    spelling: str
    weak: bool
    rank: int


class Lexicon:
    """Names by key. `look_up` gives the entries that a text's spelling can stand for."""

    def __init__(self) -> None:
        self.concepts: dict[str, Concept] = {}
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        self._words: frozenset[str] = frozenset()
        self._refused: dict[str, frozenset[str]] = {}
        self.longest = 0

    def add(self, concept: Concept, names: list[str], *, weak: bool = False, rank: int | None = None) -> None:
        """Add names of a concept; the first is its preferred one, unless they are weak."""
        self.concepts[concept.id] = concept
        for place, name in enumerate(names):
            spelling = fold.__wrapped__(name)
            if not spelling:
                continue
            key = name_key.__wrapped__(spelling)
            own = rank if rank is not None else (SYNONYM if weak or place else PREFERRED)
            self._entries[key].append(Entry(concept, spelling, weak, own))
            if len(key) > self.longest:
                self.longest = len(key)

    def refuse(self, kinds: list[str], words: list[str]) -> None:
        """Let no name of these kinds be any of these words."""
        for word in words:
            key = name_key(fold(word))
            self._refused[key] = self._refused.get(key, frozenset()) | frozenset(kinds)

    def set_english_words(self, words: frozenset[str]) -> None:
        """Take ordinary words, which are no gene unless they are written as one (`MET`)."""
        self._words = words

    def look_up(self, key: str, spelling: str) -> list[Entry]:
        """Return the entries for a key that fit its spelling in the text, surest first.

        Parameters
        ----------
        key
            `name_key` of the words.
        spelling
            `fold` of the words.
        """
        entries = self._entries.get(key)
        if not entries:
            return []
        refused = self._refused.get(key, frozenset())
        fitting = [e for e in entries if e.concept.kind not in refused and self._fits(e, key, spelling)]
        return sorted(fitting, key=lambda e: (e.weak, e.rank, e.spelling != spelling))

    def names(self) -> Iterator[tuple[str, Entry]]:
        """Yield every name by its key, with its entry."""
        for key, entries in self._entries.items():
            for entry in entries:
                yield key, entry

    def is_english(self, key: str) -> bool:
        """Tell whether a key is an ordinary English word."""
        return key in self._words

    def entries(self, key: str) -> list[Entry]:
        """Return all entries of a key, however they are spelt."""
        return self._entries.get(key, [])

    def has(self, key: str) -> bool:
        """Tell whether any name has this key."""
        return key in self._entries

    def _fits(self, entry: Entry, key: str, spelling: str) -> bool:
        if entry.spelling == spelling:
            # An English word must be written as a name: in capitals.
            return not (
                entry.concept.kind in _CASED_KINDS and key in self._words and not spelling[1:].isupper()
            )
        if entry.concept.kind not in _CASED_KINDS:
            # Acronyms in their own case or in capitals; words in any case.
            return len(key) > 4 or entry.spelling.islower() or spelling.isupper()
        if key in self._words:
            return False
        if len(key) > 7 and sum(map(str.isdigit, key)) <= 1:
            return True
        if spelling.islower() and not entry.spelling.islower():
            # `il6` can be nothing else; `cat` and `set` can.
            return len(key) > 3 and any(map(str.isdigit, key)) and key[-1].isdigit() and not key[:2].isdigit()
        return entry.concept.kind != "cell_line" or spelling.upper() == entry.spelling.upper()


@cache
def load_lexicon() -> Lexicon:
    """Read the vocabulary, its supplement and the refused names (about two seconds, once a process)."""
    lexicon = Lexicon()
    supplement = tomllib.loads((LEXICONS / "supplement.toml").read_text("utf-8"))["concept"]
    renamed = {entry["id"]: Concept(entry["id"], entry["kind"], entry["name"]) for entry in supplement}
    with gzip.open(LEXICONS / "concepts.jsonl.gz", "rb") as file:
        for line in file:
            values = json.loads(line)
            concept = renamed.get(values["id"]) or Concept(values["id"], values["kind"], values["name"])
            lexicon.add(concept, values.get("names", []))
            lexicon.add(concept, values.get("weak", []), weak=True)
    for entry in supplement:
        concept = renamed[entry["id"]]
        lexicon.add(concept, [entry["name"], *entry["names"]], rank=CURATED)
        lexicon.add(concept, entry.get("weak", []), weak=True)
    for refusal in tomllib.loads((PATTERNS / "not_names.toml").read_text("utf-8"))["refusal"]:
        lexicon.refuse(refusal["kinds"], refusal["words"])
    with gzip.open(LEXICONS / "english_words.txt.gz", "rt", encoding="utf-8") as file:
        lexicon.set_english_words(frozenset(line.strip() for line in file))
    return lexicon
