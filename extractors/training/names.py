"""Train the recogniser: a linear-chain CRF for each head, over whole texts in our own tokens.

Features are those of `extractors.recognition.features`, training is CRFsuite's.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pycrfsuite
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokens import Doc

from extractors.recognition.features import token_features
from extractors.recognition.reader import with_ends
from extractors.recognition.terms import TermMatcher
from extractors.recognition.weights import Weights, write_weights
from extractors.tokenizer import create_biomedical_tokenizer
from extractors.training.annotated import AnnotatedText, Entity

OUTSIDE = "O"
_TRANSITION = re.compile(r"^  \(1\) (\S+) --> (\S+): (-?\d+\.\d+)$", re.MULTILINE)
_STATE = re.compile(r"^  \(0\) (.*?) --> (\S+): (-?\d+\.\d+)$", re.MULTILINE | re.DOTALL)


class Labelled(NamedTuple):
    """A text in tokens with a label each (`B-gene`, `I-gene`, `O`)."""

    words: list[str]
    labels: list[str]


def blank_pipeline() -> Language:
    """Return a pipeline with our tokeniser and nothing else."""
    nlp = English()
    nlp.tokenizer = create_biomedical_tokenizer()(nlp)
    return nlp


def label_texts(nlp: Language, texts: Iterable[AnnotatedText]) -> Iterator[Labelled]:
    """Yield texts in our tokens; a token is inside a name that covers most of it."""
    for text in texts:
        doc = nlp.make_doc(text.text)
        yield Labelled([token.text for token in doc], token_labels(doc, text.entities))


def token_labels(doc: Doc, entities: Sequence[Entity]) -> list[str]:
    """Return a label for each token of a text."""
    labels = [OUTSIDE] * len(doc)
    for entity in entities:
        inside = [
            token.i
            for token in doc
            if min(token.idx + len(token), entity.end) - max(token.idx, entity.start) > len(token) / 2
        ]
        for number, place in enumerate(inside):
            labels[place] = f"{'I' if number else 'B'}-{entity.type}"
    return labels


class Settings(NamedTuple):
    """How a CRF is trained, by CRFsuite.

    Attributes
    ----------
    algorithm
        `lbfgs` (with elastic net, weights `l1` and `l2`) or `ap` (averaged perceptron).
    ends
        Whether ends and singles have labels of their own.
    """

    iterations: int = 80
    algorithm: str = "lbfgs"
    ends: bool = False
    l1: float = 0.1
    l2: float = 0.2


DEFAULT = Settings()


def train_head(
    texts: Iterable[Labelled], matcher: TermMatcher, path: Path, *, settings: Settings = DEFAULT
) -> None:
    """Train a CRF and write its weights to `path`; the same texts in the same order give the same weights."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select(settings.algorithm)
    penalties = {"c1": settings.l1, "c2": settings.l2} if settings.algorithm == "lbfgs" else {}
    trainer.set_params({"max_iterations": settings.iterations, **penalties})
    for text in texts:
        labels = with_ends(text.labels) if settings.ends else text.labels
        trainer.append(token_features(text.words, matcher.tags(text.words)), labels)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.crf"
        trainer.train(str(model))
        write_weights(_weights_of(model), path)


def _weights_of(model: Path) -> Weights:
    """Take the weights out of CRFsuite's own file, by way of its dump."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model))
    dumped = model.with_suffix(".txt")
    tagger.dump(str(dumped))
    text = dumped.read_text("utf-8")
    # Features may hold line breaks: such a token has some.
    head, _, features = text.partition("STATE_FEATURES = {")
    labels = tuple(tagger.labels())
    place = {label: number for number, label in enumerate(labels)}
    transitions = np.zeros((len(labels), len(labels)))
    for before, after, weight in _TRANSITION.findall(head.partition("TRANSITIONS = {")[2]):
        transitions[place[before], place[after]] = float(weight)
    weights: dict[str, list[float]] = {}
    for feature, label, weight in _STATE.findall(features):
        weights.setdefault(feature, [0.0] * len(labels))[place[label]] = float(weight)
    return Weights(labels, transitions, weights)
