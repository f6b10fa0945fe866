"""The code book's tables of columns, made from their one definition."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.gold_tables import (
    CLAIM_TABLES,
    CORRECTIONS,
    CURATED_TABLES,
    DOCUMENTS,
    LABEL_TABLES,
    MENTIONS,
    MUST_NOT,
    PAPERS,
    PMIDS,
    PRINTED_TABLES,
    PROSE_CLAIMS,
    TITLE_CLAIMS,
)
from pipeline.tables import Column, Table

BAR = r"\|"
_PARTS: tuple[tuple[str, tuple[Table, ...]], ...] = (
    ("Any gold folder", (DOCUMENTS, *CLAIM_TABLES, MENTIONS, MUST_NOT)),
    ("`tam/`", (PAPERS,)),
    ("`training/`", LABEL_TABLES),
    ("`review/`", (*PRINTED_TABLES, *CURATED_TABLES, CORRECTIONS, PROSE_CLAIMS, TITLE_CLAIMS, PMIDS)),
)


def describe_columns() -> str:
    """Return Markdown that explains each column of each file once; repeated columns are named only."""
    explained: dict[str, str] = {}
    lines: list[str] = []
    for title, tables in _PARTS:
        lines += [f"### {title}", ""]
        for table in tables:
            fresh = [c for c in table.columns if explained.get(c.name) != c.description]
            known = [c.name for c in table.columns if explained.get(c.name) == c.description]
            lines.append(f"`{table.name}.csv`: a row is {table.row}.")
            lines.append("")
            if known:
                lines += ["Columns as above: " + ", ".join(f"`{name}`" for name in known) + ".", ""]
            lines += _table(fresh)
            explained.update({column.name: column.description for column in fresh})
    return "\n".join(lines).rstrip() + "\n"


def _table(columns: Iterable[Column]) -> list[str]:
    rows = [f"| `{column.name}` | {column.description.replace('|', BAR)} |" for column in columns]
    return ["| column | |", "| --- | --- |", *rows, ""] if rows else []


if __name__ == "__main__":
    print(describe_columns(), end="")
