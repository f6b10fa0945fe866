"""Tags and trees, for the sentences that can hold a relation.

Tagger and parser take most of the time that reading a text takes, and relations are read from them alone.
Each sentence is parsed by itself, so that what is found in one doesn't depend on whether its neighbours are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import load_config, load_model
from thinc.types import Ints2d

from extractors.finite_verbs import mend_finite_verbs
from extractors.products import use_numpy_products
from extractors.relations.readable import may_hold_relation

STEPS = ("tok2vec", "transformer", "tagger", "parser")
"""What is used of a pipeline; a model has one of the first two."""
_COPIED: list[int | str] = ["TAG", "HEAD", "DEP"]
_SENTENCES_AT_ONCE = 128


@Language.factory(
    "tamrex_syntax",
    default_config={"model": None, "everything": False},
    requires=["doc.spans", "token.is_sent_start"],
    assigns=["token.tag", "token.dep", "token.head"],
)
def create_syntax(nlp: Language, name: str, model: str | None, everything: bool) -> SyntaxComponent:
    """Make the component.

    Parameters
    ----------
    model
        Folder of a spaCy pipeline with a tagger and a parser.
    everything
        Whether to parse all sentences, also those that can hold no relation.
    """
    if model is None:
        raise ValueError("no model")
    steps = load_config(Path(model) / "config.cfg")["nlp"]["pipeline"]
    inner = load_model(Path(model), vocab=nlp.vocab, exclude=[step for step in steps if step not in STEPS])
    missing = {"tagger", "parser"} - set(inner.pipe_names)
    if missing:
        raise ValueError(f"it has no {' and no '.join(sorted(missing))}")
    use_numpy_products(inner)
    return SyntaxComponent(inner, everything=everything)


class SyntaxComponent:
    """Set tags, heads and dependencies.

    Parameters
    ----------
    model
        A pipeline of a tagger and a parser.
    everything
        Whether to parse all sentences.
    """

    def __init__(self, model: Language, *, everything: bool = False) -> None:
        self.steps: dict[str, Any] = dict(model.pipeline)
        self.everything = everything

    def __call__(self, doc: Doc) -> Doc:
        self.parse([doc], [self._sentences(doc)])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Parse texts, the sentences of a batch together."""
        texts = iter(stream)
        while docs := list(islice(texts, batch_size)):
            self.parse(docs, [self._sentences(doc) for doc in docs])
            yield from docs

    def _sentences(self, doc: Doc) -> list[Span]:
        return list(doc.sents if self.everything else may_hold_relation(doc))

    def parse(self, docs: Sequence[Doc], sentences: Sequence[Sequence[Span]], *, mend: bool = True) -> None:
        """Set tags and trees of sentences.

        Parameters
        ----------
        sentences
            For each document those of its sentences that are to be parsed.
        mend
            Whether to mend the parser's commonest faults (`extractors.finite_verbs`).
        """
        parsed: Any = (_alone(sentence) for own in sentences for sentence in own)
        for step in self.steps.values():
            parsed = step.pipe(parsed, batch_size=_SENTENCES_AT_ONCE)
        for doc, own in zip(docs, sentences, strict=True):
            tree = np.zeros((len(doc), len(_COPIED)), dtype=np.uint64)
            for sentence in own:
                alone = next(parsed)
                if mend:
                    mend_finite_verbs(alone)
                tree[sentence.start : sentence.end] = alone.to_array(_COPIED)
            starts = doc.to_array(["SENT_START"]).reshape(-1, 1)
            doc.from_array(_COPIED, cast("Ints2d", tree))
            # Heads bring sentences with them, a token without one a sentence of its own.
            doc.from_array(["SENT_START"], cast("Ints2d", starts))


def _alone(sentence: Span) -> Doc:
    tokens = list(sentence)
    starts: list[bool | int | None] = [place == 0 for place in range(len(tokens))]
    return Doc(
        sentence.vocab,
        [token.text for token in tokens],
        [bool(token.whitespace_) for token in tokens],
        sent_starts=starts,
    )
