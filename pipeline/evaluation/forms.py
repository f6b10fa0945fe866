"""Scores for people: rows for the terminal, Markdown, and one self-contained page of HTML.

All are made from the plain values of `values`, so that they say the same.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from rich.text import Text

from pipeline.evaluation.values import Values

_HERE = Path(__file__).parent
TEMPLATE = "page.html.j2"
LINE_HEADER = ("kind", "line", "precision", "recall", "F1", "direction")
TABLE_HEADER = ("table", "rows right", "rows found", "facts right", "facts found", "facts right, relaxed")
MENTION_HEADER = ("mentions", "precision", "recall", "F1", "linked right")
RELIABILITY_HEADER = ("kind", "mean score", "share right", "claims")
SLOT_HEADER = ("slot", "precision", "recall")
DIFFERENCE_HEADER = ("kind", "measure", "difference", "95% interval", "p")


def share_words(share: Values) -> str:
    """Return a share as words: `0.91 [0.85, 0.96] 91/100`, with `too few` below 50 items."""
    if share["value"] is None:
        return f"– 0/{share['whole']}" if share["whole"] else "–"
    interval = "" if share["low"] is None else f" [{share['low']:.2f}, {share['high']:.2f}]"
    few = ", too few" if share["too_few"] else ""
    return f"{share['value']:.2f}{interval} {share['part']}/{share['whole']}{few}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def line_rows(gold: Values) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a gold set; a line with nothing to score is left out, the main one never."""
    for kind, values in gold["kinds"].items():
        for name, line in values["lines"].items():
            if name == "strict" or line["precision"]["whole"] or line["recall"]["whole"]:
                shares = [share_words(line[measure]) for measure in ("precision", "recall", "direction")]
                direction = "–" if kind == "interventions" else shares[2]
                yield kind, name, shares[0], shares[1], _number(line["f1"]), direction


def table_rows(gold: Values) -> Iterator[tuple[str, ...]]:
    """Yield the review's tables over this source."""
    for table in gold["tables"]:
        rows, facts = table["rows"], table["facts"]
        cells = (rows["right"], rows["found"], facts["right"], facts["found"], facts["relaxed"])
        yield f"Table {table['table']}", *map(share_words, cells)


def label_words(gold: Values) -> Iterator[str]:
    """Yield, by table, how many facts of each direction are right."""
    for table in gold["tables"]:
        if table["by_label"]:
            parts = (f"{label} {right} of {whole}" for label, (right, whole) in table["by_label"].items())
            yield f"Table {table['table']}, facts right by direction: {', '.join(parts)}"


def mention_rows(gold: Values) -> Iterator[tuple[str, ...]]:
    """Yield the kinds of mentions."""
    for name, kind in (gold["mentions"] or {"kinds": {}})["kinds"].items():
        yield (
            name,
            share_words(kind["precision"]),
            share_words(kind["recall"]),
            _number(kind["f1"]),
            share_words(kind["linked"]),
        )


def slot_rows(gold: Values) -> Iterator[tuple[str, ...]]:
    """Yield the slots of right claims."""
    for kind, values in gold["kinds"].items():
        for name, slot in values["slots"].items():
            if slot["precision"]["whole"] or slot["recall"]["whole"]:
                yield f"{kind}: {name}", share_words(slot["precision"]), share_words(slot["recall"])


def reliability_rows(gold: Values) -> Iterator[tuple[str, ...]]:
    """Yield, by tenths of the score, what the score says against what is right."""
    for kind, values in gold["kinds"].items():
        for group in values["reliability"]:
            yield kind, f"{group['score']:.2f}", f"{group['right']:.2f}", str(group["claims"])


def reason_words(gold: Values) -> Iterator[str]:
    """Yield, by kind, what was found that must not be, and how often each reason for an error stands."""
    for kind, values in gold["kinds"].items():
        if values["must_not"]:
            yield f"{kind}, found though it must not be: {share_words(values['must_not'])}"
        for what, counts in values["reasons"].items():
            if counts:
                yield f"{kind}, {what}: " + ", ".join(f"{reason} {n}" for reason, n in counts.items())


