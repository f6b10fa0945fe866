"""A whole run: read sources, read the language, write the folder. Each stage can be restarted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from extractors.loading import pipeline_version
from pipeline.errors import GateError, SourceError, UsageError
from pipeline.executors import read_articles
from pipeline.export.changes import write_changes
from pipeline.export.datapackage import describe_run
from pipeline.export.folder import (
    MANIFEST,
    last_run,
    refused_folder,
    replaced_folder,
    write_findings,
    write_json,
)
from pipeline.gate import hold_gate
from pipeline.model_files import chosen_model
from pipeline.progress import Progress, quiet
from pipeline.records import Article, Rejection, Tally
from pipeline.settings import Settings
from pipeline.sources import deduplicate
from pipeline.stopping import check
from pipeline.store import Store

log = logging.getLogger("tamrex")
READ_BATCH = 500
"""Records saved at once while reading: one transaction a record would be 50 times slower."""


@dataclass
class RunReport:
    """What a run did: counts by stage, what was refused, rows by table, changed claims by table and kind.

    `placed` tells whether the folder stands in its place;
    `changes` is None where they were not asked for, and `score` where no gold covers the run.
    """

    name: str
    folder: Path
    stages: dict[str, Tally] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    placed: bool = False
    changes: dict[str, int] | None = None
    score: dict[str, Any] | None = None


def program_version() -> str:
    """Return the installed version of tamrex."""
    try:
        return version("tamrex")
    except PackageNotFoundError:
        return "0+unknown"


def read_sources(
    store: Store,
    run: str,
    records: Iterable[Article | Rejection],
    *,
    progress: Callable[[str], Progress] = quiet,
) -> tuple[Tally, list[Rejection]]:
    """Put all records of a run into the store; return counts and what was refused.

    What came before a source failed is kept; the `SourceError` is raised after it is saved.
    """
    started = time.monotonic()
    tally, refused, batch = Tally(), [], []
    store.begin_run(run)
    with progress("read") as bar:
        try:
            for record in deduplicate(records):
                tally.taken += 1
                bar.advance()
                if isinstance(record, Rejection):
                    refused.append(record)
                else:
                    batch.append(record)
                if len(batch) >= READ_BATCH:
                    store.add_articles(run, batch)
                    tally.given += len(batch)
                    batch = []
                check()
        finally:
            store.add_articles(run, batch)
            tally.given += len(batch)
    store.end_reading(run)
    tally.rejected, tally.seconds = len(refused), time.monotonic() - started
    _check("read", tally, store.count_articles(run))
    return tally, refused


def read_language_of(
    store: Store,
    run: str,
    settings: Settings,
    *,
    workers: int = 1,
    dask: str = "",
    progress: Callable[[str], Progress] = quiet,
) -> tuple[Tally, list[Rejection]]:
    """Annotate and extract what this version hasn't read yet; return counts and what failed.

    Results are saved a partition at a time, so a run that was stopped goes on from there.
    """
    started = time.monotonic()
    reading = pipeline_version(chosen_model(settings.annotate))
    total = store.count_articles(run)
    refused: list[Rejection] = []
    pending = list(store.pending_pmids(run, reading))
    tally = Tally(taken=total, given=total - len(pending))
    if pending:
        with progress("annotate and extract") as bar:
            bar.expect(len(pending))
            partitions = read_articles(
                store.articles(run, pending),
                model=chosen_model(settings.annotate),
                batch_size=settings.annotate.batch_size,
                workers=workers,
                dask=dask,
            )
            # Closed at once when a stop was asked for, so that workers begin nothing more.
            with closing(partitions):
                for outcomes, failed in partitions:
                    store.add_results(reading, outcomes)
                    refused.extend(failed)
                    tally.given += len(outcomes)
                    bar.advance(len(outcomes) + len(failed))
                    check()
    tally.rejected, tally.seconds = len(refused), time.monotonic() - started
    _check("extract", tally, tally.given)
    return tally, refused


def write_run(
    store: Store,
    report: RunReport,
    settings: Settings,
    *,
    with_changes: bool = False,
    score: Callable[[Path], dict[str, Any] | None] | None = None,
) -> None:
    """Write the tables, the data package and the manifest of a run, and put the folder in place.

    Parameters
    ----------
    with_changes
        Write `changes.csv`, against the run that stands there now.
    score
        Scores the folder before it is put in place.

    Raises
    ------
    GateError
        If much was lost against the run that stands there now; that one stays.
    """
    previous = last_run(report.folder)
    started = time.monotonic()
    reading = pipeline_version(chosen_model(settings.annotate))
    with replaced_folder(report.folder) as folder:
        report.rows = write_findings(
            folder,
            store.findings(report.name, reading),
            report.rejections,
            threshold=settings.extract.threshold,
            with_text=settings.export.text,
            keep_generic=settings.extract.keep_generic,
        )
        report.stages["export"] = Tally(
            taken=report.stages["extract"].given,
            given=report.rows["articles"],
            seconds=time.monotonic() - started,
        )
        _check("export", report.stages["export"], report.rows["articles"])
        write_json(folder / "datapackage.json", describe_run(report.name, with_changes=with_changes))
        write_json(folder / MANIFEST, _manifest(report, settings, reading))
        if with_changes:
            report.changes = write_changes(previous, folder)
        if score is not None:
            report.score = score(folder)
        hold_gate(previous, folder, settings.gate, refused_folder(report.folder))
    report.placed = True
    store.forget_unused()


def export_only(store: Store, report: RunReport, settings: Settings, *, with_changes: bool = False) -> None:
    """Write the folder of a run that is in the store already.

    Raises
    ------
    UsageError
        If nothing of it was read by this version.
    """
    reading = pipeline_version(chosen_model(settings.annotate))
    total = store.count_articles(report.name)
    pending = sum(1 for _ in store.pending_pmids(report.name, reading))
    if total == pending:
        raise UsageError("nothing to export", report.name, "run `tamrex fetch` and `tamrex extract` first")
    report.stages["extract"] = Tally(taken=total, given=total - pending, rejected=pending)
    write_run(store, report, settings, with_changes=with_changes)


def run_all(
    store: Store,
    report: RunReport,
    records: Iterable[Article | Rejection],
    settings: Settings,
    *,
    workers: int = 1,
    dask: str = "",
    with_changes: bool = False,
    score: Callable[[Path], dict[str, Any] | None] | None = None,
    progress: Callable[[str], Progress] = quiet,
) -> None:
    """String the stages together; the folder is written also when a source failed half-way.

    Raises
    ------
    SourceError
        After the folder is written, if a source could not give all that was asked for.
    GateError
        If much was lost against the run that stands at the folder; that one stays.
    """
    failure: SourceError | None = None

    def until_failure() -> Iterator[Article | Rejection]:
        nonlocal failure
        try:
            yield from records
        except SourceError as fault:
            failure = fault
            yield Rejection(fault.where, "", "", "fetch", f"incomplete: {fault}")

    report.stages["read"], refused = read_sources(store, report.name, until_failure(), progress=progress)
    report.rejections.extend(refused)
    log.info("read: %s", _summary(report.stages["read"]))
    report.stages["extract"], failed = read_language_of(
        store, report.name, settings, workers=workers, dask=dask, progress=progress
    )
    report.rejections.extend(failed)
    log.info("annotate and extract: %s", _summary(report.stages["extract"]))
    report.sources["complete"] = failure is None
    try:
        write_run(store, report, settings, with_changes=with_changes, score=score)
    except GateError as fault:
        if failure is None:
            raise
        raise SourceError(f"{failure.what}, and {fault.what}", failure.where, fault.mend) from fault
    log.info("export: %s", _summary(report.stages["export"]))
    if failure is not None:
        raise failure


def _check(stage: str, tally: Tally, given: int) -> None:
    """Raise if records were lost or doubled between the ends of a stage."""
    if tally.taken != tally.given + tally.rejected or tally.given != given:
        raise RuntimeError(
            f"stage {stage} took {tally.taken} records, gave {tally.given} ({given} found) "
            f"and refused {tally.rejected}"
        )


def _summary(tally: Tally) -> str:
    return f"{tally.given} records, {tally.rejected} rejected, {tally.seconds:.1f} s"


def _manifest(report: RunReport, settings: Settings, reading: str) -> dict[str, Any]:
    empty = [name for name, count in report.rows.items() if not count]
    return {
        "name": report.name,
        "finished": True,
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": {
            "tamrex": program_version(),
            "language_pipeline": reading,
            **{package: version(package) for package in ("spacy", "scispacy", "biopython", "pandas")},
        },
        "settings": settings.for_manifest(),
        "sources": report.sources,
        "stages": {stage: asdict(tally) for stage, tally in report.stages.items()},
        "rows": report.rows,
        "empty_tables": dict.fromkeys(empty, "nothing of this kind was found in the records"),
        "rejected": _by_reason(report.rejections),
        "score": "uncalibrated",
    }


def _by_reason(rejections: list[Rejection]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rejection in rejections:
        code = rejection.reason.split(":", 1)[0]
        counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items()))


def newest_run(outputs: Path) -> Path:
    """Return the newest complete run's folder under `outputs`.

    Raises
    ------
    UsageError
        If there is none.
    """
    manifests = [*outputs.glob(f"*/{MANIFEST}"), *outputs.glob(f"*/*/{MANIFEST}")]
    finished = [path for path in manifests if not path.parent.name.startswith(".")]
    if not finished:
        raise UsageError("no finished run", str(outputs), "make one with `tamrex run --input review`")
    return max(finished, key=lambda path: (path.stat().st_mtime_ns, str(path))).parent
