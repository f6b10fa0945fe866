"""A row of the gold set beside its printed form, its corrections and its sentences."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from pipeline.errors import UsageError
from pipeline.evaluation.gold_folder import read_rows
from pipeline.evaluation.kinds import KINDS
from pipeline.gold_tables import CURATED_TABLES, PRINTED_TABLES
from pipeline.passages import coloured_passage, cut_passage

_TABLE_ROW = re.compile(r"(?:t|table)\s*([1-4])[-. ](\d+)(?:-\d+)?$", re.IGNORECASE)
Row = dict[str, str]


def show_row(folder: Path, name: str) -> Iterator[Text]:
    """Yield lines on one row of the gold.

    Parameters
    ----------
    folder
        The gold set.
    name
        A row of a printed table (`t2-14`, `table 2 14`), or the id of a claim of any file.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    match = _TABLE_ROW.match(name.strip())
    if match:
        yield from _show_table_row(folder / "review", int(match[1]), match[2])
        return
    for path in sorted(folder.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if "claim_id" not in (reader.fieldnames or ()):
                continue
            for row in reader:
                if row["claim_id"] == name:
                    yield from _show_claim(path, row)
                    return
    raise UsageError("no such row in the gold", name, "give a row such as t2-14, or a claim's id")


def _show_table_row(folder: Path, table: int, number: str) -> Iterator[Text]:
    printed = next(
        (r for _, r in read_rows(folder / f"table{table}_printed.csv", ()) if r["row"] == number), None
    )
    if printed is None:
        raise UsageError("no such row in the gold", f"table {table} row {number}", "see gold/README.md")
    facts = [r for _, r in read_rows(folder / f"table{table}_curated.csv", ()) if r["row"] == number]
    corrections = {
        r["column"]: r
        for _, r in read_rows(folder / "corrections.csv", ())
        if (r["table"], r["row"]) == (str(table), number)
    }
    yield Text(f"Table {table}, row {number}", "bold")
    for column in PRINTED_TABLES[table - 1].header[1:]:
        line = Text(f"  {column}: {printed[column] or '(blank)'}")
        if column in corrections:
            correction = corrections[column]
            said = "doubtful" if correction["kind"] == "doubtful" else f"reads: {correction['curated']}"
            line.append(f"\n    {said} ({correction['kind']}: {correction['evidence']})", "yellow")
        yield line
    references = {r for fact in facts for r in fact["reference"].split("|") if r}
    slots = [c.name for c in CURATED_TABLES[table - 1].columns if c.name not in printed]
    for fact in facts:
        yield Text(f"{fact['claim_id']}{' (optional)' if fact['optional'] == 'true' else ''}", "bold")
        for slot in slots:
            if fact[slot] and slot not in ("claim_id", "optional"):
                yield Text(f"  {slot}: {fact[slot]}")
    yield from _show_reference(folder, references)


def _show_reference(folder: Path, numbers: set[str]) -> Iterator[Text]:
    for _, row in read_rows(folder / "references.csv", ()):
        if row["number"] in numbers:
            yield Text(f"reference {row['number']}: {row['authors']} {row['title']} ({row['year']})")
    text = (folder / "review.txt").read_text("utf-8")
    for _, row in read_rows(folder / "passages.tsv", (), delimiter="\t"):
        if row["id"].removeprefix("review:") in numbers:
            words = text[int(row["start"]) : int(row["end"])]
            yield Text(f"{row['id']}, {row['start']}-{row['end']}: {' '.join(words.split())}")


def _show_claim(path: Path, row: Row) -> Iterator[Text]:
    yield Text(f"{path.parent.name}/{path.name}: {row['claim_id']}", "bold")
    for column, cell in row.items():
        if cell and column != "claim_id":
            yield Text(f"  {column}: {cell}")
    if path.parent.name == "review" and row.get("passage_spans"):
        yield coloured_passage(row, _review_passage(path, row))
    kind = next((k for k in KINDS if k.name == path.stem), None)
    if kind is not None and row["pmid"].isdecimal():
        yield Text(f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/")


def _review_passage(path: Path, row: Row) -> str:
    if path.stem == "title_claims":
        number = row["pmid"].removeprefix("reference:")
        for _, reference in read_rows(path.with_name("references.csv"), ()):
            if reference["number"] == number:
                return reference["title"]
        return ""
    return cut_passage(path.with_name("review.txt").read_text("utf-8"), row["passage_spans"])
