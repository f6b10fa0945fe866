"""`datapackage.json`: the Frictionless schema of a run's tables."""

from __future__ import annotations

from typing import Any

from pipeline.tables import CHANGES_TABLE, TABLES, Table


def describe_run(name: str, *, with_changes: bool = False) -> dict[str, Any]:
    """Return the data package of a run's folder as plain values.

    Parameters
    ----------
    with_changes
        Whether the folder holds `changes.csv`.
    """
    tables = (*TABLES, CHANGES_TABLE) if with_changes else TABLES
    return {
        "name": _slug(name),
        "title": "Evidence on tumour-associated macrophages and drug resistance, text-mined by tamrex",
        "profile": "tabular-data-package",
        "resources": [_resource(table) for table in tables],
    }


def _resource(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            {"name": column.name, "type": column.type, "description": column.description}
            for column in table.columns
        ],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "name": table.name.replace("_", "-"),
        "path": f"{table.name}.csv",
        "description": f"One row is {table.row}.",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\n", "doubleQuote": True},
        "schema": schema,
    }


def _slug(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name.lower())
    return kept.strip("-._") or "run"
