"""A spaCy component that marks names by the trained recogniser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.recognition.reader import Reader
from extractors.recognition.terms import TermMatcher, shipped_matcher
from extractors.recognition.weights import SUFFIX, read_weights

NAMES_MODEL = Path(__file__).parents[1] / "models" / "names"
RECOGNISED = "recognised"
"""Key of `doc.spans` for what the recogniser marks, in its own types; spans of two heads may overlap."""


class RecogniserComponent:
    """Fill `doc.spans["recognised"]`."""

    def __init__(self, reader: Reader, matcher: TermMatcher) -> None:
        self._reader = reader
        self._matcher = matcher

    def __call__(self, doc: Doc) -> Doc:
        self._mark([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Mark the names of texts, a batch at once."""
        texts = iter(stream)
        while docs := list(islice(texts, batch_size)):
            self._mark(docs)
            yield from docs

    def _mark(self, docs: Sequence[Doc]) -> None:
        words = [[token.text for token in doc] for doc in docs]
        found = self._reader.find([(own, self._matcher.tags(own)) for own in words])
        for doc, heads in zip(docs, found, strict=True):
            doc.spans[RECOGNISED] = [
                Span(doc, name.start, name.end, label=name.type) for names in heads for name in names
            ]


@cache
def shipped_reader(folder: Path = NAMES_MODEL) -> Reader:
    """Return a reader with the shipped heads (read once a process).

    Raises
    ------
    OSError, ValueError
        If the folder holds none, or damaged ones.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no weights; install tamrex again")
    return Reader([read_weights(path) for path in paths])


@Language.factory("tamrex_recogniser", assigns=["doc.spans"])
def create_recogniser(nlp: Language, name: str) -> RecogniserComponent:
    """Make the component."""
    return RecogniserComponent(shipped_reader(), shipped_matcher())
