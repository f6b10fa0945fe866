"""A whole run as it is scheduled: alone over its store, from sources to a folder put in place whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.evaluation.report import Request, evaluate_run
from pipeline.export.folder import dated_folder, keep_newest
from pipeline.locking import only_run
from pipeline.progress import Progress, quiet
from pipeline.room import refuse_lack_of_room
from pipeline.running import RunReport, run_all
from pipeline.settings import Settings
from pipeline.sources import Asked, open_sources
from pipeline.sources.files import Record
from pipeline.sources.kept_pages import KeptPages
from pipeline.sources.parsed_files import ParsedFiles
from pipeline.stopping import stops_between_records
from pipeline.store import Store

log = logging.getLogger("tamrex")


@dataclass(frozen=True)
class Order:
    """What is asked of a run.

    Attributes
    ----------
    asked
        Its sources.
    out
        Its folder; left out, one under `outputs` named after the sources.
    keep
        Write a folder of its own by time below that one, and keep the last so many.
    workers
        Processes that read the language.
    dask
        Address of a Dask scheduler, or `local`; see `pipeline.executors.read_articles`.
    """

    asked: Asked
    out: Path | None = None
    keep: int | None = None
    workers: int = 1
    dask: str = ""


@contextmanager
def alone(settings: Settings) -> Iterator[Store]:
    """Hold the store alone, and let signals end the work only where nothing is lost.

    Raises
    ------
    LockedError
        If another run holds it.
    UsageError
        If it can't be written or its disk is full.
    """
    path = settings.store.path
    with only_run(path), stops_between_records():
        refuse_lack_of_room(path.parent)
        with Store(path) as store:
            yield store


def open_kept(asked: Asked, settings: Settings) -> tuple[Iterator[Record], str, dict[str, Any]]:
    """Open sources with what is kept of PubMed's answers and of bulk files beside the store.

    Raises
    ------
    UsageError
        As `open_sources` does.
    """
    path = settings.store.path
    pages, parsed = path.with_suffix(".pages.sqlite"), path.with_suffix(".bulk.sqlite")
    return open_sources(asked, settings, KeptPages(pages), ParsedFiles(parsed))


def run_order(
    order: Order,
    settings: Settings,
    outputs: Path,
    *,
    progress: Callable[[str], Progress] = quiet,
    tell: Callable[[RunReport], None] = lambda report: None,
) -> RunReport:
    """Run all stages, score the tables where gold covers them, and put the folder in place.

    Parameters
    ----------
    outputs
        Where folders of runs are made if the order names none.
    tell
        Called with the report once the folder is in place, also when a source failed.

    Raises
    ------
    UsageError, SourceError, GateError, LockedError, StopAskedError
        As the command line tells them by its exit codes.
    """
    records, name, described = open_kept(order.asked, settings)
    folder = order.out or outputs / name
    place = folder if order.keep is None else dated_folder(folder)
    report = RunReport(name=name, folder=place, sources=described)
    refuse_lack_of_room(place.parent)
    with alone(settings) as store:
        try:
            run_all(
                store,
                report,
                records,
                settings,
                workers=order.workers,
                dask=order.dask,
                with_changes=order.asked.update,
                score=lambda fresh: evaluate_run(Request(fresh, name=place.name)),
                progress=progress,
            )
        finally:
            if report.placed:
                if order.keep is not None:
                    keep_newest(folder, order.keep)
                tell(report)
                log.info("%s", summary(report))
    return report


def summary(report: RunReport) -> str:
    """Return a run in one line, fit for the subject of a mail."""
    rows = report.rows
    parts = [f"{rows['articles']} records"]
    for entry in report.sources.get("sources", ()):
        if "since" in entry:
            parts.append("{new} new, {revised} revised, {withdrawn} withdrawn".format(**entry))
    parts.append(f"{rows['claims']} claims, {rows['tam_resistance']} of resistance with macrophages")
    if report.changes is not None:
        parts.append("{added} added, {changed} changed, {removed} removed".format(**report.changes))
    if rows["rejected"]:
        parts.append(f"{rows['rejected']} rejected")
    if not report.sources.get("complete", True):
        parts.append("NOT COMPLETE")
    seconds = sum(tally.seconds for tally in report.stages.values())
    return f"{report.name}: {'; '.join(parts)}; {seconds:.0f} s; {report.folder}"
