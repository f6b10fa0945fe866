"""Is the gold set sound? Every file against its columns, every id, reference, number and correction."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from extractors.normalisation import fold
from pipeline.errors import UsageError
from pipeline.evaluation.gold_folder import SPLITS, read_gold
from pipeline.evaluation.identity import is_known
from pipeline.gold_tables import (
    CLAIM_TABLES,
    CORRECTION_KINDS,
    CORRECTIONS,
    CURATED_TABLES,
    DOCUMENTS,
    MENTIONS,
    MUST_NOT,
    PRINTED_TABLES,
    PROSE_CLAIMS,
    TITLE_CLAIMS,
)
from pipeline.tables import Table

Row = dict[str, str]
_NCT = re.compile(r"NCT\d{8}")
_IDS = re.compile(r"(_|^)id$")
_NO_CONCEPT = frozenset(("claim_id", "trial_ids"))
_LISTS = {
    "optional": ("true", "false"),
    "negated": ("true", "false"),
    "speculated": ("true", "false"),
    "effect": ("promotes", "reverses", ""),
    "basis": ("functional", "association", ""),
    "relation": ("secretes", "expresses", "polarised_by", "recruited_by", "inhibited_by", "targets", ""),
    "effect_on_macrophages": (
        "depletes",
        "blocks_recruitment",
        "repolarises_to_m1",
        "inhibits_m2_polarisation",
        "promotes_m2",
        "blocks_signal",
        "delivers_by_macrophage",
        "none",
        "other",
        "",
    ),
    "effect_on_tumour": (
        "sensitises",
        "overcomes_resistance",
        "inhibits_tumour",
        "immune_activation",
        "none",
        "worsens",
        "unknown",
        "",
    ),
    "parity": ("odd", "even"),
    "split": tuple(sorted(SPLITS)),
}
_ROLES = frozenset(("source", "recipient", "mediator", "context"))
_ROWS = {1: 5, 2: 41, 3: 4, 4: 24}
"""Printed rows of the four tables."""


def check_gold(folder: Path) -> list[str]:
    """Return the faults of the shipped gold set, or of one gold folder; an empty list if it is sound.

    Parameters
    ----------
    folder
        A folder with `documents.csv`, or one that holds `review` and such folders.

    Raises
    ------
    UsageError
        If there is no gold in the folder.
    """
    if (folder / "documents.csv").is_file():
        return list(_check_folder(folder))
    if not (folder / "review").is_dir():
        raise UsageError("no gold in the folder", str(folder), "it must hold documents.csv, or review/")
    faults = list(_check_review(folder / "review"))
    for part in sorted(path.parent for path in folder.glob("*/documents.csv")):
        faults += _check_folder(part)
    return faults


def _check_folder(folder: Path) -> Iterator[str]:
    try:
        gold = read_gold(folder)
    except UsageError as fault:
        yield str(fault)
        return
    for table in (DOCUMENTS, *CLAIM_TABLES, MENTIONS, MUST_NOT):
        path = folder / f"{table.name}.csv"
        if path.is_file():
            yield from _check_schema(path, table, whole=False)
            yield from _check_rows(path, _rows(path))
    for pmid, document in gold.documents.items():
        if document.sha256 and not re.fullmatch(r"[0-9a-f]{64}", document.sha256):
            yield f"{folder / 'documents.csv'}: {pmid}: sha256 is {document.sha256!r}"
    yield from _check_pairs(folder, {kind: list(rows) for kind, rows in gold.claims.items()})


def _check_pairs(folder: Path, claims: Mapping[str, list[Any]]) -> Iterator[str]:
    """Two claims of a document that say the same are one too many."""
    keys: Mapping[str, Callable[[Row], tuple[str, ...]]] = {
        "resistance": lambda r: (_key(r, "mediator"), _key(r, "drug"), r["effect"]),
        "macrophage": lambda r: (_key(r, "population"), _key(r, "molecule"), r["relation"], r["toward"]),
        "interventions": lambda r: (_key(r, "agent"), r["effect_on_macrophages"], _key(r, "target")),
    }
    for kind, rows in claims.items():
        seen: dict[tuple[str, ...], str] = {}
        for row in rows:
            key = (row["pmid"], *keys[kind](row), row["negated"])
            if key in seen:
                yield f"{folder.name}/{kind}: {row['claim_id']} says the same as {seen[key]}"
            seen[key] = row["claim_id"]


def _key(row: Row, slot: str) -> str:
    return row[f"{slot}_id"] or fold(row[f"{slot}_name"] or row[f"{slot}_text"]).lower()


_REVIEW_FILES = (*PRINTED_TABLES, CORRECTIONS, *CURATED_TABLES, PROSE_CLAIMS, TITLE_CLAIMS)


def _check_review(folder: Path) -> Iterator[str]:
    lacking = [
        f"{table.name}.csv: lacks the column {name!r}"
        for table in _REVIEW_FILES
        for name in table.header
        if name not in _header(folder / f"{table.name}.csv")
    ]
    yield from lacking
    if lacking:
        return
    for table in _REVIEW_FILES:
        yield from _check_schema(folder / f"{table.name}.csv", table)
    text = (folder / "review.txt").read_text("utf-8")
    references = {row["number"]: row for row in _rows(folder / "references.csv")}
    pseudo = {row["id"]: row["parity"] for row in _rows(folder / "passages.tsv", "\t")}
    for table, known, words in (
        (PROSE_CLAIMS, frozenset(pseudo), text),
        (TITLE_CLAIMS, frozenset(f"reference:{number}" for number in references), None),
    ):
        path = folder / f"{table.name}.csv"
        rows = _rows(path)
        yield from _check_rows(path, rows)
        for row in rows:
            if row["pmid"] not in known:
                yield f"{path.name}: {row['claim_id']}: no document {row['pmid']!r}"
            elif words is None:
                number = row["pmid"].removeprefix("reference:")
                yield from _check_places(path, row, references[number]["title"])
            else:
                yield from _check_places(path, row, words)
        by_kind: dict[str, list[Row]] = {kind: [] for kind in ("resistance", "macrophage", "interventions")}
        for row in rows:
            by_kind.get(row["kind"], []).append(row)
        yield from (fault.replace(folder.name, path.stem, 1) for fault in _check_pairs(folder, by_kind))
    yield from _check_printed(folder, frozenset(references))


def _check_places(path: Path, row: Row, text: str) -> Iterator[str]:
    """Offsets must slice to the words that stand beside them."""
    for column, words in row.items():
        if column.endswith("_text") and row.get(column.replace("_text", "_start")):
            start = int(row[column.replace("_text", "_start")])
            end = int(row[column.replace("_text", "_end")])
            if text[start:end] != words:
                yield f"{path.name}: {row['claim_id']}: {column} {words!r} is not at {start}-{end}"


def _check_printed(folder: Path, references: frozenset[str]) -> Iterator[str]:
    corrections = _rows(folder / "corrections.csv")
    mended: dict[tuple[str, str], Row] = {}
    columns: dict[str, list[str]] = {}
    for number, table in enumerate(PRINTED_TABLES, 1):
        path = folder / f"{table.name}.csv"
        rows = _rows(path)
        if len(rows) != _ROWS[number]:
            yield f"{path.name}: {len(rows)} rows, Table {number} has {_ROWS[number]}"
        columns[str(number)] = table.header
        for row in rows:
            mended[str(number), row["row"]] = dict(row)
    for correction in corrections:
        where = f"corrections.csv: table {correction['table']} row {correction['row']} {correction['column']}"
        cells = mended.get((correction["table"], correction["row"]))
        if cells is None or correction["column"] not in cells:
            yield f"{where}: no such cell"
            continue
        if correction["kind"] not in CORRECTION_KINDS:
            yield f"{where}: unknown kind {correction['kind']!r}"
        if cells[correction["column"]] != correction["printed"]:
            yield f"{where}: printed is not what the table prints"
        if not correction["evidence"]:
            yield f"{where}: no evidence"
        if (correction["kind"] == "doubtful") != (correction["curated"] == correction["printed"]):
            yield f"{where}: a doubtful cell stays as printed, every other one changes"
        cells[correction["column"]] = correction["curated"]
    for number, table in enumerate(CURATED_TABLES, 1):
        path = folder / f"{table.name}.csv"
        rows = _rows(path)
        yield from _check_rows(path, rows)
        for row in rows:
            for column in columns[str(number)][1:]:
                if row[column] != mended[str(number), row["row"]][column]:
                    yield f"{path.name}: {row['claim_id']}: {column} is not printed plus corrections"
            for reference in filter(None, row["reference"].split("|")):
                if reference not in references:
                    yield f"{path.name}: {row['claim_id']}: no reference {reference!r}"
        for missing in sorted({r for t, r in mended if t == str(number)} - {row["row"] for row in rows}):
            yield f"{path.name}: row {missing} of the table has no fact"


def _check_rows(path: Path, rows: list[Row]) -> Iterator[str]:
    """What must hold of a cell whatever its row: labels, ids that exist, trial numbers."""
    for row in rows:
        name = f"{path.name}: {row.get('claim_id') or row['pmid']}"
        for column, cell in row.items():
            if column in _LISTS and cell not in _LISTS[column]:
                yield f"{name}: unknown {column} {cell!r}"
            if _IDS.search(column) and column not in _NO_CONCEPT:
                for curie in filter(None, cell.split("|")):
                    if not is_known(curie):
                        yield f"{name}: unknown id {curie!r} in {column}"
        if not set(filter(None, row.get("population_role", "").split("|"))) <= _ROLES:
            yield f"{name}: unknown population_role {row['population_role']!r}"
        for column in ("trial_ids", "trial"):
            for trial in filter(None, row.get(column, "").split("|")):
                if not _NCT.fullmatch(trial):
                    yield f"{name}: {trial!r} is no NCT number"


def _check_schema(path: Path, table: Table, *, whole: bool = True) -> Iterator[str]:
    """See with frictionless that a file has its columns, types and a unique key.

    Parameters
    ----------
    whole
        The file must have all columns in order; a user's own may lack some or have more.
    """
    from frictionless import Dialect, Resource, Schema, formats

    header = _header(path)
    columns = table.columns if whole else [c for c in table.columns if c.name in header]
    descriptor = {
        "fields": [
            {
                "name": column.name,
                "type": column.type,
                **({"trueValues": ["true"], "falseValues": ["false"]} if column.type == "boolean" else {}),
            }
            for column in columns
        ],
        "missingValues": [""],
        **({} if whole else {"fieldsMatch": "subset"}),
        **({"primaryKey": list(table.key)} if table.key and whole else {}),
    }
    resource = Resource(
        path=path.name,
        basepath=str(path.parent),
        schema=Schema.from_descriptor(descriptor),
        dialect=Dialect(controls=[formats.CsvControl(delimiter=",")]),
    )
    report = resource.validate()
    for row_number, field, message in report.flatten(["rowNumber", "fieldName", "message"]):
        place = f" line {row_number}" if row_number else ""
        yield f"{path.name}{place}: {' '.join(str(message).split())}" + (f" ({field})" if field else "")


def _header(path: Path) -> list[str]:
    return next(csv.reader(io.StringIO(_read(path), newline="")), [])


def _rows(path: Path, delimiter: str = ",") -> list[Row]:
    return [dict(row) for row in csv.DictReader(io.StringIO(_read(path), newline=""), delimiter=delimiter)]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError("gold file can't be read", str(path), "see that it is there and is UTF-8") from fault
