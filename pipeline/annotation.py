"""Article → annotated Doc → findings, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from extractors.loading import ModelError, load_pipeline
from extractors.relations import extract_relations
from extractors.relations.candidates import to_mention
from extractors.types import Mention
from pipeline.errors import UsageError
from pipeline.findings import Findings
from pipeline.records import Article, Rejection


def load_annotator(model: Path | None = None) -> Language:
    """Load the language pipeline.

    Raises
    ------
    UsageError
        If the model folder is unusable.
    """
    try:
        return load_pipeline(model)
    except ModelError as fault:
        raise UsageError(str(fault)) from fault


def annotate(
    nlp: Language, articles: Iterable[Article], batch_size: int = 32
) -> Iterator[tuple[Article, Doc]]:
    """Yield each article with its annotated text, in order."""
    pairs = ((article.text, article) for article in articles)
    for doc, article in nlp.pipe(pairs, as_tuples=True, batch_size=batch_size):
        yield article, doc


def doc_mentions(doc: Doc) -> tuple[Mention, ...]:
    """Return the mentions of an annotated text in order of offset."""
    mentions = [to_mention(span) for span in doc.spans["mentions"]]
    return tuple(sorted(mentions, key=lambda m: (m.start, m.end, m.kind)))


def doc_findings(doc: Doc) -> Findings:
    """Return all that is found in an annotated text."""
    return Findings(doc_mentions(doc), tuple(extract_relations(doc)))


def read_language(
    nlp: Language, articles: list[Article], batch_size: int = 32
) -> Iterator[tuple[Article, Findings | Rejection]]:
    """Yield each article with its findings, or with the reason why it could not be read.

    A batch in which an article fails is done again article by article, so that one bad text costs
    no other. Memory stays flat: strings seen in a batch are forgotten after it.
    """
    with nlp.memory_zone():
        try:
            found = [(article, doc_findings(doc)) for article, doc in annotate(nlp, articles, batch_size)]
        except Exception:
            found = None
        if found is not None:
            yield from found
            return
    for article in articles:
        with nlp.memory_zone():
            outcome: Findings | Rejection
            try:
                outcome = doc_findings(nlp(article.text))
            except Exception as fault:
                reason = f"failed: {type(fault).__name__}: {fault}".splitlines()[0]
                outcome = Rejection(article.source, "", article.pmid, "extract", reason)
        yield article, outcome
