"""Read texts with CRFs: the best sequence of labels (Viterbi), for all heads and a batch of texts at once.

Gives what CRFsuite gives with the same weights; in Python it spends most of its time on handing over
features by name, which here are summed once for each word and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.recognition.features import PARTS, Part, part_features, token_parts
from extractors.recognition.weights import Weights

_KEPT_PARTS = 150_000
_APART = -1e9
"""From a label of one head to one of another: never."""


class Found(NamedTuple):
    """A name in a sequence of tokens: `words[start:end]`, its type."""

    start: int
    end: int
    type: str


class Reader:
    """Labels texts with several heads."""

    def __init__(self, heads: Sequence[Weights]) -> None:
        self._blocks: list[tuple[int, int]] = []
        at = 0
        for head in heads:
            self._blocks.append((at, at + len(head.labels)))
            at += len(head.labels)
        self._labels = [label for head in heads for label in head.labels]
        self._transitions = np.full((at, at), _APART)
        names = {name for head in heads for name in head.features}
        # Row 0 is for what has no weight; behind the features' rows are those of parts met so far.
        self._features: dict[Part, int] = {name: row for row, name in enumerate(["", *sorted(names)])}
        self._table = np.zeros((len(names) + 1 + _KEPT_PARTS, at))
        for (start, end), head in zip(self._blocks, heads, strict=True):
            self._transitions[start:end, start:end] = head.transitions
            rows = [self._features[name] for name in head.features]
            if rows:
                self._table[rows, start:end] = list(head.features.values())
        self._rows = dict(self._features)

    def find(self, texts: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]]) -> list[list[list[Found]]]:
        """Return for each text and each head the names that it finds.

        Parameters
        ----------
        texts
            Words, and for each word its terms (`TermMatcher.tags`).
        """
        lengths = np.array([len(words) for words, _ in texts], dtype=int)
        longest = int(lengths.max(initial=0))
        if not longest:
            return [[[] for _ in self._blocks] for _ in texts]
        scores = np.zeros((longest, len(texts), len(self._labels)))
        for number, (words, terms) in enumerate(texts):
            scores[: len(words), number] = self._scores(token_parts(words, terms))
        paths = self._best_paths(scores, lengths)
        return [
            [read_labels([self._labels[i] for i in path[: len(words), number]]) for path in paths]
            for number, (words, _) in enumerate(texts)
        ]

    def _scores(self, parts: list[Part]) -> NDArray[np.float64]:
        """Return the score of each label for each token."""
        if len(self._rows) + len(parts) > len(self._table):
            self._rows = dict(self._features)
        known = self._rows.get
        rows = []
        for part in parts:
            row = known(part)
            if row is None:
                # A single feature has weights or it hasn't: pairs of words are mostly new.
                row = 0 if isinstance(part, str) else self._row(part)
            rows.append(row)
        summed: NDArray[np.float64] = self._table[rows].reshape(-1, PARTS, len(self._labels)).sum(axis=1)
        return summed

    def _row(self, part: Part) -> int:
        features = [self._features.get(feature, 0) for feature in part_features(part)]
        row = len(self._rows)
        if row == len(self._table):
            self._table = np.concatenate((self._table, np.zeros_like(self._table)))
        self._table[row] = self._table[features].sum(axis=0)
        self._rows[part] = row
        return row

    def _best_paths(self, scores: NDArray[np.float64], lengths: NDArray[np.int_]) -> list[NDArray[np.intp]]:
        """Return for each head the best label of each place and text; places behind a text's end are idle."""
        count = scores.shape[2]
        same = np.broadcast_to(np.arange(count), scores.shape[1:])
        came_from = np.zeros(scores.shape, dtype=np.intp)
        best = scores[0]
        for place in range(1, len(scores)):
            ways = best[:, :, None] + self._transitions
            before = ways.argmax(axis=1)
            reached = np.take_along_axis(ways, before[:, None], axis=1)[:, 0] + scores[place]
            goes_on = (place < lengths)[:, None]
            best = np.where(goes_on, reached, best)
            came_from[place] = np.where(goes_on, before, same)
        paths = []
        texts = np.arange(scores.shape[1])
        for start, end in self._blocks:
            path = np.zeros(scores.shape[:2], dtype=np.intp)
            path[-1] = start + best[:, start:end].argmax(axis=1)
            for place in range(len(scores) - 1, 0, -1):
                path[place - 1] = came_from[place, texts, path[place]]
            paths.append(path)
        return paths


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
