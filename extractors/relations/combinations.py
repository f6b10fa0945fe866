"""The words of combinations of two agents, and of their success (`patterns/combinations.toml`)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import NamedTuple

from extractors.lexicon import PATTERNS


class Combinations(NamedTuple):
    """What joins two partners, what names their union before them, what tells of success."""

    joining: re.Pattern[str]
    union: re.Pattern[str]
    success: re.Pattern[str]


@cache
def load_combinations() -> Combinations:
    """Read the words of combinations from their data file."""
    data = tomllib.loads((PATTERNS / "combinations.toml").read_text("utf-8"))
    joining, union, success = (
        re.compile("(?i)(?:" + "|".join(data[part]["regexes"]) + ")")
        for part in ("joining", "union", "success")
    )
    return Combinations(joining, union, success)


def may_combine(text: str) -> bool:
    """Tell whether a sentence may speak of two agents that work better together."""
    words = load_combinations()
    return bool(words.success.search(text)) and bool(words.union.search(text) or words.joining.search(text))
