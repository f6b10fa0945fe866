"""A run's folder: written beside its place and put there whole."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from extractors.types import INTERVENTIONS, MACROPHAGE, RESISTANCE
from pipeline.collation import Claims
from pipeline.errors import GateError, UsageError
from pipeline.evidence import Evidence, record_cells
from pipeline.export.tables import TableWriter, write_table
from pipeline.findings import Findings
from pipeline.records import Article, Rejection
from pipeline.tables import (
    ARTICLES_TABLE,
    CLAIMS_TABLE,
    EVIDENCE_TABLES,
    MENTIONS_TABLE,
    REJECTED_TABLE,
    TAM_RESISTANCE_TABLE,
)

_DATED = re.compile(r"^\d{4}-\d\d-\d\dT\d{6}Z$")
MANIFEST = "manifest.json"


@contextmanager
def replaced_folder(place: Path) -> Iterator[Path]:
    """Give an empty folder to write in; when the block ends well it stands at `place`.

    The folder that stood there is moved aside first and removed last, so that a reader finds the
    old folder or the new one, never a part of either. A block that raises leaves the old one; what a gate
    refused is kept beside it as `.<name>.refused`.

    Raises
    ------
    UsageError
        If the folder can't be written, or what stands at `place` is no run's folder.
    """
    if place.exists() and not (place / MANIFEST).is_file() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError("output folder holds other files", str(place), "choose another --out")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as fault:
        raise UsageError(
            f"output folder can't be written ({fault.strerror})", str(place), "choose another --out"
        ) from fault
    try:
        # mkdtemp makes folders for their owner alone; a table is meant to be read.
        fresh.chmod(0o755)
        yield fresh
        old = fresh.with_name(fresh.name + ".old")
        if place.exists():
            place.rename(old)
        fresh.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except GateError:
        refused = refused_folder(place)
        shutil.rmtree(refused, ignore_errors=True)
        fresh.rename(refused)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refused_folder(place: Path) -> Path:
    """Return where the tables of a run that a gate refused are kept; dated runs share one place."""
    name = ".refused" if _DATED.match(place.name) else f".{place.name}.refused"
    return place.with_name(name)


def write_findings(
    folder: Path,
    findings: Iterable[tuple[Article, Findings]],
    rejections: Iterable[Rejection],
    *,
    threshold: float,
    with_text: bool,
    keep_generic: bool = True,
) -> dict[str, int]:
    """Write every table of a run; return rows by table.

    Parameters
    ----------
    findings
        Articles with what was found in them, ordered by PMID as text. Read once, one at a time.
    threshold
        Rows with a score at or above it are accepted.
    with_text
        Whether passages are written out.
    keep_generic
        Whether rows about unnamed drugs ("chemotherapy") are written.
    """
    claims = Claims()
    counts: dict[str, int] = {}
    writers = {table.name: TableWriter(folder, table) for table in EVIDENCE_TABLES}
    with (
        writers[RESISTANCE],
        writers[MACROPHAGE],
        writers[INTERVENTIONS],
        TableWriter(folder, MENTIONS_TABLE) as mentions,
        TableWriter(folder, ARTICLES_TABLE) as articles,
    ):
        for article, found in findings:
            evidence = [
                Evidence(article, relation, relation.score >= threshold)
                for relation in found.relations
                if keep_generic or not _is_generic(relation.arguments.get("drug"))
            ]
            evidence.sort(key=Evidence.sort_key)
            for row in evidence:
                writers[row.kind].write(row.row(with_text=with_text))
                claims.add(row)
            for mention in found.mentions:
                mentions.write({"pmid": article.pmid, **asdict(mention)})
            articles.write(
                {
                    **record_cells(article),
                    "source": article.source,
                    "sha256": article.digest,
                    "n_mentions": len(found.mentions),
                    **{f"n_{table.name}": _count(evidence, table.name) for table in EVIDENCE_TABLES},
                }
            )
        counts = {writer.table.name: writer.count for writer in (*writers.values(), mentions, articles)}
    counts[CLAIMS_TABLE.name] = write_table(folder, CLAIMS_TABLE, _masked(claims.rows(), with_text))
    counts[TAM_RESISTANCE_TABLE.name] = write_table(
        folder, TAM_RESISTANCE_TABLE, _masked(claims.tam_rows(), with_text)
    )
    refused = sorted(rejections, key=lambda r: (r.source, r.stage, len(r.place), r.place, r.pmid, r.reason))
    counts[REJECTED_TABLE.name] = write_table(folder, REJECTED_TABLE, (asdict(r) for r in refused))
    return counts


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write plain values as indented JSON."""
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _count(evidence: list[Evidence], kind: str) -> int:
    return sum(row.kind == kind for row in evidence)


def _is_generic(mention: Any) -> bool:
    return mention is not None and mention.kind == "generic_drug"


def _masked(rows: Iterable[dict[str, Any]], with_text: bool) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row if with_text else {**row, "best_passage": ""}


def dated_folder(parent: Path) -> Path:
    """Return the folder of a run begun now, `parent/<UTC time>`."""
    return parent / time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())


def last_run(folder: Path) -> Path | None:
    """Return the finished run that stands at a folder, or is the newest of the dated ones beside it."""
    if _DATED.match(folder.name):
        runs = _dated_runs(folder.parent)
        return runs[-1] if runs else None
    return folder if (folder / MANIFEST).is_file() else None


def _dated_runs(parent: Path) -> list[Path]:
    """Return the finished runs under a folder whose names `dated_folder` gave, the oldest first."""
    return sorted(p for p in parent.glob("*") if _DATED.match(p.name) and (p / MANIFEST).is_file())


def keep_newest(parent: Path, count: int) -> None:
    """Remove all but the newest finished runs under a folder, and point `latest` at the newest.

    Only folders with a manifest and a name that `dated_folder` gives are touched.
    """
    runs = _dated_runs(parent)
    for old in runs[:-count]:
        shutil.rmtree(old)
    if runs:
        pointer = parent / ".latest"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(runs[-1].name)
        pointer.replace(parent / "latest")
