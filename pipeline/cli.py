"""The command line: parse options, call a stage, print."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
from rich.console import Console

from pipeline.cli_evaluate import evaluate
from pipeline.cli_gold import gold_app
from pipeline.cli_models import kb, train, train_scorer
from pipeline.errors import TamrexError, UsageError
from pipeline.progress import on_console, quiet
from pipeline.settings import load_settings
from pipeline.terminal import OUTPUTS, RunFolder, state

if TYPE_CHECKING:
    from pipeline.running import RunReport
    from pipeline.sources import Asked

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
log = logging.getLogger("tamrex")

NOTICE = (
    "Text-mined from abstracts; not medical advice. Data from PubMed come courtesy of the U.S. National "
    "Library of Medicine; see https://www.ncbi.nlm.nih.gov/home/about/policies/ for NCBI's disclaimer and "
    "copyright notice."
)

Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", help="A file, a folder, or `review`, `references`, `pubmed`, `baseline:PLACE`."),
]
Query = Annotated[str | None, typer.Option(help="A PubMed query (alone it means --input pubmed).")]
Pmids = Annotated[Path | None, typer.Option(help="A file of PMIDs, one a line, # for comments.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the run (default: outputs/<source>).")]
Limit = Annotated[int | None, typer.Option(min=1, help="Read at most so many records.")]
Kept = Annotated[
    bool, typer.Option("--kept", help="Read what PubMed gave last time for this request; ask it nothing.")
]
Update = Annotated[
    bool,
    typer.Option(
        "--update", help="Ask PubMed for what is new or revised since the last run; write changes.csv."
    ),
]
Workers = Annotated[int, typer.Option(min=1, help="Processes that read the language.")]
Dask = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS|local", help="Read on a Dask cluster, or on a local one of --workers processes."
    ),
]


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        values = {"time": stamp, "level": record.levelname, "message": record.getMessage()}
        if hasattr(record, "exit_code"):
            values["exit_code"] = record.exit_code
        return json.dumps(values, ensure_ascii=False)


@app.callback(epilog=NOTICE)
def tamrex(
    config: Annotated[
        Path | None, typer.Option(help="Settings file (default: tamrex.toml if present).")
    ] = None,
    verbose: Annotated[int, typer.Option("-v", count=True, help="Say more; -vv shows tracebacks.")] = 0,
    is_quiet: Annotated[bool, typer.Option("-q", help="Say nothing but errors.")] = False,
    log_format: Annotated[str, typer.Option(help="`text` or `json`.")] = "text",
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (or set NO_COLOR).")] = False,
) -> None:
    """Evidence from PubMed on macrophages and drug resistance."""
    state.verbose, state.is_quiet = verbose, is_quiet
    if log_format not in ("text", "json"):
        raise UsageError(f"unknown log format {log_format!r}", "--log-format", "valid are text, json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if log_format == "json" else logging.Formatter("%(message)s"))
    log.handlers[:] = [handler]
    log.setLevel(logging.ERROR if is_quiet else logging.DEBUG if verbose else logging.INFO)
    state.console = Console(no_color=True if no_color or os.environ.get("NO_COLOR") else None, soft_wrap=True)
    state.settings = load_settings(config)


@app.command(epilog="Example: tamrex run --input review")
def run(
    input: Inputs = None,
    query: Query = None,
    pmids: Pmids = None,
    out: Out = None,
    limit: Limit = None,
    workers: Workers = 1,
    dask: Dask = "",
    kept: Kept = False,
    update: Update = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Write a folder of its own by time, and keep the last so many.")
    ] = None,
) -> None:
    """Run all stages: read, annotate, extract, collate, export, and score where gold covers the input."""
    from pipeline.batch import Order, run_order

    order = Order(_asked(input, query, pmids, limit, kept, update), out, keep, workers, dask)
    progress = quiet if state.is_quiet else on_console(Console(stderr=True))
    run_order(order, state.settings, OUTPUTS, progress=progress, tell=_tell_run)


@app.command(epilog="Example: tamrex fetch --query 'macrophages AND cisplatin'")
def fetch(
    input: Inputs = None,
    query: Query = None,
    pmids: Pmids = None,
    limit: Limit = None,
    kept: Kept = False,
    update: Update = False,
) -> None:
    """Read records into the store and stop."""
    from pipeline.batch import alone
    from pipeline.running import read_sources

    records, name, _ = _records(_asked(input, query, pmids, limit, kept, update))
    with alone(state.settings) as store:
        tally, refused = read_sources(store, name, records)
    _tell_stage(name, "in the store", tally.given, refused)


@app.command(epilog="Example: tamrex extract --input review")
def extract(
    input: Inputs = None, query: Query = None, pmids: Pmids = None, workers: Workers = 1, dask: Dask = ""
) -> None:
    """Annotate and extract what `fetch` put into the store and this version hasn't read, and stop."""
    from pipeline.batch import alone
    from pipeline.running import read_language_of

    _, name, _ = _records(_asked(input, query, pmids))
    with alone(state.settings) as store:
        tally, refused = read_language_of(store, name, state.settings, workers=workers, dask=dask)
    _tell_stage(name, "read", tally.given, refused)


