"""`tamrex evaluate`: score a run, compare two, emit and sum up judging sheets."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UsageError
from pipeline.files_whole import write_whole
from pipeline.terminal import OUTPUTS, RunFolder, state

if TYPE_CHECKING:
    from pipeline.evaluation.report import Request

log = logging.getLogger("tamrex")


def evaluate(
    run: RunFolder = None,
    gold: Annotated[
        Path | None, typer.Option(help="A gold folder of your own (default: the shipped ones).")
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(help="Texts that the gold knows (XML, MEDLINE, JSONL): run on them, and score."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only totals of check and even documents; logs the look.")
    ] = False,
    compare: Annotated[Path | None, typer.Option(help="Another run's folder, to compare with.")] = None,
    emit_sheet: Annotated[
        Path | None, typer.Option(help="Write accepted rows to a sheet for curators; keeps its verdicts.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="With --emit-sheet: draw so many rows at random.")
    ] = None,
    judge: Annotated[Path | None, typer.Option(help="Sum up the verdicts of a sheet.")] = None,
    min_precision: Annotated[
        float | None, typer.Option(min=0, max=1, help="End with 4 if resistance precision is lower.")
    ] = None,
    min_recall: Annotated[
        float | None, typer.Option(min=0, max=1, help="End with 4 if resistance recall is lower.")
    ] = None,
    leave_out_changed: Annotated[
        bool, typer.Option("--leave-out-changed", help="Leave out documents whose text is another one.")
    ] = False,
) -> None:
    """Score a run against the gold set that covers it: `dev` and odd documents, with their errors."""
    from pipeline.evaluation.forms import terminal_forms
    from pipeline.evaluation.report import CHECK_LOG, Request, check_run, evaluate_run, hold_gates, no_gold
    from pipeline.places import gold_folder
    from pipeline.running import newest_run

    if judge is not None:
        _judge(judge)
        return
    if rows is not None and emit_sheet is None:
        raise UsageError("--rows goes with --emit-sheet", "--rows", "leave it out")
    if texts is not None:
        request = _with_texts(run, gold, texts, leave_out_changed=leave_out_changed)
    else:
        request = Request(run or newest_run(OUTPUTS), gold=gold, leave_out_changed=leave_out_changed)
    if emit_sheet is not None:
        _emit(request.folder, emit_sheet, rows)
        return
    if check:
        if compare is not None or min_precision is not None or min_recall is not None:
            raise UsageError("--check gives totals only", "--check", "leave the other options out")
        log_file = (gold or gold_folder()) / CHECK_LOG
        for line in check_run(request, log_file, _command(request.folder, gold, texts)):
            state.console.print(line, markup=False, highlight=False)
        return
    values = evaluate_run(replace(request, compare=compare))
    if values is None:
        raise no_gold(request.folder)
    if not state.is_quiet:
        for form in terminal_forms(values):
            state.console.print(form)
        state.console.print(f"written: {request.folder}/evaluation.html", markup=False, highlight=False)
    hold_gates(values, min_precision=min_precision, min_recall=min_recall)


def _command(run: Path, gold: Path | None, texts: Path | None) -> str:
    """Return the command as the log shows it, folders by their names only."""
    words = [f"tamrex evaluate {run.name} --check"]
    words += [f"--gold {gold.name}"] if gold else []
    words += [f"--texts {texts.name}"] if texts else []
    return " ".join(words)


def _with_texts(run: Path | None, gold: Path | None, texts: Path, *, leave_out_changed: bool) -> Request:
    """Join texts with the gold that knows them; run on them unless a run is given."""
    from pipeline.evaluation.report import Request
    from pipeline.evaluation.texts_run import gold_of_texts, run_texts

    joined = gold_of_texts(texts, gold, leave_out_changed=leave_out_changed)
    for line in joined.remarks:
        log.warning(line)
    folder = run or run_texts(joined, OUTPUTS / joined.name, state.settings)
    return Request(folder, gold=gold, texts=joined.articles, coverage=joined.coverage)


def _emit(folder: Path, sheet: Path, most: int | None) -> None:
    from pipeline.evaluation.scoring import read_run
    from pipeline.evaluation.sheets import make_sheet, merge_sheet, read_sheet, sheet_text

    lines = make_sheet(read_run(folder), most=most)
    if sheet.exists():
        lines = merge_sheet(lines, read_sheet(sheet))
    try:
        write_whole(sheet, sheet_text(lines).encode())
    except OSError as fault:
        raise UsageError(
            f"sheet can't be written ({fault.strerror})", str(sheet), "choose another place"
        ) from fault
    stale = sum(bool(line["stale"]) for line in lines)
    state.console.print(
        f"{len(lines) - stale} rows in {sheet}, {stale} stale verdicts kept at its end", markup=False
    )


def _judge(sheet: Path) -> None:
    from pipeline.evaluation.forms import share_words
    from pipeline.evaluation.sheets import judge_sheet, read_sheet
    from pipeline.evaluation.values import share_values

    outcome = judge_sheet(read_sheet(sheet))
    say = state.console.print
    for kind, share in outcome.precision.items():
        say(f"{kind}: right {share_words(share_values(share))}", markup=False, highlight=False)
    for error, count in outcome.errors.items():
        say(f"  {error}: {count}", markup=False)
    for (one, other), (kappa, both) in outcome.kappa.items():
        value = "not defined" if kappa is None else f"{kappa:.2f}"
        say(f"kappa of {one} and {other}: {value} over {both} rows", markup=False, highlight=False)
    say(f"rows without a verdict: {outcome.open_rows}; stale verdicts: {outcome.stale}", markup=False)
