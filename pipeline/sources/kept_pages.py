"""Raw answers of EFetch, kept compressed: a fetch that was stopped goes on, and parsing asks PubMed nothing.

One SQLite file beside the store holds the pages of the last fetch of each request. A fetch that didn't come
to its end is gone on with, unless it is so old that its records may be others by now.
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

from pipeline.errors import UsageError

OLDEST = 2 * 24 * 3600.0
"""Seconds after which a fetch that was stopped is begun anew."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fetches (
    request TEXT PRIMARY KEY, began REAL NOT NULL, state TEXT NOT NULL, found TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (id INTEGER PRIMARY KEY, request TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holds (
    request TEXT NOT NULL, pmid TEXT NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (request, pmid)
) WITHOUT ROWID;
"""


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
            held = db.execute("SELECT count(*) FROM holds WHERE request = ?", (request,)).fetchone()[0]
            return int(held)
        with db:
            self._forget(db, request)
            db.execute("INSERT INTO fetches VALUES (?, ?, 'open', '')", (request, now))
        return 0

    def end(self, request: str, found: Iterable[str]) -> None:
        """Mark a fetch as complete; what it found is kept for parsing again."""
        db = self._open()
        with db:
            db.execute(
                "UPDATE fetches SET state = 'done', found = ? WHERE request = ?", (" ".join(found), request)
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
            .execute("SELECT found FROM fetches WHERE request = ? AND state = 'done'", (request,))
            .fetchone()
        )
        if row is None:
            raise UsageError("nothing is kept of this request", str(self.path), "fetch it without --kept")
        return str(row[0]).split()

    def add(self, request: str, body: bytes, pmids: Iterable[str]) -> None:
        """Keep an answer and note which records it holds, both or neither."""
        db = self._open()
        with db:
            page = db.execute(
                "INSERT INTO pages (request, body) VALUES (?, ?)", (request, zlib.compress(body, 6))
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
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self.path, timeout=60)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.executescript(_SCHEMA)
            except (OSError, sqlite3.Error) as fault:
                raise UsageError(
                    f"the file of kept answers can't be opened ({fault})",
                    str(self.path),
                    "set store.path to a writable file",
                ) from fault
        return self._db
