"""Sheets on which curators judge rows of a run, and what their verdicts come to.

A line is one curator's verdict on one row. When a sheet is written again from a later run, verdicts stay: a
row that no longer says the same, or that is gone, is marked in `stale` and no longer counts.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.evaluation.forms import article_link
from pipeline.evaluation.gold_folder import Row, read_rows
from pipeline.evaluation.kinds import KINDS, Kind
from pipeline.evaluation.scores import Share, share_of
from pipeline.evaluation.scoring import RunTables

VERDICTS = ("right", "wrong", "unsure")
ERROR_KINDS = (
    "no relation",
    "wrong link",
    "wrong relation",
    "activity for amount",
    "wrong span",
    "polarity",
    "hypothesis",
    "negative result",
    "wrong slot",
    "other",
)
"""Kinds of errors, after those that curators of machine-made statements counted (INDRA's error types)."""
CHANGED, GONE = "changed", "gone"
_SHOWN = ("evidence_id", "fingerprint", "stale", "kind", "pmid", "link", "passage", "first", "says", "second")
_MORE = ("context", "negated", "speculated", "score", "pattern")
_FILLED = ("verdict", "error_kind", "corrected_first", "corrected_says", "corrected_second")
_SIGNED = ("corrected_context", "curator", "date", "comment")
HEADER = (*_SHOWN, *_MORE, *_FILLED, *_SIGNED)
_CURATED = (*_FILLED, *_SIGNED)
_CONTEXT = ("population_name", "population_role", "via", "cancer_name", "cell_line_text", "target_name")
SEED = 20240131


def make_sheet(run: RunTables, *, most: int | None = None) -> list[Row]:
    """Return a sheet of a run's accepted rows, nothing filled in.

    Parameters
    ----------
    most
        Draw so many rows at random (fixed seed) in place of all.
    """
    rows = [_line(kind, row) for kind in KINDS for row in run.accepted(kind.name)]
    if most is not None and most < len(rows):
        picked = sorted(random.Random(SEED).sample(range(len(rows)), most))
        rows = [rows[place] for place in picked]
    return rows


def _line(kind: Kind, row: Row) -> Row:
    first, second = kind.pair
    says = " ".join(filter(None, (row.get(label, "") for label in kind.labels)))
    shown = {
        "evidence_id": row["evidence_id"],
        "stale": "",
        "kind": kind.name,
        "pmid": row["pmid"],
        "link": article_link(row["pmid"]),
        "passage": row["passage"],
        "first": _slot(row, first.name),
        "says": says or row.get("effect_on_tumour", ""),
        "second": row[second.words] if second.label else _slot(row, second.name),
        "context": " · ".join(f"{name}: {row[name]}" for name in _CONTEXT if row.get(name)),
        "negated": row["negated"],
        "speculated": row["speculated"],
        "score": row["score"],
        "pattern": row["pattern"],
    }
    # What a verdict was about: a new score or rule leaves it as it is.
    said = [value for name, value in shown.items() if name not in ("score", "pattern")]
    shown["fingerprint"] = hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:12]
    return {name: shown.get(name, "") for name in HEADER}


def _slot(row: Row, slot: str) -> str:
    curie = f" ({row[f'{slot}_id']})" if row[f"{slot}_id"] else ""
    name = row[f"{slot}_name"] or row[f"{slot}_text"]
    said = f" “{row[f'{slot}_text']}”" if row[f"{slot}_text"] not in ("", name) else ""
    return f"{name}{said}{curie}"


def merge_sheet(fresh: Sequence[Row], old: Iterable[Row]) -> list[Row]:
    """Return a fresh sheet with the verdicts of an old one.

    Lines with a verdict never get lost: those whose row changed or is gone follow at the end, marked.
    """
    judged: dict[str, list[Row]] = defaultdict(list)
    for row in old:
        if any(row[name] for name in _CURATED):
            judged[row["evidence_id"]].append(row)
    lines: list[Row] = []
    stale: list[Row] = []
    for row in fresh:
        verdicts = judged.pop(row["evidence_id"], [])
        valid = [v for v in verdicts if v["fingerprint"] == row["fingerprint"]]
        stale += [{**v, "stale": CHANGED} for v in verdicts if v["fingerprint"] != row["fingerprint"]]
        lines += [{**row, **{name: v[name] for name in _CURATED}} for v in valid] or [row]
    stale += [{**row, "stale": GONE} for verdicts in judged.values() for row in verdicts]
    return [*lines, *stale]