def difference_rows(kinds: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the differences of two runs on one gold set."""
    for kind, measures in kinds.items():
        for measure, found in measures.items():
            if found is not None and not (kind == "interventions" and measure == "direction"):
                interval = f"[{found['low']:+.3f}, {found['high']:+.3f}]"
                yield kind, measure, f"{found['value']:+.3f}", interval, f"{found['p']:.3f}"


def terminal_forms(values: Values, *, short: bool = False) -> Iterator[Text]:
    """Yield tables and lines for the terminal; short ones leave slots, mentions and reasons out."""
    for gold in values["golds"]:
        absent = f", {gold['absent']} not in the run" if gold["absent"] else ""
        yield Text(f"{gold['name']}: {gold['documents']} documents{absent}", style="bold")
        if gold["kinds"]:
            lines = line_rows(gold)
            yield _grid(LINE_HEADER, (row for row in lines if row[1] == "strict") if short else lines)
        if gold["tables"]:
            yield _grid(TABLE_HEADER, table_rows(gold))
        if short:
            continue
        for header, rows in (
            (SLOT_HEADER, slot_rows(gold)),
            (RELIABILITY_HEADER, reliability_rows(gold)),
            (MENTION_HEADER, mention_rows(gold)),
        ):
            listed = list(rows)
            if listed:
                yield _grid(header, listed)
        for words in (*label_words(gold), *reason_words(gold)):
            yield Text(words)
        if gold["name"] in values.get("differences", {}):
            yield Text("the other run less this one", style="bold")
            yield _grid(DIFFERENCE_HEADER, difference_rows(values["differences"][gold["name"]]))


def _grid(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Text:
    """Return columns of words; lines are as long as they are, since a file or a pipe has no width."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    words = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    grid = Text("\n".join(line.rstrip() for line in words))
    grid.stylize("italic", 0, len(words[0]))
    return grid


def markdown_form(values: Values) -> str:
    """Return the whole evaluation as Markdown."""
    words = ["# Evaluation", ""]
    if not values["calibrated"]:
        words += ["The score of this run is not calibrated: its reliability says how far off it is.", ""]
    for gold in values["golds"]:
        words += [f"## {gold['name']} ({gold['documents']} documents)", ""]
        if gold["absent"]:
            words += [f"{gold['absent']} documents of the gold are not in the run and do not count.", ""]
        words += _markdown_table(LINE_HEADER, line_rows(gold))
        for header, rows in (
            (TABLE_HEADER, table_rows(gold)),
            (SLOT_HEADER, slot_rows(gold)),
            (RELIABILITY_HEADER, reliability_rows(gold)),
            (MENTION_HEADER, mention_rows(gold)),
        ):
            words += _markdown_table(header, rows)
        listed = [f"- {line}" for line in (*label_words(gold), *reason_words(gold))]
        words += [*listed, ""] if listed else []
        if gold["name"] in values.get("differences", {}):
            words += ["The other run less this one:", ""]
            words += _markdown_table(DIFFERENCE_HEADER, difference_rows(values["differences"][gold["name"]]))
        words += _markdown_errors(gold)
    return "\n".join(words).rstrip() + "\n"


def _markdown_errors(gold: Values) -> list[str]:
    words: list[str] = []
    for kind, values in gold["kinds"].items():
        for what in ("misses", "faults"):
            if values.get(what):
                words += [f"### {kind}: {what}", ""]
                words += [
                    f"- {error['pmid']}: {' – '.join(error['names'])} ({' '.join(error['labels'])}): "
                    f"{error['reason']}"
                    for error in values[what]
                ]
                words.append("")
    for table in gold["tables"]:
        if table.get("missed"):
            words += [f"### Table {table['table']}: rows missed", ""]
            words += [
                f"- row {row['row']}: {'; '.join(' – '.join(fact) for fact in row['facts'])}: {row['reason']}"
                for row in table["missed"]
            ]
            words.append("")
    return words


def _markdown_table(header: Iterable[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    names = list(header)
    body = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    if not body:
        return []
    return [f"| {' | '.join(names)} |", "|" + " --- |" * len(names), *body, ""]


def html_form(values: Values, *, title: str, picture: bytes) -> str:
    """Return one page that needs no other file: scores, curve, and errors that open their sentences.

    Parameters
    ----------
    picture
        The curves as PNG.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pieces"] = _pieces
    environment.filters["link"] = article_link
    return environment.get_template(TEMPLATE).render(
        title=title,
        values=values,
        sections=[
            (LINE_HEADER, line_rows),
            (TABLE_HEADER, table_rows),
            (SLOT_HEADER, slot_rows),
            (RELIABILITY_HEADER, reliability_rows),
            (MENTION_HEADER, mention_rows),
        ],
        reasons=reason_words,
        directions=label_words,
        differences=difference_rows,
        difference_header=DIFFERENCE_HEADER,
        picture=base64.b64encode(picture).decode("ascii"),
    )


def _pieces(error: Values) -> Iterator[tuple[str, str]]:
    """Cut a passage into runs of words with the slot that they fill, if any."""
    at = 0
    for start, end, slot in error["places"]:
        yield error["passage"][at:start], ""
        yield error["passage"][start:end], slot
        at = end
    yield error["passage"][at:], ""


def article_link(pmid: str) -> str:
    """Return the address of a PubMed record; empty for ids that are none."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid.isdecimal() else ""
