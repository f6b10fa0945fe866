"""Texts of a user's own joined with the gold that knows them, and a run over just these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.evaluation.evaluating import SHIPPED, Coverage
from pipeline.evaluation.gold_folder import read_gold, read_own_gold
from pipeline.evaluation.texts import join_texts
from pipeline.locking import only_run
from pipeline.places import gold_folder
from pipeline.records import Article
from pipeline.running import RunReport, run_all
from pipeline.settings import GateSettings, Settings
from pipeline.sources.files import open_file
from pipeline.store import Store


@dataclass(frozen=True)
class GoldTexts:
    """Texts that gold knows.

    Attributes
    ----------
    name
        Of the run that is made of them: the gold's own.
    remarks
        What the user should know: documents whose copy differs, or for which there is no text.
    """

    name: str
    articles: dict[str, Article]
    coverage: Coverage
    remarks: tuple[str, ...]


def gold_of_texts(path: Path, folder: Path | None, *, leave_out_changed: bool) -> GoldTexts:
    """Read texts from a file and keep those that the gold knows.

    Parameters
    ----------
    path
        PubMed XML, MEDLINE text or JSON lines, plain or gzipped.
    folder
        A gold folder; left out, the shipped ones with identifiers of PubMed.

    Raises
    ------
    UsageError
        If no text is known, or one differs in its words from the one that the gold was made on.
    """
    folders = [folder] if folder else [f for name in SHIPPED if (f := gold_folder() / name).is_dir()]
    golds = [read_own_gold(each) if each == folder else read_gold(each) for each in folders]
    wanted = frozenset(pmid for gold in golds for pmid in gold.documents)
    articles: dict[str, Article] = {}
    for record in open_file(path, {}, hash_now=False):
        if isinstance(record, Article) and record.pmid in wanted:
            articles.setdefault(record.pmid, record)
    joined = [join_texts(gold, articles) for gold in golds if gold.documents.keys() & articles.keys()]
    if not joined:
        raise UsageError("texts and gold share no document", str(path), "give texts that the gold knows")
    changed = sorted(pmid for j in joined for pmid in j.changed)
    if changed and not leave_out_changed:
        raise UsageError(
            "text does not match its hash in the gold, and its mentions can't be found again",
            f"{path}, document {', '.join(changed[:5])}{' …' if len(changed) > 5 else ''}",
            "give the text that was annotated, or add --leave-out-changed",
        )
    remarks = []
    for j in joined:
        for what, pmids in (
            ("copy differs, mentions found again by their words", j.moved),
            ("copy differs, left out", j.changed),
            ("no text, not scored", j.absent),
        ):
            if pmids:
                listed = ", ".join(pmids[:5]) + (" …" if len(pmids) > 5 else "")
                remarks.append(f"{j.gold.name}: {len(pmids)} documents: {what}: {listed}")
    coverage = Coverage(tuple(j.gold for j in joined))
    name = joined[0].gold.name if len(joined) == 1 else "gold"
    known = frozenset(pmid for j in joined for pmid in j.gold.documents)
    return GoldTexts(name, {p: a for p, a in articles.items() if p in known}, coverage, tuple(remarks))


def run_texts(texts: GoldTexts, folder: Path, settings: Settings) -> Path:
    """Run all stages over these texts and return the run's folder."""

    def records() -> Iterator[Article]:
        yield from texts.articles.values()

    report = RunReport(name=texts.name, folder=folder, sources={"sources": [{"name": "gold texts"}]})
    # A lower score is what an evaluation is there to tell.
    ungated = settings.model_copy(update={"gate": GateSettings(counts_drop=1.0, precision_drop=1.0)})
    with only_run(settings.store.path), Store(settings.store.path) as store:
        run_all(store, report, records(), ungated)
    return report.folder
