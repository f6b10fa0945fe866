"""A spaCy component that marks names by the trained recogniser."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pycrfsuite
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.recognition.features import token_features
from extractors.recognition.terms import TermMatcher, shipped_matcher

NAMES_MODEL = Path(__file__).parents[1] / "models" / "names"
RECOGNISED = "recognised"
"""Key of `doc.spans` for what the recogniser marks, in its own types; spans of two heads may overlap."""
_SUFFIX = ".crf.gz"


class Found(NamedTuple):
    """A name in a sequence of tokens: `words[start:end]`, its type."""

    start: int
    end: int
    type: str


class Head:
    """One trained CRF."""

    def __init__(self, path: Path) -> None:
        self._tagger: Any = pycrfsuite.Tagger()
        # The tagger keeps a pointer into these bytes.
        self._bytes = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        self._tagger.open_inmemory(self._bytes)

    def find(self, items: Any) -> list[Found]:
        """Return the names in a sequence of features."""
        return read_labels(self._tagger.tag(items))


def read_labels(labels: Sequence[str]) -> list[Found]:
    """Return the names that labels mark: `B-gene`, `I-gene`, `O`, also ends (`E-gene`), singles (`S-gene`).

    >>> read_labels(["O", "B-gene", "I-gene", "B-gene", "O", "S-drug", "B-drug", "E-drug"])[1:3]
    [Found(start=3, end=4, type='gene'), Found(start=5, end=6, type='drug')]
    """
    found: list[Found] = []
    start: int | None = None
    kind = ""
    for place, label in enumerate([*labels, "O"]):
        if start is not None and label not in (f"I-{kind}", f"E-{kind}"):
            found.append(Found(start, place, kind))
            start = None
        if label != "O" and start is None:
            start, kind = place, label[2:]
        if start is not None and label[0] in "ES":
            found.append(Found(start, place + 1, kind))
            start = None
    return found


def with_ends(labels: Sequence[str]) -> list[str]:
    """Return the same names with their ends and singles told apart.

    >>> with_ends(["O", "B-gene", "I-gene", "B-gene"])
    ['O', 'B-gene', 'E-gene', 'S-gene']
    """
    marked = ["O"] * len(labels)
    for start, end, kind in read_labels(labels):
        marked[start:end] = [f"I-{kind}"] * (end - start)
        marked[end - 1] = f"E-{kind}"
        marked[start] = f"S-{kind}" if end - start == 1 else f"B-{kind}"
    return marked


class RecogniserComponent:
    """Fill `doc.spans["recognised"]`."""

    def __init__(self, heads: Sequence[Head], matcher: TermMatcher) -> None:
        self._heads = heads
        self._matcher = matcher

    def __call__(self, doc: Doc) -> Doc:
        words = [token.text for token in doc]
        spans = []
        if words:
            items = pycrfsuite.ItemSequence(token_features(words, self._matcher.tags(words)))
            for head in self._heads:
                spans += [Span(doc, f.start, f.end, label=f.type) for f in head.find(items)]
        doc.spans[RECOGNISED] = spans
        return doc


@cache
def shipped_heads(folder: Path = NAMES_MODEL) -> tuple[Head, ...]:
    """Return the shipped heads (read once a process).

    Raises
    ------
    FileNotFoundError
        If the folder holds none.
    """
    paths = sorted(folder.glob(f"*{_SUFFIX}"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no weights; install tamrex again")
    return tuple(Head(path) for path in paths)


@Language.factory("tamrex_recogniser", assigns=["doc.spans"])
def create_recogniser(nlp: Language, name: str) -> RecogniserComponent:
    """Make the component."""
    return RecogniserComponent(shipped_heads(), shipped_matcher())
