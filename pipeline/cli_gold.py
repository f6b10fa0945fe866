"""`tamrex gold`: check, resolve, fetch and show the gold set."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import UsageError
from pipeline.terminal import state

log = logging.getLogger("tamrex")
gold_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The gold set itself.")

Folder = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A gold folder (default: the shipped).")]


@gold_app.command(epilog="Example: tamrex gold check")
def check(folder: Folder = None) -> None:
    """See that every file, id, reference, number and correction of a gold set is sound."""
    from pipeline.curation.checking import check_gold
    from pipeline.places import gold_folder

    place = folder or gold_folder()
    if not place.is_dir():
        raise UsageError("gold folder does not exist", str(place), "give a folder with documents.csv")
    faults = check_gold(place)
    for fault in faults:
        log.error("gold: %s", fault)
    if faults:
        raise UsageError(f"the gold set has {len(faults)} faults", str(place), "mend the lines told above")
    state.console.print(f"gold is sound: {place}", markup=False)


@gold_app.command(epilog="Example: tamrex gold show t2-14")
def show(row: str, folder: Folder = None) -> None:
    """Show a row beside its printed form, its corrections and its sentences."""
    from pipeline.curation.showing import show_row
    from pipeline.places import gold_folder

    for line in show_row(folder or gold_folder(), row):
        state.console.print(line)


@gold_app.command(epilog="Example: tamrex gold resolve")
def resolve(
    folder: Folder = None,
    again: Annotated[bool, typer.Option("--again", help="Ask anew, also where an answer is kept.")] = False,
) -> None:
    """Look up the PMIDs of the review's references by ECitMatch; conflicts are told, none overwritten."""
    from pipeline.curation.resolving import resolve_references
    from pipeline.places import gold_folder
    from pipeline.sources.entrez import EntrezClient

    outcome = resolve_references(
        (folder or gold_folder()) / "review", EntrezClient(state.settings.entrez), again=again
    )
    for conflict in outcome.conflicts:
        log.warning("conflict: %s", conflict)
    state.console.print(
        f"{outcome.asked} citations asked, {outcome.found} found, {outcome.kept} kept from before, "
        f"{len(outcome.conflicts)} conflicts",
        markup=False,
    )


@gold_app.command(epilog="Example: tamrex gold fetch --out gold_texts.jsonl")
def fetch(
    folder: Folder = None,
    out: Annotated[Path, typer.Option(help="File for the texts, JSON lines.")] = Path("gold_texts.jsonl"),
) -> None:
    """Get the texts that the gold was made on from PubMed, by PMID or DOI, for `evaluate --texts`."""
    from pipeline.curation.fetching import fetch_texts
    from pipeline.places import gold_folder
    from pipeline.sources.entrez import EntrezClient

    outcome = fetch_texts(folder or gold_folder(), EntrezClient(state.settings.entrez), out)
    for line in outcome.remarks:
        log.warning(line)
    state.console.print(f"{outcome.texts} texts in {out}, {outcome.missing} not found", markup=False)
