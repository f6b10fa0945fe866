"""The shipped vocabulary in memory: names by their normalised key, with the concepts they stand for."""

from __future__ import annotations

import gc
import gzip
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from extractors.knowledge_base import LEXICONS, read_concepts
from extractors.normalisation import fold, name_key, singular_keys

PATTERNS = Path(__file__).parent / "patterns"

# Kinds whose names are often acronyms or ordinary words: their case decides.
_CASED_KINDS = frozenset({"gene", "cytokine", "lncrna", "cell_line", "mirna"})
CURATED, PREFERRED, SYNONYM = 0, 1, 2
# Kinds that one name may have: who marks a gene doesn't ask whether it is a cytokine.
_ALIKE = (
    frozenset(("gene", "cytokine")),
    frozenset(("drug", "drug_class", "generic_drug")),
    frozenset(("macrophage", "immune_cell")),
)


def kinds_like(kind: str) -> frozenset[str]:
    """Return the kinds that a mention said to be of a kind may have.

    >>> sorted(kinds_like("cytokine")), sorted(kinds_like("cancer"))
    (['cytokine', 'gene'], ['cancer'])
    """
    return next((kinds for kinds in _ALIKE if kind in kinds), frozenset((kind,)))


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


_BEGINNINGS = (8, 14)
"""Lengths of beginnings of keys that are kept, to tell early that no name goes on like this."""


class Lexicon:
    """Names by key. `look_up` gives the entries that a text's spelling can stand for."""

    def __init__(self) -> None:
        self.concepts: dict[str, Concept] = {}
        self.names_of: dict[str, int] = defaultdict(int)
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        self._beginnings: set[str] = set()
        self._words: frozenset[str] = frozenset()
        self._refused: dict[str, frozenset[str]] = {}
        self.longest = 0

    def add(
        self, concept: Concept, names: Collection[str], *, weak: bool = False, rank: int | None = None
    ) -> None:
        """Add names of a concept; the first is its preferred one, unless they are weak."""
        self.concepts[concept.id] = concept
        self.names_of[concept.id] += len(names)
        for place, name in enumerate(names):
            spelling = fold.__wrapped__(name)
            if not spelling:
                continue
            key = name_key.__wrapped__(spelling)
            own = rank if rank is not None else (SYNONYM if weak or place else PREFERRED)
            self._entries[key].append(tuple.__new__(Entry, (concept, spelling, weak, own)))
            if len(key) > self.longest:
                self.longest = len(key)
            for length in _BEGINNINGS:
                if len(key) >= length:
                    self._beginnings.add(key[:length])

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

    def candidates(self, words: str, kinds: frozenset[str]) -> list[Entry]:
        """Return the entries for words that are known to be a name of these kinds, surest first.

        Unlike `look_up`, for words that a recogniser has marked: then neither case nor the list of refused
        words tells anything, and a plural is tried where the words themselves are no name.
        """
        spelling = fold(words)
        key = name_key(spelling)
        for candidate in (key, *singular_keys(key)):
            fitting = [e for e in self._entries.get(candidate, ()) if e.concept.kind in kinds]
            if fitting:
                cut = spelling[: len(candidate)]
                return sorted(fitting, key=lambda e: (e.weak, e.rank, e.spelling != cut))
        return []

    def has(self, key: str) -> bool:
        """Tell whether any name has this key."""
        return key in self._entries

    def may_go_on(self, key: str) -> bool:
        """Tell whether a name may begin with this key: False is sure, True is not."""
        return all(len(key) < length or key[:length] in self._beginnings for length in _BEGINNINGS)

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
    """Read the knowledge base and the refused names (about two seconds, once a process)."""
    lexicon = Lexicon()
    # Nothing made here is ever garbage: without pauses for collection it takes half the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for values in read_concepts():
            concept = Concept(values["concept_id"], values["types"][0], values["canonical_name"])
            aliases, weak = values["aliases"], values.get("weak", [])
            if curated := values.get("curated"):
                lexicon.add(concept, [name for name in aliases if name in curated], rank=CURATED)
                lexicon.add(concept, [name for name in weak if name in curated], weak=True, rank=CURATED)
                aliases = [name for name in aliases if name not in curated]
                weak = [name for name in weak if name not in curated]
            lexicon.add(concept, aliases)
            lexicon.add(concept, weak, weak=True)
    finally:
        if collecting:
            gc.enable()
    for refusal in tomllib.loads((PATTERNS / "not_names.toml").read_text("utf-8"))["refusal"]:
        lexicon.refuse(refusal["kinds"], refusal["words"])
    with gzip.open(LEXICONS / "english_words.txt.gz", "rt", encoding="utf-8") as file:
        lexicon.set_english_words(frozenset(line.strip() for line in file))
    return lexicon
