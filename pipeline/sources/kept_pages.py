"""Raw answers of EFetch, kept compressed: a fetch that was stopped goes on, and parsing asks PubMed nothing.

One SQLite file beside the store holds the pages of the last fetch of each request. A fetch that didn't come
to its end is gone on with, unless it is so old that its records may be others by now. An update brings a
complete fetch up: pages of new and revised records are added, and those that hold nothing more are dropped.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline.database import open_database, transaction
from pipeline.errors import UsageError

OLDEST = 2 * 24 * 3600.0
"""Seconds after which a fetch that was stopped is begun anew."""
UNUSED = 90 * 24 * 3600.0
"""Seconds after which the answers to a request that wasn't made again are forgotten."""
_STEPS = (
    """
CREATE TABLE IF NOT EXISTS fetches (
    request TEXT PRIMARY KEY, began REAL NOT NULL, state TEXT NOT NULL, found TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, request TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holds (
    request TEXT NOT NULL, pmid TEXT NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (request, pmid)
) WITHOUT ROWID;
""",
    # When the last complete fetch began, and when each page came: what an update may rely on.
    """
ALTER TABLE fetches ADD COLUMN whole REAL;
ALTER TABLE pages ADD COLUMN came REAL NOT NULL DEFAULT 0;
UPDATE fetches SET whole = began WHERE state = 'done';
CREATE INDEX pages_by_request ON pages (request);
CREATE INDEX holds_by_page ON holds (page);
""",
)


def request_key(**parts: Any) -> str:
    """Return what one request is told from another by: a hash of its parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


class KeptPages:
    """The kept answers, in a file that is made when the first is kept.

    Raises
    ------
    UsageError
        If the file can't be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    def begin(self, request: str, *, now: float | None = None) -> int:
        """Begin a fetch, or go on with one that was stopped; return how many records it has already."""
        now = time.time() if now is None else now
        db = self._open()
        row = db.execute("SELECT began, state FROM fetches WHERE request = ?", (request,)).fetchone()
        if row is not None and row[1] == "open" and now - row[0] < OLDEST:
            return len(self.held(request))
        with transaction(db, self.path):
            self._forget(db, request)
            old = db.execute("SELECT request FROM fetches WHERE began < ?", (now - UNUSED,)).fetchall()
            for (unused,) in old:
                self._forget(db, unused)
            db.execute("INSERT INTO fetches VALUES (?, ?, 'open', '', NULL)", (request, now))
        return 0

    def begin_update(self, request: str, *, now: float | None = None) -> tuple[float, set[str]] | None:
        """Begin to bring the last complete fetch of a request up, or go on with an update that was stopped.

        Returns
        -------
        tuple or None
            When that fetch began (seconds since 1970), and the PMIDs that came since this update began;
            None where no fetch of the request was ever complete.
        """
        now = time.time() if now is None else now
        db = self._open()
        row = db.execute("SELECT began, state, whole FROM fetches WHERE request = ?", (request,)).fetchone()
        if row is None or row[2] is None:
            return None
        began, state, whole = row
        if state == "updating" and now - began < OLDEST:
            came = db.execute(
                "SELECT h.pmid FROM holds h JOIN pages p ON p.id = h.page "
                "WHERE h.request = ? AND p.came >= ?",
                (request, began),
            )
            return whole, {pmid for (pmid,) in came}
        db.execute("UPDATE fetches SET state = 'updating', began = ? WHERE request = ?", (now, request))
        return whole, set()

    def held(self, request: str) -> set[str]:
        """Return the PMIDs whose records are kept."""
        rows = self._open().execute("SELECT pmid FROM holds WHERE request = ?", (request,))
        return {pmid for (pmid,) in rows}

    def end(self, request: str, found: Iterable[str]) -> None:
        """Mark a fetch or an update as complete; what it found is kept for parsing again, nothing else is."""
        db = self._open()
        pmids = list(found)
        with transaction(db, self.path):
            gone = self.held(request).difference(pmids)
            db.executemany("DELETE FROM holds WHERE request = ? AND pmid = ?", [(request, p) for p in gone])
            db.execute(
                "DELETE FROM pages WHERE request = ? "
                "AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.page = pages.id)",
                (request,),
            )
            db.execute(
                "UPDATE fetches SET state = 'done', found = ?, whole = began WHERE request = ?",
                (" ".join(pmids), request),
            )

    def found(self, request: str) -> list[str]:
        """Return the PMIDs that the last complete fetch of a request found.

        Raises
        ------
        UsageError
            If there was none.
        """
        row = (
            self._open()
            .execute("SELECT found FROM fetches WHERE request = ? AND whole IS NOT NULL", (request,))
            .fetchone()
        )
        if row is None:
            raise UsageError("nothing is kept of this request", str(self.path), "fetch it without --kept")
        return str(row[0]).split()

    def add(self, request: str, body: bytes, pmids: Iterable[str], *, now: float | None = None) -> None:
        """Keep an answer and note which records it holds, both or neither."""
        db = self._open()
        came = time.time() if now is None else now
        with transaction(db, self.path):
            page = db.execute(
                "INSERT INTO pages (request, body, came) VALUES (?, ?, ?)",
                (request, zlib.compress(body, 6), came),
            ).lastrowid
            db.executemany(
                "INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", [(request, pmid, page) for pmid in pmids]
            )

    def holding(self, request: str, pmids: Iterable[str]) -> Iterator[tuple[bytes, set[str]]]:
        """Yield kept answers with those of the PMIDs asked for that each holds."""
        db = self._open()
        by_page: dict[int, set[str]] = {}
        for pmid in pmids:
            row = db.execute(
                "SELECT page FROM holds WHERE request = ? AND pmid = ?", (request, pmid)
            ).fetchone()
            if row is not None:
                by_page.setdefault(row[0], set()).add(pmid)
        for page, held in by_page.items():
            body = db.execute("SELECT body FROM pages WHERE id = ?", (page,)).fetchone()[0]
            yield zlib.decompress(body), held

    def _forget(self, db: sqlite3.Connection, request: str) -> None:
        for table in ("fetches", "pages", "holds"):
            db.execute(f"DELETE FROM {table} WHERE request = ?", (request,))

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = open_database(self.path, _STEPS, "the file of kept answers")
        return self._db
