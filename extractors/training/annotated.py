"""Corpora of annotated names as texts with character offsets, each with the types that it marks fully."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from extractors.training.refusal import Refusal


class Entity(NamedTuple):
    """A marked name: `text[start:end]` and its type in the head's scheme."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class AnnotatedText:
    """A document of a corpus; entities are apart and in order."""

    corpus: str
    text: str
    entities: tuple[Entity, ...]


class Source(NamedTuple):
    """A corpus for a head: its file, the splits used, and its types as the head calls them."""

    corpus: str
    splits: tuple[str, ...]
    types: Mapping[str, str]


HEADS: Mapping[str, tuple[Source, ...]] = {
    "chemicals": (
        Source("bc5cdr", ("train", "dev"), {"Chemical": "chemical", "Disease": "disease"}),
        Source(
            "biored",
            ("train", "dev"),
            {"ChemicalEntity": "chemical", "DiseaseOrPhenotypicFeature": "disease"},
        ),
    ),
    "genes": (
        Source("biored", ("train", "dev"), {"GeneOrGeneProduct": "gene"}),
        Source("nlm_gene", ("train",), {"Gene": "gene", "FamilyName": "gene"}),
        Source("gnormplus", ("train",), {"Gene": "gene", "FamilyName": "gene"}),
        Source("bionlp13cg", ("train", "dev"), {"Gene_or_gene_product": "gene"}),
    ),
    "cells": (
        Source("bionlp13cg", ("train", "dev"), {"Cancer": "cancer", "Cell": "cell"}),
        Source("anatem", ("train", "dev"), {"Cancer": "cancer", "Cell": "cell"}),
    ),
}
"""What each recogniser is trained on. All of these corpora may train weights that are shipped."""


def read_head(folder: Path, head: str, refusal: Refusal) -> Iterator[AnnotatedText]:
    """Yield the training texts of a head, refused ones left out, each text once.

    Parameters
    ----------
    folder
        Folder of corpora, with `ner/<corpus>.jsonl.gz`.

    Raises
    ------
    OSError
        If a corpus is missing.
    """
    seen: set[str] = set()
    for source in HEADS[head]:
        with gzip.open(folder / "ner" / f"{source.corpus}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                document = json.loads(line)
                if document["split"] not in source.splits:
                    continue
                text = document["text"]
                title = text[: document["title_len"]] if document.get("title_len") else ""
                ids = (document.get("pmid") or "", document.get("pmcid") or "")
                if refusal.refuses(source.corpus, ids, title) or text in seen:
                    continue
                seen.add(text)
                yield AnnotatedText(source.corpus, text, _outermost(document["entities"], source.types))


def _outermost(rows: list[list[object]], types: Mapping[str, str]) -> tuple[Entity, ...]:
    """Return the wanted entities; of overlapping ones the longest."""
    wanted = [Entity(int(str(s)), int(str(e)), types[str(t)]) for s, e, t, *_ in rows if str(t) in types]
    kept: list[Entity] = []
    for entity in sorted(wanted, key=lambda e: (e.start - e.end, e.start)):
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return tuple(sorted(kept))
