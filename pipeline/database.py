"""SQLite files: opened, their schema brought up step by step, and written to in whole transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import UsageError


def open_database(path: Path, steps: Sequence[str], what: str, **functions: object) -> sqlite3.Connection:
    """Open a database and take the steps that its schema lacks: one of an older tamrex is taken over.

    Parameters
    ----------
    steps
        SQL statements, each ended by `;` and a line break; after the first n steps the schema has
        version n (`PRAGMA user_version`).
    what
        The file in the words of a message ("the store").
    functions
        Functions of one argument that the steps call.

    Raises
    ------
    UsageError
        If the file can't be opened or written, is no database, or belongs to a newer tamrex.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=60)
        if _version(db) > len(steps):
            raise UsageError(
                f"{what} has schema {_version(db)}, and this tamrex knows {len(steps)}",
                str(path),
                "use the newer tamrex, or move the file away",
            )
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        for name, function in functions.items():
            db.create_function(name, 1, function, deterministic=True)  # type: ignore[arg-type]
        if _version(db) < len(steps):
            with transaction(db, path):
                # Looked at again: another process may have taken the steps just now.
                for step in steps[_version(db) :]:
                    for statement in step.split(";\n"):
                        db.execute(statement)
                db.execute(f"PRAGMA user_version={len(steps)}")
    except (OSError, sqlite3.Error) as fault:
        raise UsageError(
            f"{what} can't be opened ({fault})", str(path), "set store.path to a writable file"
        ) from fault
    return db


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Do all of a block or nothing of it.

    Raises
    ------
    UsageError
        If the file can't be written any more: a full disk, a folder that has become read-only.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException as fault:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(fault, sqlite3.OperationalError):
            raise UsageError(
                f"the file can't be written ({fault})",
                str(path),
                "make room or choose another store.path, and run again: what was saved before is kept",
            ) from fault
        raise
