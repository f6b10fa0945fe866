"""Terms that say what a word may be: the vocabulary's names, and further names that have no concept here.

All occurrences in a text are found in one pass (Aho and Corasick, Comm. ACM 1975, 18:333) over its tokens
folded together, so that `IL-6`, `IL 6` and `IL6` are the same.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

import ahocorasick

from extractors.knowledge_base import LEXICONS
from extractors.lexicon import load_lexicon
from extractors.normalisation import fold, name_key

TERMS = "terms.tsv.gz"
CATEGORY = {
    "gene": "G",
    "cytokine": "C",
    "mirna": "M",
    "lncrna": "N",
    "drug": "H",
    "drug_class": "X",
    "generic_drug": "U",
    "cancer": "K",
    "cell_line": "L",
    "macrophage": "Q",
    "immune_cell": "Y",
    "pathway": "W",
    "vesicle": "V",
    "species": "S",
}
"""Kind of a concept to the letter that stands for it in features; `terms.tsv.gz` brings more letters."""
_CASED = frozenset("GNLCM")
_SHORTEST = 3
_LONGEST = 60
_BREAK = "\x1f"
_PARTING = frozenset((",", ";", ":", ".", "\n"))
_NO_EDGE = frozenset("the a an of and or in with to by for on at from was were is are as not no we".split())


class TermMatcher:
    """Finds terms in tokens.

    Parameters
    ----------
    terms
        (key, category) pairs; a key is `name_key(fold(name))`, a category one letter.
    """

    def __init__(self, terms: Iterable[tuple[str, str]]) -> None:
        letters: dict[str, str] = {}
        for key, category in terms:
            if _SHORTEST <= len(key) <= _LONGEST and not key.isdigit():
                known = letters.get(key, "")
                if category not in known:
                    letters[key] = known + category
        self._automaton: Any = ahocorasick.Automaton()
        for key, categories in letters.items():
            self._automaton.add_word(key, (len(key), categories))
        self._automaton.make_automaton()

    def tags(self, words: Sequence[str]) -> list[list[str]]:
        """Return for each token the terms that it is part of: letter and place (`KB`, `KI`, `KE`, `KS`).

        Of overlapping terms of one category the longest counts, of equally long ones the first.
        """
        tags: list[list[str]] = [[] for _ in words]
        for category, start, end in self.spans(words):
            if end - start == 1:
                tags[start].append(category + "S")
                continue
            tags[start].append(category + "B")
            tags[end - 1].append(category + "E")
            for place in range(start + 1, end - 1):
                tags[place].append(category + "I")
        return tags

    def spans(self, words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """Yield (category, start, end) of terms, end exclusive, the longest of each category."""
        keys = [_key(word) for word in words]
        begins: dict[int, int] = {}
        ends: dict[int, int] = {}
        at = 0
        for place, key in enumerate(keys):
            if key and key != _BREAK:
                begins[at] = place
                ends[at + len(key)] = place + 1
                if key[-1] == "s" and len(key) > 4:
                    ends.setdefault(at + len(key) - 1, place + 1)
            at += len(key)
        found: dict[str, list[tuple[int, int]]] = {}
        for last, (length, categories) in self._automaton.iter("".join(keys)):
            start, end = begins.get(last + 1 - length), ends.get(last + 1)
            if start is None or end is None or words[start].lower() in _NO_EDGE:
                continue
            lower = end - start == 1 and words[start].islower() and length < 6
            for category in categories:
                if not (lower and category in _CASED):
                    found.setdefault(category, []).append((start, end))
        for category, spans in found.items():
            taken = -1
            for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
                if start >= taken:
                    yield category, start, end
                    taken = end


@lru_cache(maxsize=100_000)
def _key(word: str) -> str:
    return _BREAK if word in _PARTING else name_key(fold(word))


@cache
def shipped_matcher() -> TermMatcher:
    """Return the matcher over the shipped vocabulary and terms (built once a process)."""
    return TermMatcher(_shipped_terms())


def _shipped_terms() -> Iterator[tuple[str, str]]:
    lexicon = load_lexicon()
    for key, entry in lexicon.names():
        yield key, CATEGORY[entry.concept.kind]
    with gzip.open(LEXICONS / TERMS, "rt", encoding="utf-8") as file:
        for line in file:
            key, categories = line.rstrip("\n").split("\t")
            for category in categories:
                yield key, category
