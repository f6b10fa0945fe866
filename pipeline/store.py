"""The SQLite store: articles as they were read, and what was found in them by which version.

Stages run in separate processes or on separate days hand records to each other through this file
only. A result is kept under the article's digest and the version of everything that reads language,
so a revised record or a changed vocabulary is read again and nothing else is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from pipeline.errors import UsageError
from pipeline.findings import Findings, findings_from_json
from pipeline.records import Article, Section

_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles (
    pmid TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS results (
    pmid TEXT NOT NULL,
    digest TEXT NOT NULL,
    version TEXT NOT NULL,
    findings TEXT NOT NULL,
    PRIMARY KEY (pmid, digest, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_articles (
    run TEXT NOT NULL,
    pmid TEXT NOT NULL,
    PRIMARY KEY (run, pmid)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY,
    state TEXT NOT NULL
);
"""
SCHEMA_VERSION = 1


class Store:
    """An open store; use it as a context manager.

    Raises
    ------
    UsageError
        If the file can't be opened or written, or belongs to a newer version of tamrex.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            held = self._db.execute("PRAGMA user_version").fetchone()[0]
            if held not in (0, SCHEMA_VERSION):
                raise UsageError(
                    f"the store has schema {held}, not {SCHEMA_VERSION}", str(path), "move it away"
                )
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        except (OSError, sqlite3.Error) as fault:
            raise UsageError(
                f"the store can't be opened ({fault})", str(path), "set store.path to a writable file"
            ) from fault

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def begin_run(self, run: str) -> None:
        """Forget which articles an earlier run of that name held."""
        with self._transaction():
            self._db.execute("DELETE FROM run_articles WHERE run = ?", (run,))
            self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, 'reading')", (run,))

    def end_reading(self, run: str) -> None:
        """Mark that the run's source was read to its end."""
        self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, 'read')", (run,))

    def is_read(self, run: str) -> bool:
        """Tell whether the source of that run was read to its end."""
        row = self._db.execute("SELECT state FROM runs WHERE run = ?", (run,)).fetchone()
        return row is not None and row[0] == "read"

    def add_articles(self, run: str, articles: Iterable[Article]) -> None:
        """Keep a batch of articles and note that the run holds them."""
        with self._transaction():
            for article in articles:
                record = json.dumps(asdict(article), ensure_ascii=False, sort_keys=True)
                self._db.execute(
                    "INSERT OR REPLACE INTO articles VALUES (?, ?, ?)", (article.pmid, article.digest, record)
                )
                self._db.execute("INSERT OR IGNORE INTO run_articles VALUES (?, ?)", (run, article.pmid))

    def pending_pmids(self, run: str, version: str) -> list[str]:
        """List the run's articles that this version hasn't read yet, in order of PMID as text."""
        rows = self._db.execute(
            "SELECT m.pmid FROM run_articles m JOIN articles a ON a.pmid = m.pmid "
            "LEFT JOIN results r ON r.pmid = a.pmid AND r.digest = a.digest AND r.version = ? "
            "WHERE m.run = ? AND r.pmid IS NULL ORDER BY m.pmid",
            (version, run),
        )
        return [pmid for (pmid,) in rows]

    def articles(self, pmids: Iterable[str]) -> Iterator[Article]:
        """Yield articles by PMID, in the order asked."""
        for pmid in pmids:
            record = self._db.execute("SELECT record FROM articles WHERE pmid = ?", (pmid,)).fetchone()[0]
            yield _article(record)

    def count_articles(self, run: str) -> int:
        """Count the articles that the run holds."""
        row = self._db.execute("SELECT count(*) FROM run_articles WHERE run = ?", (run,)).fetchone()
        return int(row[0])

    def add_results(self, version: str, results: Iterable[tuple[str, str, str]]) -> None:
        """Keep ``(pmid, digest, findings as JSON)`` triples, all or none."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                [(pmid, digest, version, found) for pmid, digest, found in results],
            )

    def findings(self, run: str, version: str) -> Iterator[tuple[Article, Findings]]:
        """Yield the run's articles with what was found in each, ordered by PMID as text."""
        rows = self._db.execute(
            "SELECT a.record, r.findings FROM run_articles m JOIN articles a ON a.pmid = m.pmid "
            "JOIN results r ON r.pmid = a.pmid AND r.digest = a.digest AND r.version = ? "
            "WHERE m.run = ? ORDER BY m.pmid",
            (version, run),
        )
        for record, found in rows:
            yield _article(record), findings_from_json(found)

    def findings_of(self, pmid: str) -> Iterator[tuple[Article, Findings]]:
        """Yield an article with what each version found in it as it stands."""
        rows = self._db.execute(
            "SELECT a.record, r.findings FROM articles a JOIN results r "
            "ON r.pmid = a.pmid AND r.digest = a.digest WHERE a.pmid = ?",
            (pmid,),
        )
        for record, found in rows:
            yield _article(record), findings_from_json(found)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """BEGIN … COMMIT, or ROLLBACK when the block raises."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")


def _article(record: str) -> Article:
    values = json.loads(record)
    values["sections"] = tuple(Section(**section) for section in values["sections"])
    return Article(**values)
