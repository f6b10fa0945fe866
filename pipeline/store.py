"""The SQLite store: articles as they were read, and what was found in them by which version.

Stages run in separate processes or on separate days hand records to each other through this file
only. A result is kept under the article's digest and the version of everything that reads language,
so a revised record or a changed vocabulary is read again and nothing else is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from pipeline.database import open_database, transaction
from pipeline.findings import Findings, findings_from_json
from pipeline.records import Article, Section

_STEPS = (
    """
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
""",
    # A record by what it says: runs that read other copies of it leave each other's alone.
    """
ALTER TABLE articles RENAME TO articles_before;
ALTER TABLE run_articles RENAME TO run_articles_before;
CREATE TABLE articles (
    pmid TEXT NOT NULL,
    copy TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (pmid, copy)
);
CREATE TABLE run_articles (
    run TEXT NOT NULL,
    pmid TEXT NOT NULL,
    copy TEXT NOT NULL,
    PRIMARY KEY (run, pmid)
) WITHOUT ROWID;
CREATE INDEX run_articles_by_copy ON run_articles (pmid, copy);
INSERT INTO articles SELECT pmid, copy_of(record), digest, record, date('now') FROM articles_before;
INSERT INTO run_articles SELECT m.run, m.pmid, a.copy
    FROM run_articles_before m JOIN articles a ON a.pmid = m.pmid;
DROP TABLE articles_before;
DROP TABLE run_articles_before;
""",
)
UNUSED_DAYS = 30
"""Days after which a copy that no run holds is forgotten, with what was found in it."""


def copy_of(record: str) -> str:
    """Return what a copy of a record is told from another by: a hash of all that it says."""
    return hashlib.sha256(record.encode("utf-8")).hexdigest()[:16]


class Store:
    """An open store; use it as a context manager.

    Raises
    ------
    UsageError
        If the file can't be opened or written, or belongs to a newer version of tamrex.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = open_database(path, _STEPS, "the store", copy_of=copy_of)

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
                copy = copy_of(record)
                self._db.execute(
                    "INSERT INTO articles VALUES (?, ?, ?, ?, date('now')) "
                    "ON CONFLICT (pmid, copy) DO UPDATE SET seen = excluded.seen",
                    (article.pmid, copy, article.digest, record),
                )
                self._db.execute(
                    "INSERT OR REPLACE INTO run_articles VALUES (?, ?, ?)", (run, article.pmid, copy)
                )

    def pending_pmids(self, run: str, version: str) -> list[str]:
        """List the run's articles that this version hasn't read yet, in order of PMID as text."""
        rows = self._db.execute(
            "SELECT m.pmid FROM run_articles m JOIN articles a ON a.pmid = m.pmid AND a.copy = m.copy "
            "LEFT JOIN results r ON r.pmid = a.pmid AND r.digest = a.digest AND r.version = ? "
            "WHERE m.run = ? AND r.pmid IS NULL ORDER BY m.pmid",
            (version, run),
        )
        return [pmid for (pmid,) in rows]

    def articles(self, run: str, pmids: Iterable[str]) -> Iterator[Article]:
        """Yield the run's articles by PMID, in the order asked."""
        for pmid in pmids:
            row = self._db.execute(
                "SELECT a.record FROM run_articles m JOIN articles a ON a.pmid = m.pmid AND a.copy = m.copy "
                "WHERE m.run = ? AND m.pmid = ?",
                (run, pmid),
            ).fetchone()
            yield _article(row[0])

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
            "SELECT a.record, r.findings FROM run_articles m "
            "JOIN articles a ON a.pmid = m.pmid AND a.copy = m.copy "
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
            "ON r.pmid = a.pmid AND r.digest = a.digest WHERE a.pmid = ? ORDER BY a.seen DESC, a.copy",
            (pmid,),
        )
        for record, found in rows:
            yield _article(record), findings_from_json(found)

    def forget_unused(self) -> None:
        """Forget copies of records that no run has held for `UNUSED_DAYS`, and what was found in them.

        Nothing is forgotten while a run was stopped half-way in its reading: it will hold more.
        """
        if self._db.execute("SELECT 1 FROM runs WHERE state = 'reading'").fetchone():
            return
        with self._transaction():
            gone = self._db.execute(
                "DELETE FROM articles WHERE seen < date('now', ?) "
                "AND NOT EXISTS (SELECT 1 FROM run_articles m "
                "WHERE m.pmid = articles.pmid AND m.copy = articles.copy)",
                (f"-{UNUSED_DAYS} days",),
            ).rowcount
            if gone:
                self._db.execute(
                    "DELETE FROM results WHERE NOT EXISTS (SELECT 1 FROM articles a "
                    "WHERE a.pmid = results.pmid AND a.digest = results.digest)"
                )

    def _transaction(self) -> AbstractContextManager[None]:
        return transaction(self._db, self.path)


def _article(record: str) -> Article:
    values = json.loads(record)
    values["sections"] = tuple(Section(**section) for section in values["sections"])
    return Article(**values)