def read_sheet(path: Path) -> list[Row]:
    """Read a sheet.

    Raises
    ------
    UsageError
        If it lacks a column or holds an unknown verdict or kind of error, with the line.
    """
    rows: list[Row] = []
    for line, row in read_rows(path, HEADER):
        row["verdict"] = row["verdict"].strip().lower()
        row["error_kind"] = row["error_kind"].strip().lower()
        for name, valid in (("verdict", VERDICTS), ("error_kind", ERROR_KINDS)):
            if row[name] and row[name] not in valid:
                raise UsageError(
                    f"unknown {name.replace('_', ' ')} {row[name]!r}",
                    f"{path} line {line}",
                    "use " + ", ".join(valid) + ", or nothing",
                )
        rows.append(row)
    return rows


def sheet_text(rows: Iterable[Row]) -> str:
    """Return a sheet as CSV."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@dataclass(frozen=True)
class Judgement:
    """What a sheet's verdicts come to.

    Attributes
    ----------
    precision
        Share of rows judged right, by kind and under `all`; rows on which curators differ count by
        the majority, and not at all without one. Intervals are over documents.
    errors
        How often each kind of error was given.
    kappa
        Cohen's kappa over `right` and `wrong` for each pair of curators, with how many rows both judged;
        None where chance alone would agree on all.
    stale, open_rows
        Verdicts that no longer count, and rows without one.
    """

    precision: Mapping[str, Share]
    errors: Mapping[str, int]
    kappa: Mapping[tuple[str, str], tuple[float | None, int]]
    stale: int
    open_rows: int


def judge_sheet(rows: Iterable[Row]) -> Judgement:
    """Sum up a sheet."""
    verdicts: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    errors: Counter[str] = Counter()
    stale = 0
    for row in rows:
        key = (row["kind"], row["pmid"], row["evidence_id"])
        if row["stale"]:
            stale += bool(row["verdict"])
        elif row["verdict"]:
            verdicts[key][row["curator"]] = row["verdict"]
            if row["error_kind"]:
                errors[row["error_kind"]] += 1
        else:
            verdicts.setdefault(key, {})
    return Judgement(
        {
            name: _precision(verdicts, "" if name == "all" else name)
            for name in ("all", *(kind.name for kind in KINDS))
        },
        dict(errors.most_common()),
        _kappas(verdicts.values()),
        stale,
        sum(not given for given in verdicts.values()),
    )


def _precision(verdicts: Mapping[tuple[str, str, str], Mapping[str, str]], kind: str) -> Share:
    by_document: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (own, pmid, _), given in verdicts.items():
        counts = Counter(given.values())
        if (not kind or own == kind) and counts["right"] != counts["wrong"]:
            by_document[pmid][0] += counts["right"] > counts["wrong"]
            by_document[pmid][1] += 1
    cells = list(by_document.values())
    return share_of([cell[0] for cell in cells], [cell[1] for cell in cells])


def _kappas(verdicts: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], tuple[float | None, int]]:
    sure = [{c: v for c, v in given.items() if v != "unsure"} for given in verdicts]
    curators = sorted({curator for given in sure for curator in given})
    return {
        (one, other): cohen_kappa([(g[one], g[other]) for g in sure if one in g and other in g])
        for one, other in combinations(curators, 2)
    }


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> tuple[float | None, int]:
    """Return Cohen's kappa (1960) and the number of pairs; None where it is not defined."""
    if not pairs:
        return None, 0
    total = len(pairs)
    observed = sum(one == other for one, other in pairs) / total
    ours, theirs = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(ours[label] * theirs[label] for label in ours) / total**2
    return (None if chance == 1 else (observed - chance) / (1 - chance)), total