@app.command(epilog="Example: tamrex annotate --input review")
def annotate(
    input: Inputs = None, query: Query = None, pmids: Pmids = None, workers: Workers = 1, dask: Dask = ""
) -> None:
    """The same as `extract`: texts are annotated and read for claims in one pass."""
    extract(input, query, pmids, workers, dask)


@app.command(epilog="Example: tamrex export --input review --out outputs/mine")
def export(
    input: Inputs = None, query: Query = None, pmids: Pmids = None, out: Out = None, update: Update = False
) -> None:
    """Write the tables of what `extract` found."""
    from pipeline.batch import alone
    from pipeline.running import RunReport, export_only

    _, name, described = _records(_asked(input, query, pmids))
    report = RunReport(name=name, folder=out or OUTPUTS / name, sources=described)
    with alone(state.settings) as store:
        export_only(store, report, state.settings, with_changes=update)
    _tell_run(report)


def _tell_stage(name: str, done: str, given: int, refused: list[Any]) -> None:
    for rejection in refused:
        log.warning(
            "rejected: %s %s: %s", rejection.source, rejection.place or rejection.pmid, rejection.reason
        )
    if not state.is_quiet:
        state.console.print(f"{name}: {given} records {done}, {len(refused)} rejected", markup=False)


def _asked(
    inputs: list[str] | None,
    query: str | None,
    pmids: Path | None,
    limit: int | None = None,
    kept: bool = False,
    update: bool = False,
) -> Asked:
    from pipeline.sources import Asked

    return Asked(inputs or (), query, pmids, limit, from_kept=kept, update=update)


def _records(asked: Asked) -> tuple[Any, str, dict[str, Any]]:
    """Open the sources that the options name; return records, the run's name and its description."""
    from pipeline.batch import open_kept

    return open_kept(asked, state.settings)


def _tell_run(report: RunReport) -> None:
    from pipeline.asking import first_claims
    from pipeline.evaluation.forms import terminal_forms

    say = state.console.print
    if state.is_quiet:
        return
    say(f"Tables are in {report.folder}/", markup=False)
    for name, count in report.rows.items():
        say(f"  {name}.csv: {count} rows", markup=False)
    if report.changes is not None:
        say(f"  changes.csv: {sum(report.changes.values())} claims", markup=False)
    for line in first_claims(report.folder, 5):
        say(line)
    for form in terminal_forms(report.score, short=True) if report.score else ():
        say(form)


