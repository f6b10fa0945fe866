"""The gate before a run's folder is put in place: a run that lost much keeps the old one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import GateError
from pipeline.export.folder import MANIFEST
from pipeline.settings import GateSettings

EVALUATION = "evaluation.json"
LEAST = 20
"""Rows of a table from which on a fall is told: of fewer, one or two articles are a large share."""
_COUNTED = ("articles", "resistance", "macrophage", "interventions", "claims", "tam_resistance")


def hold_gate(old: Path | None, new: Path, settings: GateSettings, refused: Path) -> None:
    """See that a run hasn't lost more against the last one than is allowed.

    Runs of other sources, another query, limit or threshold are not compared. A run whose source failed may
    not hold fewer articles than a complete one.

    Parameters
    ----------
    old
        Folder of the last run, if there is one.
    new
        Folder of this run, not yet in its place.
    refused
        Where its tables will be kept if it doesn't pass.

    Raises
    ------
    GateError
        With the first count or precision that fell by more than allowed.
    """
    if old is None:
        return
    before, after = _read(old / MANIFEST), _read(new / MANIFEST)
    if _asked(before) != _asked(after):
        return
    for what, was, now, least in (*_counts(before, after, settings), *_precision(old, new, settings)):
        if now < least:
            raise GateError(
                f"{what} fell from {was:g} to {now:g}",
                str(old),
                f"it is kept as it was, the new tables are in {refused}; raise gate.counts_drop or "
                "gate.precision_drop if the fall is right",
            )


def _counts(
    before: dict[str, Any], after: dict[str, Any], settings: GateSettings
) -> Iterator[tuple[str, float, float, float]]:
    """Yield a table's name, its rows before and now, and the least that is allowed."""
    whole_before, whole = (values.get("sources", {}).get("complete", True) for values in (before, after))
    for table in _COUNTED:
        was, now = before.get("rows", {}).get(table, 0), after["rows"][table]
        if table == "articles" and whole_before and not whole:
            yield "articles of a run that is not complete", was, now, was
        elif was >= LEAST:
            yield f"rows of {table}", was, now, was * (1 - settings.counts_drop)


def _precision(old: Path, new: Path, settings: GateSettings) -> Iterator[tuple[str, float, float, float]]:
    before, after = (dict(_shares(_read(folder / EVALUATION))) for folder in (old, new))
    for name, was in before.items():
        if name in after:
            yield f"precision on {name}", was, after[name], was - settings.precision_drop


def _shares(values: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for gold in values.get("golds", ()):
        for kind, scores in gold["kinds"].items():
            share = scores["lines"]["strict"]["precision"]
            if share["value"] is not None and share["whole"] >= LEAST:
                yield f"{gold['name']}, {kind}", share["value"]


def _asked(manifest: dict[str, Any]) -> list[Any]:
    """Return what a run was asked for: its sources by name and query, its limit, which rows to accept."""
    sources = manifest.get("sources", {})
    asked = [[entry.get("name"), entry.get("query")] for entry in sources.get("sources", ())]
    return [*asked, sources.get("limit"), manifest.get("settings", {}).get("extract")]


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
