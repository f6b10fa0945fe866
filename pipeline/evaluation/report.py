"""Score a run's folder against the gold that covers it, and write what came out beside its tables."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import GateError, UsageError
from pipeline.evaluation.curve import draw_curves
from pipeline.evaluation.evaluating import (
    CHECK_SPLITS,
    Coverage,
    compare_runs,
    covering_gold,
    refuse_changed_texts,
    score_run,
)
from pipeline.evaluation.forms import html_form, markdown_form, share_words
from pipeline.evaluation.gold_folder import DEV_SPLITS, Row
from pipeline.evaluation.review_gold import PROSE
from pipeline.evaluation.scoring import read_run
from pipeline.evaluation.values import PassageOf, Values, difference_values, score_values
from pipeline.export.folder import MANIFEST
from pipeline.files_whole import write_whole
from pipeline.passages import cut_passage
from pipeline.places import gold_folder
from pipeline.records import Article

CHECK_LOG = "check_log.md"


@dataclass(frozen=True)
class Request:
    """What is asked of an evaluation.

    Attributes
    ----------
    folder
        The run's folder.
    gold
        A gold folder of the user's own; left out, the shipped ones.
    texts
        Texts by document, to show the sentences of missed claims.
    coverage
        Gold that was joined with the texts already, in place of reading it anew.
    compare
        Folder of a second run.
    leave_out_changed
        Drop documents whose text differs from the one that the gold was made on.
    name
        What the run is called; left out, as its folder.
    """

    folder: Path
    gold: Path | None = None
    texts: Mapping[str, Article] = field(default_factory=dict)
    coverage: Coverage | None = None
    compare: Path | None = None
    leave_out_changed: bool = False
    name: str = ""


def evaluate_run(request: Request) -> Values | None:
    """Score a run on `dev` and odd documents, write `evaluation.*` and the curves into its folder.

    Returns
    -------
    dict or None
        What `evaluation.json` holds; None where no gold covers the run.
    """
    run = read_run(request.folder)
    coverage = _coverage(request)
    if coverage.is_empty:
        return None
    values = score_values(
        score_run(run, coverage),
        passage_of=_passages(request.texts),
        **_of_manifest(request.folder),
    )
    if request.compare is not None:
        values["differences"] = difference_values(compare_runs(run, read_run(request.compare), coverage))
    pictures = draw_curves(values)
    title = f"tamrex: evaluation of {request.name or request.folder.name}"
    for name, content in (
        ("evaluation.json", json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n"),
        ("evaluation.md", markdown_form(values).encode()),
        ("evaluation.html", html_form(values, title=title, picture=pictures["png"]).encode()),
        ("pr_curve.png", pictures["png"]),
        ("pr_curve.svg", pictures["svg"]),
    ):
        write_whole(request.folder / name, content)
    return values


def check_run(request: Request, log: Path, command: str) -> list[str]:
    """Return the totals over `check` and even documents and over all, and log the look at them.

    Nothing is written into the run's folder, and no single claim is told.

    Parameters
    ----------
    log
        Markdown file to which date, commit, command and totals are appended.
    command
        What the user ran, for the log.

    Raises
    ------
    UsageError
        If no gold covers the run or the log can't be written.
    """
    run = read_run(request.folder)
    coverage = _coverage(request)
    if coverage.is_empty:
        raise no_gold(request.folder)
    settings = _of_manifest(request.folder)
    version = json.loads((request.folder / MANIFEST).read_text("utf-8"))["versions"]["language_pipeline"]
    lines = []
    for name, splits in (("check and even", CHECK_SPLITS), ("all", CHECK_SPLITS | DEV_SPLITS)):
        scores = score_run(run, coverage, splits)
        values = score_values(scores, passage_of=_passages({}), errors=False, **settings)
        lines += [f"{name}: {line}" for line in _total_lines(values)]
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    entry = f"- {day}, {commit_of(log.parent)}language pipeline {version}, `{command}`\n"
    entry += "".join(f"  - {line}\n" for line in lines)
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(entry)
    except OSError as fault:
        raise UsageError(
            f"the log of such looks can't be written ({fault.strerror})", str(log), "score from a checkout"
        ) from fault
    return lines


def commit_of(folder: Path) -> str:
    """Return `commit <id>, ` of the checkout that a folder lies in, or nothing where there is none."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return f"commit {done.stdout.strip()}, " if done.returncode == 0 else ""


def hold_gates(values: Values, *, min_precision: float | None, min_recall: float | None) -> None:
    """See that resistance claims of every gold set that covers the run reach what is demanded.

    Raises
    ------
    GateError
        If a share is lower, or there is nothing to compute it from.
    """
    for measure, least in (("precision", min_precision), ("recall", min_recall)):
        for gold in values["golds"] if least is not None else ():
            if not gold["kinds"]:
                continue
            share = gold["kinds"]["resistance"]["lines"]["strict"][measure]
            if share["value"] is None or share["value"] < least:
                got = "nothing to compute it from" if share["value"] is None else f"{share['value']:.3f}"
                raise GateError(
                    f"{measure} of resistance claims is below {least:g}", gold["name"], f"it is {got}"
                )


def _coverage(request: Request) -> Coverage:
    if request.coverage is not None:
        return request.coverage
    run = read_run(request.folder)
    coverage = covering_gold(run, request.gold)
    return refuse_changed_texts(run, coverage, leave_out=request.leave_out_changed)


def no_gold(folder: Path) -> UsageError:
    """Return the fault of a run that no gold covers."""
    return UsageError(
        "no gold covers this run", str(folder), "run the source `review`, or give --gold or --texts"
    )


def _of_manifest(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return {
        "threshold": manifest["settings"]["extract"]["threshold"],
        "calibrated": manifest["score"] == "calibrated",
    }


def _passages(texts: Mapping[str, Article]) -> PassageOf:
    """Return how a gold claim's sentences are found: the review's own text is bundled."""
    review: list[str] = []

    def passage_of(gold: str, row: Row) -> str:
        if gold == PROSE:
            if not review:
                review.append((gold_folder() / "review" / "review.txt").read_text("utf-8"))
            return cut_passage(review[0], row.get("passage_spans", ""))
        article = texts.get(row["pmid"])
        return cut_passage(article.text, row.get("passage_spans", "")) if article else ""

    return passage_of


def _total_lines(values: Values) -> Iterator[str]:
    for gold in values["golds"]:
        for kind, scores in gold["kinds"].items():
            line = scores["lines"]["strict"]
            if not line["precision"]["whole"] and not line["recall"]["whole"]:
                continue
            direction = "" if kind == "interventions" else f", direction {share_words(line['direction'])}"
            yield (
                f"{gold['name']} ({gold['documents']} documents), {kind}: precision "
                f"{share_words(line['precision'])}, recall {share_words(line['recall'])}{direction}"
            )
        for table in gold["tables"]:
            rows = table["rows"]
            yield (
                f"{gold['name']}, Table {table['table']}: rows right {share_words(rows['right'])}, "
                f"found {share_words(rows['found'])}"
            )
        if gold["mentions"]:
            total = gold["mentions"]["kinds"]["all"]
            yield (
                f"{gold['name']}, mentions: precision {share_words(total['precision'])}, recall "
                f"{share_words(total['recall'])}, linked right {share_words(total['linked'])}"
            )
