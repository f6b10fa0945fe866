"""What bulk files came to, kept: each is parsed once, however often a run is stopped or begun.

Only records that passed the pre-filter are kept, and the ids of all: which version of a record counts is
settled anew in each run, since a later file may replace or delete it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.database import open_database, transaction
from pipeline.records import Article, Rejection, Section

_STEPS = (
    """
CREATE TABLE files (
    place TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, version TEXT NOT NULL,
    sha256 TEXT NOT NULL, counts TEXT NOT NULL, pmids BLOB NOT NULL, records BLOB NOT NULL
);
""",
)

_ARTICLE = [item.name for item in fields(Article) if item.name != "sections"]
_REJECTION = [item.name for item in fields(Rejection)]


@dataclass
class ParsedFile:
    """What a bulk file came to.

    Attributes
    ----------
    records
        Its records that may give rows, and what was refused or deleted, each PMID once.
    pmids
        Ids of all its records, `int64`.
    passed_over, superseded
        Records that can't give rows, and those of which the same file holds a later copy.
    sha256
        Of the file as it lies on disk.
    """

    records: list[Article | Rejection] = field(default_factory=list)
    pmids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    passed_over: int = 0
    superseded: int = 0
    sha256: str = ""


class ParsedFiles:
    """The kept files, in a database that is made when the first is kept.

    Raises
    ------
    UsageError
        If it can't be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None

    def get(self, file: Path, version: str) -> ParsedFile | None:
        """Return what a file came to, if it stands there unchanged since, by size and time of change."""
        row = (
            self._open()
            .execute(
                "SELECT sha256, counts, pmids, records FROM files "
                "WHERE place = ? AND size = ? AND changed = ? AND version = ?",
                (*_state(file), version),
            )
            .fetchone()
        )
        if row is None:
            return None
        sha256, counts, pmids, records = row
        return ParsedFile(
            [_record(values) for values in json.loads(zlib.decompress(records))],
            np.frombuffer(zlib.decompress(pmids), np.int64),
            **json.loads(counts),
            sha256=sha256,
        )

    def keep(self, file: Path, version: str, parsed: ParsedFile) -> None:
        """Keep what a file came to, in place of what it came to before."""
        counts = json.dumps({"passed_over": parsed.passed_over, "superseded": parsed.superseded})
        records = json.dumps([_values(record) for record in parsed.records], ensure_ascii=False)
        db = self._open()
        with transaction(db, self.path):
            db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *_state(file),
                    version,
                    parsed.sha256,
                    counts,
                    zlib.compress(parsed.pmids.tobytes(), 6),
                    zlib.compress(records.encode("utf-8"), 1),
                ),
            )

    def forget_missing(self) -> None:
        """Forget what came of files that are no longer there."""
        if not self.path.is_file():
            return
        db = self._open()
        places = [place for (place,) in db.execute("SELECT place FROM files")]
        with transaction(db, self.path):
            for place in places:
                if not Path(place).is_file():
                    db.execute("DELETE FROM files WHERE place = ?", (place,))

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = open_database(self.path, _STEPS, "the file of parsed bulk files")
        return self._db


def _state(file: Path) -> tuple[str, int, int]:
    state = file.stat()
    return str(file.resolve()), state.st_size, state.st_mtime_ns


def _values(record: Article | Rejection) -> list[Any]:
    """Return a record as a list, which is written ten times as fast as what `asdict` gives."""
    if isinstance(record, Rejection):
        return [getattr(record, name) for name in _REJECTION]
    sections = [[section.label, section.start, section.end] for section in record.sections]
    return [sections, *(getattr(record, name) for name in _ARTICLE)]


def _record(values: list[Any]) -> Article | Rejection:
    if len(values) == len(_REJECTION):
        return Rejection(*values)
    sections, *others = values
    return Article(
        sections=tuple(Section(*section) for section in sections),
        **dict(zip(_ARTICLE, others, strict=True)),
    )
