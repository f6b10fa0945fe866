"""Gold without text joined with the texts that a user has.

Gold keeps a hash of the text that its offsets refer to. A copy that differs only in spaces or in the labels
of sections is the same text with other offsets; where the words themselves differ, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.evaluation.gold_folder import Gold, Row
from pipeline.records import Article


@dataclass(frozen=True)
class Joined:
    """Gold whose offsets fit the texts at hand.

    Attributes
    ----------
    gold
        Only documents that have a text; mentions with offsets into it.
    moved
        Documents whose copy differs, with every mention found again by its words.
    changed
        Documents whose copy differs and lacks a mention's words: not in `gold`.
    absent
        Documents for which there is no text: not in `gold`.
    """

    gold: Gold
    moved: tuple[str, ...]
    changed: tuple[str, ...]
    absent: tuple[str, ...]


def join_texts(gold: Gold, articles: Mapping[str, Article]) -> Joined:
    """Join gold with articles by their ids."""
    kept, moved, changed, absent = {}, [], [], []
    mentions: list[Row] = []
    by_document: dict[str, list[Row]] = {}
    for row in gold.mentions:
        by_document.setdefault(row["pmid"], []).append(row)
    for pmid, document in gold.documents.items():
        article = articles.get(pmid)
        own = by_document.get(pmid, [])
        if article is None:
            absent.append(pmid)
            continue
        if document.sha256 and document.sha256 != article.digest:
            words = [*_claim_words(gold, pmid)]
            again = find_again(own, article.text)
            if again is None or not all(word in article.text for word in words):
                changed.append(pmid)
                continue
            moved.append(pmid)
            own = again
        kept[pmid] = document
        mentions.extend(own)
    joined = replace(gold.of_documents(kept), mentions=tuple(mentions))
    return Joined(joined, tuple(moved), tuple(changed), tuple(absent))


def find_again(mentions: Iterable[Row], text: str) -> list[Row] | None:
    """Return mentions with offsets into another copy of their text, or None if one can't be found.

    They are looked for in order, and of several places with the words the one is taken that is moved
    most like the mention before, so that the second "IL-6" stays the second.
    """
    at = moved = 0
    found: list[Row] = []
    for row in sorted(mentions, key=lambda row: int(row["start"])):
        expected = int(row["start"]) + moved
        places = _places(row["text"], text, at)
        if not places:
            return None
        start = min(places, key=lambda place: abs(place - expected))
        at, moved = start + len(row["text"]), start - int(row["start"])
        found.append({**row, "start": str(start), "end": str(at)})
    return found


def _places(words: str, text: str, begin: int) -> list[int]:
    places = []
    while (begin := text.find(words, begin)) >= 0:
        places.append(begin)
        begin += 1
    return places


def _claim_words(gold: Gold, pmid: str) -> Iterable[str]:
    """Yield the words of the main slots of a document's claims."""
    for rows in gold.claims.values():
        for row in rows:
            if row["pmid"] == pmid:
                for column, words in row.items():
                    if column.endswith("_text") and row.get(column.replace("_text", "_start")) and words:
                        yield words
