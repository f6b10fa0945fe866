"""Our recogniser against scispaCy's published scores: same corpora, same splits, same metric.

The corpora are the tokenised ones that scispaCy's models were trained on (Crichton et al., BMC Bioinformatics
2017, 18:368), in their own schemes; the metric is F1 over exact spans and types of the official test part.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from extractors.recognition.reader import Found, Reader, read_labels
from extractors.recognition.terms import TermMatcher
from extractors.recognition.weights import SUFFIX, read_weights
from extractors.training.names import Labelled, Settings, train_head
from extractors.training.refusal import Refusal


class Benchmark(NamedTuple):
    """A corpus, scispaCy's published F1 on its test part (in percent), and how we train on it."""

    corpus: str
    published: float
    settings: Settings


BENCHMARKS = (
    Benchmark("bc5cdr_iob", 84.28, Settings(iterations=60, ends=True)),
    Benchmark("bionlp13cg_iob", 77.84, Settings(iterations=100)),
    Benchmark("jnlpba_iob", 72.06, Settings(iterations=12, algorithm="ap", ends=True)),
)
"""Published scores: scispaCy's documentation, models `en_ner_*_md`. Settings were chosen on the dev parts."""


class Outcome(NamedTuple):
    """Counts over the test part: right, found, marked; and how many training texts were refused."""

    right: int
    found: int
    marked: int
    refused: int

    @property
    def f1(self) -> float:
        """F1 in percent."""
        return 200 * self.right / (self.found + self.marked) if self.found + self.marked else 0.0


def run_benchmark(
    benchmark: Benchmark,
    corpora: Path,
    matcher: TermMatcher,
    refusal: Refusal,
    *,
    parts: tuple[str, ...] = ("train", "dev"),
    test: str = "test",
) -> Outcome:
    """Train on `parts` of a corpus and score on another.

    Training sentences whose document is refused (a document of the test part above all) are left out.
    """
    refused = 0
    training: list[Labelled] = []
    testing: list[Labelled] = []
    for split, ids, sentence in _sentences(corpora / "ner" / f"{benchmark.corpus}.jsonl.gz"):
        if split in parts:
            if refusal.refuses(benchmark.corpus, ids):
                refused += 1
            else:
                training.append(sentence)
        if split == test:
            testing.append(sentence)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"benchmark{SUFFIX}"
        train_head(training, matcher, path, settings=benchmark.settings)
        reader = Reader([read_weights(path)])
    right = found = marked = 0
    for words, labels in testing:
        ours = set(reader.find([(words, matcher.tags(words))])[0][0])
        theirs: set[Found] = set(read_labels(labels))
        right += len(ours & theirs)
        found += len(ours)
        marked += len(theirs)
    return Outcome(right, found, marked, refused)


def _sentences(path: Path) -> Iterator[tuple[str, tuple[str, ...], Labelled]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            values = json.loads(line)
            ids = tuple(str(values[name]) for name in ("pmid", "pmcid") if values.get(name))
            yield values["split"], ids, Labelled(values["text"].split(" "), values["bio"])
