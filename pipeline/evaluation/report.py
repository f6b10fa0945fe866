"""Score a run's folder against the gold that covers it, and write what came out beside its tables."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from pathlib import Path

from pipeline.evaluation.table_rows import TableScore, read_gold_rows, score_table
from pipeline.export.tables import read_table
from pipeline.places import gold_folder

REVIEW_PREFIX = "review:"


def evaluate_run(folder: Path) -> str:
    """Score a run, write `evaluation.json` and `evaluation.md` into it, and return the words to print.

    Only odd references are listed and counted here; see `check_run` for all. Returns an empty string
    where no gold covers the run.
    """
    score = _score(folder)
    if score is None:
        return ""
    odd = score.of_parity("odd")
    words = _markdown(odd)
    _write_whole(folder / "evaluation.md", words)
    _write_whole(folder / "evaluation.json", json.dumps(_as_values(odd), ensure_ascii=False, indent=2) + "\n")
    return words


def check_run(folder: Path, log: Path, command: str) -> str:
    """Return the totals over odd and even references, and append them to the log of such looks.

    Parameters
    ----------
    log
        Markdown file to which date, command and totals are appended.
    command
        What the user ran, for the log.
    """
    score = _score(folder)
    if score is None:
        return ""
    parts = {"all": score, "odd": score.of_parity("odd"), "even": score.of_parity("even")}
    totals = "; ".join(
        f"{name}: {part.right} right, {part.found} found of {part.total}" for name, part in parts.items()
    )
    line = f"Table 2 rows stated in the prose: {totals}"
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    with log.open("a", encoding="utf-8") as file:
        file.write(f"- {day}, `{command}`: {line}\n")
    return line


def _score(folder: Path) -> TableScore | None:
    gold = gold_folder() / "review" / "table2_curated.csv"
    if not gold.is_file():
        return None
    if not any(row["pmid"].startswith(REVIEW_PREFIX) for row in read_table(folder, "articles")):
        return None
    evidence = (row for row in read_table(folder, "resistance") if row["pmid"].startswith(REVIEW_PREFIX))
    return score_table(read_gold_rows(gold), evidence)


def _markdown(score: TableScore) -> str:
    direction = f"{score.right} of {score.found}" if score.found else "none found"
    lines = [
        "# Score against Table 2 of the review (odd references)",
        "",
        "| rows in the prose | found (mediator and drug) | right (effect too) | direction over found |",
        "| --- | --- | --- | --- |",
        f"| {score.total} | {score.found} | {score.right} | {direction} |",
        "",
    ]
    missed = [row for row in score.rows if not row.right]
    if missed:
        lines += ["Rows missed:", ""]
        lines += [f"- row {row.row}: {'; '.join(row.pairs)}: {row.reason}" for row in missed]
    return "\n".join(lines).rstrip() + "\n"


def _as_values(score: TableScore) -> dict[str, object]:
    return {
        "gold": "review/table2",
        "parity": "odd",
        "rows": score.total,
        "found": score.found,
        "right": score.right,
        "missed": [
            {"row": row.row, "pairs": list(row.pairs), "reason": row.reason}
            for row in score.rows
            if not row.right
        ],
    }


def _write_whole(path: Path, words: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(words)
    Path(name).chmod(0o644)
    Path(name).replace(path)
