"""Bulk files: from a folder or a mirror, checked, each parsed once, the newest word of each record."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import BulkSettings
from pipeline.sources import bulk, mirror, prefilter
from pipeline.sources.bulk import open_bulk
from pipeline.sources.parsed_files import ParsedFiles
from pipeline.sources.prefilter import may_give_rows
from tests.pipeline.sources.records import DELETED, article, article_set
from tests.servers.mirror import Mirror, serving

ON = "<AbstractText>Macrophages secrete IL-10.</AbstractText>"
OFF = "<AbstractText>Bees dance.</AbstractText>"
ALL = BulkSettings(prefilter=False)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(mirror, "pause", lambda seconds: None)
    with serving(Mirror()) as state:
        yield state


def put(folder: Path, name: str, *records: str) -> Path:
    file = folder / name
    file.write_bytes(gzip.compress(article_set(*records)))
    return file


def titles(records: Iterator[Article | Rejection]) -> set[str]:
    return {record.title for record in records if isinstance(record, Article)}


def test_a_later_file_wins_and_deletes(tmp_path: Path) -> None:
    put(
        tmp_path, "pubmed26n0001.xml.gz", article("1", "Old."), article("2", "Kept."), article("901", "Gone.")
    )
    put(tmp_path, "pubmed26n0002.xml.gz", article("1", "New."), DELETED)
    put(tmp_path, "pubmed26n0003.xml.gz", article("902", "Back again."))
    entry: dict[str, object] = {}
    assert titles(open_bulk(str(tmp_path), entry, ALL)) == {"New.", "Kept.", "Back again."}
    assert entry["superseded"] == 3


def test_files_of_an_earlier_year_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, "pubmed25n1500.xml.gz", article("1", "Dropped between the years."))
    put(tmp_path, "pubmed26n0001.xml.gz", article("2", "Of this year."))
    assert titles(open_bulk(str(tmp_path), {}, ALL)) == {"Of this year."}
    assert "files of 2026 alone" in caplog.text


@pytest.mark.parametrize("form", ["MD5({name})= {md5}\n", "{md5}  {name}\n", "{md5}\n"])
def test_an_md5_beside_a_file_is_held_to(tmp_path: Path, form: str) -> None:
    put(tmp_path, "pubmed26n0001.xml.gz", article("1", "First."))
    file = put(tmp_path, "pubmed26n0002.xml.gz", article("2", "Second."))
    sidecar = tmp_path / (file.name + ".md5")
    md5 = hashlib.md5(file.read_bytes()).hexdigest()
    sidecar.write_text(form.format(name=file.name, md5=md5))
    assert titles(open_bulk(str(tmp_path), {}, ALL)) == {"First.", "Second."}
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    came: list[Article | Rejection] = []
    with pytest.raises(SourceError, match="1 bulk files are damaged") as fault:
        for record in open_bulk(str(tmp_path), {}, ALL):
            came.append(record)
    assert fault.value.exit_code == 3
    assert [r.title if isinstance(r, Article) else r.reason.split(":")[0] for r in came] == [
        "md5-mismatch",
        "First.",
    ]


def test_a_file_that_breaks_off_fails_the_source_after_the_last_record(tmp_path: Path) -> None:
    file = put(tmp_path, "pubmed26n0001.xml.gz", *(article(str(n), f"Title {n}.") for n in range(1, 200)))
    file.write_bytes(file.read_bytes()[:-900])
    came: list[Article | Rejection] = []
    with pytest.raises(SourceError, match="damaged"):
        for record in open_bulk(str(tmp_path), {}, ALL):
            came.append(record)
    assert sum(isinstance(record, Article) for record in came) > 50


def test_records_that_cannot_give_a_row_are_passed_over_and_still_replace_older_ones(tmp_path: Path) -> None:
    put(
        tmp_path,
        "pubmed26n0001.xml.gz",
        article("1", "Old.", ON),
        article("2", "Two.", ON),
        article("3", "3.", OFF),
    )
    put(tmp_path, "pubmed26n0002.xml.gz", article("1", "New.", OFF))
    entry: dict[str, object] = {}
    assert titles(open_bulk(str(tmp_path), entry, BulkSettings())) == {"Two."}
    assert entry["passed_over"] == 2


def test_each_file_is_parsed_once_however_often_a_run_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    read = bulk._read

    def noted(file: Path, *, prefilter: bool) -> object:
        parsed.append(file.name)
        return read(file, prefilter=prefilter)

    monkeypatch.setattr(bulk, "_read", noted)
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(1, 4):
        put(folder, f"pubmed26n000{number}.xml.gz", article(str(number), f"{number}.", ON), DELETED)
    kept = ParsedFiles(tmp_path / "bulk.sqlite")
    stopped = open_bulk(str(folder), {}, BulkSettings(), kept)
    next(stopped)
    del stopped
    assert titles(open_bulk(str(folder), {}, BulkSettings(), kept)) == {"1.", "2.", "3."}
    assert sorted(parsed) == ["pubmed26n0001.xml.gz", "pubmed26n0002.xml.gz", "pubmed26n0003.xml.gz"]
    whole = [*open_bulk(str(folder), {}, BulkSettings(), kept)]
    assert whole == [*open_bulk(str(folder), {}, BulkSettings())]
    del parsed[:]
    put(folder, "pubmed26n0002.xml.gz", article("2", "Replaced in place.", ON))
    assert "Replaced in place." in titles(open_bulk(str(folder), {}, BulkSettings(), kept))
    assert parsed == ["pubmed26n0002.xml.gz"]


def test_words_of_the_filter_have_examples_that_pass_by_them() -> None:
    groups = tomllib.loads(Path(prefilter.__file__).with_name("prefilter.toml").read_text("utf-8"))
    for group in groups.values():
        for entry in group["words"]:
            assert entry["word"] in entry["example"].lower()
            assert entry["word"] == entry["word"].lower()
    for name in ("macrophages", "response"):
        for entry in groups[name]["words"]:
            assert may_give_rows(entry["example"]), entry
    assert not may_give_rows("Bees dance. Antibiotic resistance spreads in rivers.")


def test_a_mirror_is_brought_once_and_what_it_replaces_is_brought_again(here: Mirror, tmp_path: Path) -> None:
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1", "Old.")))
    here.put("updatefiles/pubmed26n0002.xml.gz", article_set(article("2", "Two.")))
    settings = BulkSettings(prefilter=False, folder=tmp_path / "bulk")
    assert titles(open_bulk(here.url, {}, settings)) == {"Old.", "Two."}
    assert sorted(here.downloads()) == ["pubmed26n0001.xml.gz", "pubmed26n0002.xml.gz"]
    here.asked.clear()
    assert titles(open_bulk(here.url, {}, settings)) == {"Old.", "Two."}
    assert here.downloads() == []
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1", "Replaced.")))
    assert titles(open_bulk(here.url + "baseline/", {}, settings)) == {"Replaced."}
    assert here.downloads() == ["pubmed26n0001.xml.gz"]
    assert not list((tmp_path / "bulk").glob("*.part"))


def test_a_folder_of_a_mirror_that_fails_is_no_empty_one(here: Mirror, tmp_path: Path) -> None:
    here.put("baseline/pubmed25n0001.xml.gz", article_set(article("1", "Old.")))
    settings = BulkSettings(prefilter=False, folder=tmp_path)
    assert titles(open_bulk(here.url, {}, settings)) == {"Old."}
    here.put("updatefiles/pubmed26n1400.xml.gz", article_set(article("2", "Update.")))
    here.failing = {"baseline/"}
    with pytest.raises(SourceError, match="failed 5 times"):
        list(open_bulk(here.url, {}, settings))
    assert (tmp_path / "pubmed25n0001.xml.gz").is_file()


def test_a_file_damaged_after_it_came_is_told_and_comes_again_with_the_next_run(
    here: Mirror, tmp_path: Path
) -> None:
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1", "One.")))
    settings = BulkSettings(prefilter=False, folder=tmp_path)
    assert titles(open_bulk(here.url, {}, settings)) == {"One."}
    file = tmp_path / "pubmed26n0001.xml.gz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceError, match="damaged"):
        list(open_bulk(here.url, {}, settings))
    assert titles(open_bulk(here.url, {}, settings)) == {"One."}


def test_an_md5_that_changes_beside_a_file_is_held_to_though_the_file_was_parsed(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    file = put(folder, "pubmed26n0001.xml.gz", article("1", "One.", ON))
    kept = ParsedFiles(tmp_path / "bulk.sqlite")
    assert titles(open_bulk(str(folder), {}, BulkSettings(), kept)) == {"One."}
    (folder / (file.name + ".md5")).write_text("0" * 32)
    with pytest.raises(SourceError, match="damaged"):
        list(open_bulk(str(folder), {}, BulkSettings(), kept))


def test_a_new_baseline_replaces_the_files_of_the_year_before(here: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "bulk"
    kept = ParsedFiles(tmp_path / "bulk.sqlite")
    settings = BulkSettings(folder=folder)
    here.put("baseline/pubmed25n0001.xml.gz", article_set(article("1", "Old.", ON)))
    assert titles(open_bulk(here.url, {}, settings, kept)) == {"Old."}
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("2", "New.", ON)))
    assert titles(open_bulk(here.url, {}, settings, kept)) == {"New."}
    assert sorted(path.name for path in folder.iterdir()) == [
        "pubmed26n0001.xml.gz",
        "pubmed26n0001.xml.gz.md5",
    ]
    db = sqlite3.connect(kept.path)
    assert db.execute("SELECT count(*) FROM files").fetchone() == (1,)


def test_a_download_that_broke_goes_on_where_it_was(here: Mirror, tmp_path: Path) -> None:
    here.put("baseline/pubmed26n0001.xml.gz", article_set(*(article(str(n), f"{n}.") for n in range(1, 99))))
    here.break_after = 700
    settings = BulkSettings(prefilter=False, folder=tmp_path)
    assert len(titles(open_bulk(here.url, {}, settings))) == 98
    firsts = [first for path, first in here.asked if path.endswith(".gz")]
    assert firsts == [0, 700]


def test_a_file_that_is_never_whole_is_told(here: Mirror, tmp_path: Path) -> None:
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1")))
    here.wrong_md5 = {"baseline/pubmed26n0001.xml.gz"}
    with pytest.raises(SourceError, match="has MD5") as fault:
        list(open_bulk(here.url, {}, BulkSettings(folder=tmp_path)))
    assert fault.value.exit_code == 3 and "\n" not in str(fault.value)
    assert not list(tmp_path.glob("*.xml.gz"))


@pytest.mark.parametrize(
    "link", ["../pubmed26n0009.xml.gz", "/etc/pubmed26n0009.xml.gz", "%2e%2e%2fpubmed26n0009.xml.gz"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(
    here: Mirror, tmp_path: Path, caplog: pytest.LogCaptureFixture, link: str
) -> None:
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1", "One.")))
    here.links = [link]
    folder = tmp_path / "in" / "bulk"
    assert titles(open_bulk(here.url + "baseline", {}, BulkSettings(prefilter=False, folder=folder))) == {
        "One."
    }
    assert "is refused" in caplog.text
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "pubmed26n0001.xml.gz",
        "pubmed26n0001.xml.gz.md5",
    }


def test_no_mirror_at_an_address_and_a_folder_that_cannot_be_written_are_told(
    here: Mirror, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="lists no bulk file"):
        list(open_bulk(here.url, {}, BulkSettings(folder=tmp_path)))
    here.put("baseline/pubmed26n0001.xml.gz", article_set(article("1")))
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        list(open_bulk(here.url, {}, BulkSettings(folder=tmp_path / "file" / "bulk")))
