"""The store: taken over from an older version, copies of a record side by side, full disks told."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.database import open_database
from pipeline.errors import UsageError
from pipeline.findings import Findings, findings_to_json
from pipeline.records import Article, compose_article
from pipeline.sources.kept_pages import KeptPages
from pipeline.store import UNUSED_DAYS, Store

NOTHING = findings_to_json(Findings((), ()))

_FIRST_SCHEMA = """
CREATE TABLE articles (pmid TEXT PRIMARY KEY, digest TEXT NOT NULL, record TEXT NOT NULL);
CREATE TABLE results (pmid TEXT NOT NULL, digest TEXT NOT NULL, version TEXT NOT NULL,
    findings TEXT NOT NULL, PRIMARY KEY (pmid, digest, version)) WITHOUT ROWID;
CREATE TABLE run_articles (run TEXT NOT NULL, pmid TEXT NOT NULL, PRIMARY KEY (run, pmid)) WITHOUT ROWID;
CREATE TABLE runs (run TEXT PRIMARY KEY, state TEXT NOT NULL);
PRAGMA user_version=1;
"""


def article(pmid: str, words: str = "Some words.") -> Article:
    return compose_article(pmid, "A title.", [("", words)])


def hold(store: Store, run: str, *articles: Article) -> None:
    store.begin_run(run)
    store.add_articles(run, articles)
    store.end_reading(run)


def test_a_store_of_the_first_version_is_taken_over_with_its_results(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    db = sqlite3.connect(path)
    db.executescript(_FIRST_SCHEMA)
    for pmid in ("1", "2"):
        old = article(pmid)
        db.execute("INSERT INTO articles VALUES (?, ?, ?)", (pmid, old.digest, json.dumps(asdict(old))))
        db.execute("INSERT INTO run_articles VALUES ('mine', ?)", (pmid,))
    db.execute("INSERT INTO results VALUES ('1', ?, 'v', ?)", (article("1").digest, NOTHING))
    db.execute("INSERT INTO runs VALUES ('mine', 'read')")
    db.commit()
    db.close()
    with Store(path) as store:
        assert store.count_articles("mine") == 2
        assert store.is_read("mine")
        assert store.pending_pmids("mine", "v") == ["2"]
        assert [found.pmid for found, _ in store.findings("mine", "v")] == ["1"]
    with Store(path) as store:
        assert list(store.articles("mine", ["2"])) == [article("2")]


def test_kept_answers_of_the_first_version_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE fetches (request TEXT PRIMARY KEY, began REAL NOT NULL, state TEXT NOT NULL,"
        "  found TEXT NOT NULL);"
        "CREATE TABLE pages (id INTEGER PRIMARY KEY, request TEXT NOT NULL, body BLOB NOT NULL);"
        "CREATE TABLE holds (request TEXT NOT NULL, pmid TEXT NOT NULL, page INTEGER NOT NULL,"
        "  PRIMARY KEY (request, pmid)) WITHOUT ROWID;"
        "INSERT INTO fetches VALUES ('r', 5.0, 'done', '1 2'); INSERT INTO holds VALUES ('r', '1', 1);"
    )
    db.close()
    kept = KeptPages(path)
    assert kept.found("r") == ["1", "2"]
    assert kept.begin_update("r", now=100.0) == (5.0, set())


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 20, None])
def test_a_file_of_a_newer_version_and_no_database_are_refused_in_a_line(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "store.sqlite"
    if content is None:
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version=99")
        db.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(UsageError) as fault:
        Store(path)
    assert str(path) in str(fault.value)
    assert path.read_bytes() == before


def test_steps_that_fail_leave_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    open_database(path, ["CREATE TABLE a (x);\n"], "the file").close()
    with pytest.raises(UsageError):
        open_database(
            path, ["CREATE TABLE a (x);\n", "CREATE TABLE b (x);\nCREATE TABLE a (x);\n"], "the file"
        )
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]
    assert db.execute("PRAGMA user_version").fetchone() == (1,)


def test_runs_that_read_different_copies_of_a_record_leave_each_other_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        hold(store, "first", article("1", "Old words."))
        hold(store, "second", article("1", "New words."))
        assert [a.abstract for a in store.articles("first", ["1"])] == ["Old words."]
        assert [a.abstract for a in store.articles("second", ["1"])] == ["New words."]


def test_a_copy_that_no_run_holds_is_forgotten_after_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        hold(store, "mine", article("1"), article("2"), article("3", "Old words."))
        store.add_results("v", [(a.pmid, a.digest, NOTHING) for a in (article("1"), article("2"))])
        hold(store, "mine", article("1"), article("3", "New words."))
        store.forget_unused()
        assert {a.pmid for a, _ in store.findings_of("2")} == {"2"}
    db = sqlite3.connect(path)
    db.execute("UPDATE articles SET seen = date('now', ?)", (f"-{UNUSED_DAYS + 1} days",))
    db.commit()
    db.close()
    with Store(path) as store:
        store.begin_run("another")
        store.forget_unused()
        assert list(store.findings_of("2"))  # a run is half-way in its reading
        store.end_reading("another")
        store.forget_unused()
        assert not list(store.findings_of("2"))
        assert list(store.findings_of("1"))
        assert store.count_articles("mine") == 2


def test_a_full_disk_is_told_and_what_was_saved_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        hold(store, "mine", article("1"))
        store._db.execute("PRAGMA max_page_count=20")  # what SQLite says then is what a full disk has it say
        with pytest.raises(UsageError, match="full") as fault:
            store.add_articles("mine", [article(str(n), "Words. " * 200) for n in range(2, 200)])
        assert str(path) in str(fault.value)
    with Store(path) as store:
        assert store.count_articles("mine") == 1
