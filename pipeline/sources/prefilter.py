"""Records of bulk files that can't give a row are passed over before any language is read.

The words are data (`prefilter.toml`). How many rows the filter costs is measured by
`make bench DATA=abstracts.jsonl.gz`.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick

_WORDS = Path(__file__).with_name("prefilter.toml")


@cache
def filter_words() -> dict[str, tuple[str, ...]]:
    """Return the words of each group: `macrophages`, `response`, `tumours`."""
    groups = tomllib.loads(_WORDS.read_text("utf-8"))
    return {name: tuple(entry["word"] for entry in group["words"]) for name, group in groups.items()}


@cache
def filter_version() -> str:
    """Return what the filter is told from an earlier one by: a hash of its words."""
    return hashlib.sha256(repr(sorted(filter_words().items())).encode()).hexdigest()[:12]


def may_give_rows(text: str) -> bool:
    """Tell whether a record speaks of macrophages, or of response to treatment and of tumours."""
    spoken_of: set[str] = set()
    for _, group in _automaton().iter(text.lower()):
        spoken_of.add(group)
        if group == "macrophages" or len(spoken_of) > 1:
            return True
    return False


@cache
def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for group, words in filter_words().items():
        for word in words:
            automaton.add_word(word, group)
    automaton.make_automaton()
    return automaton
