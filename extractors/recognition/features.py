"""What a linear-chain CRF sees of each token: its form, its neighbours', clusters of words, vocabulary.

The templates follow the recognisers of chemicals and diseases that won on these corpora (tmChem, Leaman et
al., J Cheminform 2015, 7:S3; TaggerOne, Leaman and Lu, Bioinformatics 2016, 32:2839).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

_PART = re.compile(r"[A-Za-z]+|\d+|[^\sA-Za-z\d]")
_REPEATED = re.compile(r"(.)\1+")
_DIGITS = re.compile(r"\d+")
_SHAPES = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "x" * 26 + "X" * 26 + "d" * 10
)
CLUSTERS = Path(__file__).parents[1] / "models" / "names" / "clusters.tsv.gz"


@cache
def load_clusters(path: Path = CLUSTERS) -> Mapping[str, tuple[str, ...]]:
    """Read words with their clusters at three grains, coarse to fine."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return {word: tuple(grains) for word, *grains in rows}


class _Clusters:
    """The clusters in use: the shipped ones, or freshly made ones while training."""

    path = CLUSTERS


def use_clusters(path: Path) -> None:
    """Take other clusters than the shipped ones in this process; what is known of words is forgotten."""
    _Clusters.path = path
    for cached in (_clusters_of, _own, _beside):
        cached.cache_clear()


@lru_cache(maxsize=200_000)
def _clusters_of(lower: str) -> tuple[str, ...]:
    known = load_clusters(_Clusters.path)
    if lower in known:
        return known[lower]
    # An unknown word goes by its longest known part: `cisplatin-resistant` by its drug.
    parts = sorted(_PART.findall(lower), key=len, reverse=True)
    return next((known[part] for part in parts if part in known), ())


@lru_cache(maxsize=200_000)
def _short_shape(word: str) -> str:
    return _REPEATED.sub(r"\1\1", word.translate(_SHAPES))


@lru_cache(maxsize=100_000)
def _own(word: str) -> tuple[str, ...]:
    lower, shape = word.lower(), word.translate(_SHAPES)
    found = [f"w={lower}", f"s={shape[:12]}", f"ss={_short_shape(word)[:10]}"]
    for size in (2, 3, 4, 5):
        if len(lower) > size:
            found += (f"p{size}={lower[:size]}", f"x{size}={lower[-size:]}")
    if "d" in shape:
        found += ("dig", f"wd={_DIGITS.sub('0', lower)}")
    if not word.isalnum():
        found.append("pun")
    found += (f"c{grain}={cluster}" for grain, cluster in zip("abc", _clusters_of(lower), strict=False))
    return tuple(found)


@lru_cache(maxsize=200_000)
def _beside(word: str, way: int) -> tuple[str, ...]:
    lower = word.lower()
    clusters = _clusters_of(lower)
    found = [f"{way}w={lower}"]
    if clusters:
        found.append(f"{way}cb={clusters[1]}")
    if abs(way) == 1:
        found += (f"{way}s={_short_shape(word)[:6]}", f"{way}x={lower[-3:]}")
        if clusters:
            found.append(f"{way}cc={clusters[2]}")
    return tuple(found)


Part = str | tuple[str, str] | tuple[int, str] | tuple[int, tuple[str, ...]]
"""What a token's features come from: the word, one beside it, terms here or beside, or a single feature."""
PARTS = 13
"""Parts that each token has, some of them empty."""
_WAYS = (-2, -1, 1, 2)
_OUTSIDE_TEXT = {way: f"{way}w=__" for way in _WAYS}


def token_parts(words: Sequence[str], terms: Sequence[Sequence[str]]) -> list[Part]:
    """Return `PARTS` parts for each token, one token after the other; an empty one is `""`.

    What a part stands for depends on itself alone, so that it can be kept: most words come again and again.

    Parameters
    ----------
    words
        Tokens of a text or sentence.
    terms
        For each token the terms that it is part of, as `TermMatcher.tags` gives them.
    """
    count = len(words)
    lowers = [word.lower() for word in words]
    shapes = [_short_shape(word)[:6] for word in words]
    groups = [tuple(own) for own in terms]
    parts: list[Part] = []
    for i, word in enumerate(words):
        parts.append(("own", word))
        parts.append((0, groups[i]) if groups[i] else "")
        for way in _WAYS:
            j = i + way
            if 0 <= j < count:
                parts.append((way, words[j]))
                parts.append((way, groups[j]) if groups[j] else "")
            else:
                parts.append(_OUTSIDE_TEXT[way])
                parts.append("")
        parts.append(f"b-1={lowers[i - 1]}_{lowers[i]}" if i else "")
        parts.append(f"b+1={lowers[i]}_{lowers[i + 1]}" if i + 1 < count else "")
        parts.append(f"ss3={shapes[i - 1]}_{shapes[i]}_{shapes[i + 1]}" if 0 < i < count - 1 else "")
    return parts


def part_features(part: Part) -> tuple[str, ...]:
    """Return the features of a part, as names that a CRF has weights for."""
    if isinstance(part, str):
        return (part,) if part else ()
    way, value = part
    if way == "own":
        return (*_own(str(value)), "bias")
    if isinstance(value, str):
        return _beside(value, int(way))
    if way:
        return tuple(f"{way}g={term}" for term in value)
    own = tuple(f"g={term}" for term in value)
    return (*own, "gg=" + "|".join(sorted(value))) if len(value) > 1 else own


def token_features(words: Sequence[str], terms: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the features of each token: those of its parts."""
    parts = token_parts(words, terms)
    return [
        [feature for part in parts[at : at + PARTS] for feature in part_features(part)]
        for at in range(0, len(parts), PARTS)
    ]