app.command(epilog="Example: tamrex evaluate outputs/review --min-precision 0.9")(evaluate)
app.add_typer(gold_app, name="gold")
app.command(epilog="Example: tamrex kb --lexica data/lexica")(kb)
app.command(epilog="Example: tamrex train --corpora data/corpora --out models")(train)
app.command("train-scorer", epilog="Example: tamrex train-scorer --texts abstracts.jsonl.gz")(train_scorer)


@app.command(epilog="Example: tamrex find --mediator CCL2 --drug tamoxifen")
def find(
    run: RunFolder = None,
    mediator: Annotated[str | None, typer.Option(help="Name or id of the mediator or molecule.")] = None,
    drug: Annotated[str | None, typer.Option(help="Name or id of the drug.")] = None,
    population: Annotated[str | None, typer.Option(help="Name or id of the macrophage population.")] = None,
    cancer: Annotated[str | None, typer.Option(help="Name or id of the cancer.")] = None,
    effect: Annotated[str | None, typer.Option(help="`promotes` or `reverses`.")] = None,
    macrophage_only: Annotated[bool, typer.Option(help="Only rows with a macrophage population.")] = False,
) -> None:
    """Answer from a run's evidence: rows with their sentences."""
    from pipeline.asking import Question, find_evidence
    from pipeline.running import newest_run

    question = Question(mediator, drug, population, cancer, effect, macrophage_only)
    count = 0
    for line in find_evidence(run or newest_run(OUTPUTS), question):
        state.console.print(line)
        count += 1
    if not count:
        log.info("nothing found")


@app.command(epilog="Example: tamrex explain 0123456789abcdef")
def explain(evidence_id: str, run: RunFolder = None) -> None:
    """Tell why a row is there: sentence, mentions, pattern, score and what it is made of."""
    from pipeline.asking import explain_evidence
    from pipeline.running import newest_run
    from pipeline.store import Store

    path = state.settings.store.path
    with Store(path) if path.is_file() else nullcontext() as store:
        for line in explain_evidence(run or newest_run(OUTPUTS), evidence_id, store):
            state.console.print(line)


@app.command(epilog="Example: tamrex doctor")
def doctor() -> None:
    """Check the installation: models, vocabularies, e-mail for Entrez, store."""
    from pipeline.doctor import examine

    failed = 0
    for well, what in examine(state.settings):
        state.console.print(f"{'ok  ' if well else 'BAD '} {what}", markup=False)
        failed += not well
    if failed:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; a fault is one line on stderr and the documented exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except TamrexError as fault:
        _tell_fault(fault, str(fault), fault.exit_code)
    except click.ClickException as fault:
        _tell_fault(fault, fault.format_message(), 2)
    except (KeyboardInterrupt, click.Abort) as fault:
        _tell_fault(fault, "stopped; all finished work is saved", 130)
    except BrokenPipeError:
        # The reader of our output went away (`tamrex find | head`); Python would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (OSError, sqlite3.OperationalError) as fault:
        where = f": {name}" if (name := getattr(fault, "filename", None)) else ""
        what = getattr(fault, "strerror", None) or str(fault)
        mend = "make room or choose another place, and run again: all finished work is saved"
        _tell_fault(fault, f"reading or writing failed ({what}){where}; {mend}", 2)
    except Exception as fault:
        if hasattr(fault, "format_message"):  # Typer carries a click of its own
            _tell_fault(fault, fault.format_message(), 2)
        _tell_fault(fault, f"internal fault ({type(fault).__name__}: {fault}); -vv shows where", 1)


def _tell_fault(fault: BaseException, words: str, code: int) -> None:
    settings = getattr(state, "settings", None)
    hide = settings.entrez.hide_key if settings is not None else str
    if state.verbose >= 2:
        print(hide("".join(traceback.format_exception(fault))), file=sys.stderr)
    line = hide(" ".join(words.split()))
    if any(isinstance(handler.formatter, _JsonLines) for handler in log.handlers):
        log.error("%s", line, extra={"exit_code": code})
    else:
        print(f"tamrex: {line}", file=sys.stderr)
    sys.exit(code)
