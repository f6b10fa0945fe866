"""The stages of tamrex, in the order data flows; knows nothing of linguistics.

The public Python interface: `extract` for texts in memory, `run` for a whole run, `evaluate` for its
score, `Article` for records of one's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from extractors.types import THRESHOLD
from pipeline.records import Article

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Article", "EvidenceTables", "evaluate", "extract", "run"]


class EvidenceTables(NamedTuple):
    """The three evidence tables; columns as in the CSV files of the same names."""

    resistance: pd.DataFrame
    macrophage: pd.DataFrame
    interventions: pd.DataFrame


def extract(texts: Iterable[str | Article], *, threshold: float = THRESHOLD) -> EvidenceTables:
    """Extract evidence from texts or articles in memory.

    Parameters
    ----------
    texts
        Articles, or plain texts (title, a line break, abstract; or a sentence), which get the ids
        `text:1`, `text:2` …
    threshold
        Score from which a row is `accepted`.

    Returns
    -------
    EvidenceTables
        One row a claim and passage, sorted by PMID and offset; no row at all gives empty tables with
        all columns.
    """
    import pandas as pd

    from pipeline.annotation import annotate, doc_findings, load_annotator
    from pipeline.evidence import Evidence
    from pipeline.tables import EVIDENCE_TABLES

    nlp = load_annotator()
    rows: dict[str, list[Evidence]] = {table.name: [] for table in EVIDENCE_TABLES}
    articles = (_as_article(text, number) for number, text in enumerate(texts, 1))
    for article, doc in annotate(nlp, articles):
        for relation in doc_findings(doc).relations:
            rows[relation.kind].append(Evidence(article, relation, relation.score >= threshold))
    frames = {}
    for table in EVIDENCE_TABLES:
        evidence = sorted(rows[table.name], key=Evidence.sort_key)
        frames[table.name] = pd.DataFrame([e.row() for e in evidence], columns=table.header)
    return EvidenceTables(**frames)


def _as_article(text: str | Article, number: int) -> Article:
    if isinstance(text, Article):
        return text
    from pipeline.records import compose_article

    title, _, abstract = text.partition("\n")
    if not abstract:
        title, abstract = "", title
    return compose_article(f"text:{number}", title, [("", abstract)])


def run(
    inputs: list[str] | None = None,
    *,
    query: str | None = None,
    pmids: Path | None = None,
    out: Path | None = None,
    limit: int | None = None,
    workers: int = 1,
    update: bool = False,
) -> Path:
    """Run all stages and return the run's folder; the same as `tamrex run`, with settings from `tamrex.toml`.

    Raises
    ------
    UsageError, SourceError, GateError, LockedError
        As `tamrex run` tells them (exit codes 2 to 5).
    """
    from pipeline.batch import Order, run_order
    from pipeline.settings import load_settings
    from pipeline.sources import Asked

    order = Order(Asked(inputs or (), query, pmids, limit, update=update), out, workers=workers)
    return run_order(order, load_settings(), Path("outputs")).folder


def evaluate(folder: Path, gold: Path | None = None) -> dict[str, Any]:
    """Score a run and return what `evaluation.json` holds; empty where no shipped gold covers the run.

    Parameters
    ----------
    gold
        A gold folder of one's own in the documented format (`gold/README.md`).
    """
    from pipeline.evaluation.report import Request, evaluate_run

    return evaluate_run(Request(folder, gold=gold)) or {}
