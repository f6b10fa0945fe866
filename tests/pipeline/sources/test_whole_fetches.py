"""Large and troubled fetches from a stand-in PubMed: all records come, once each, at the rate allowed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings
from pipeline.sources.entrez import EntrezClient
from pipeline.sources.hours import is_peak
from pipeline.sources.kept_pages import UNUSED, KeptPages
from pipeline.store import Store
from tests.servers.pubmed import TROUBLES, PubMed, serving

RATE = 20.0


@pytest.fixture
def pubmed() -> Iterator[PubMed]:
    with serving(PubMed()) as state:
        yield state


def client(pubmed: PubMed, kept: KeptPages | None = None, *, from_kept: bool = False) -> EntrezClient:
    settings = EntrezSettings(email="me@example.org", api_key="a-key", base_url=pubmed.url, rate=RATE)
    # Pauses after a trouble are cut short; those between requests are shorter than that.
    pause = lambda seconds: time.sleep(min(seconds, 0.06))  # noqa: E731
    return EntrezClient(settings, kept=kept, from_kept=from_kept, sleep=pause)


def pmids_of(records: Iterator[Article | Rejection]) -> list[int]:
    return [int(record.pmid) for record in records if isinstance(record, Article)]


def test_twenty_five_thousand_records_come_once_each_though_one_answer_in_ten_misbehaves(
    pubmed: PubMed,
) -> None:
    pubmed.fill(25_000)
    pubmed.share = 0.1
    came = pmids_of(client(pubmed).query("macrophages"))
    assert len(came) == 25_000
    assert set(came) == set(pubmed.entries)
    assert pubmed.busiest_second() <= RATE + 1
    assert len(pubmed.troubles) >= 5


@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_each_trouble_is_waited_out(pubmed: PubMed, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pubmed.fill(30)
    pubmed.share = 0.4
    monkeypatch.setattr("tests.servers.pubmed.TROUBLES", {name: TROUBLES[name]})
    assert sorted(pmids_of(client(pubmed).query("macrophages"))) == sorted(pubmed.entries)


def test_a_day_with_more_than_a_search_gives_is_cut_by_pmids(pubmed: PubMed) -> None:
    pubmed.fill(21_000, days=1)
    found = client(pubmed).search("macrophages")
    assert len(found) == len(set(found)) == 21_000
    assert len(pubmed.asked) < 60


def test_slow_bytes_are_waited_for(pubmed: PubMed) -> None:
    pubmed.fill(3)
    pubmed.delay = 0.2
    assert len(pmids_of(client(pubmed).query("macrophages"))) == 3


def test_records_that_come_during_the_search_are_found_too(pubmed: PubMed) -> None:
    pubmed.fill(12_000)

    def grow(number: int) -> None:
        if number == 4:
            pubmed.fill(50, first=20_001)

    pubmed.before_search = grow
    assert set(pmids_of(client(pubmed).query("macrophages"))) == set(pubmed.entries)


def test_a_count_that_never_agrees_is_told_and_what_came_is_kept(pubmed: PubMed) -> None:
    pubmed.fill(10_100)
    # Records without a date of entry are counted and in no range.
    for pmid in range(1, 6):
        pubmed.entries[pmid].entered = date(1800, 1, 1)
    came: list[str] = []
    with pytest.raises(SourceError, match=r"counts 10100 records and its searches gave 10095") as fault:
        for record in client(pubmed).query("macrophages"):
            came.append(record.pmid)
    assert fault.value.exit_code == 3
    assert len(came) == 10_095


def test_records_left_out_once_are_asked_for_again(pubmed: PubMed) -> None:
    pubmed.fill(300)
    pubmed.forgotten_once = {7, 8, 250}
    assert len(pmids_of(client(pubmed).query("macrophages"))) == 300


def test_a_record_that_pubmed_knows_and_does_not_give_is_told(pubmed: PubMed) -> None:
    pubmed.fill(10)
    pubmed.absent = {3}
    records: list[Article | Rejection] = []
    with pytest.raises(SourceError, match="knows 1 records"):
        for record in client(pubmed).query("macrophages"):
            records.append(record)
    assert [r.reason for r in records if isinstance(r, Rejection)] == [
        "not-returned: PubMed knows this id and gave no record"
    ]


def test_an_id_without_a_record_is_a_rejection_and_no_failure(pubmed: PubMed) -> None:
    pubmed.fill(2)
    records = list(client(pubmed).fetch(["1", "2", "99"]))
    assert [r.pmid for r in records if isinstance(r, Rejection)] == ["99"]


def test_a_fetch_that_was_stopped_goes_on(pubmed: PubMed, tmp_path: Path) -> None:
    pubmed.fill(1_000)
    kept = KeptPages(tmp_path / "pages.sqlite")
    records = client(pubmed, kept).query("macrophages")
    for _ in range(450):
        next(records)
    before = len(pubmed.asked)
    del records
    assert len(set(pmids_of(client(pubmed, kept).query("macrophages")))) == 1_000
    # One search and the two pages that had not come.
    assert len(pubmed.asked) - before == 1 + 2


def test_kept_answers_are_parsed_again_and_pubmed_is_asked_nothing(pubmed: PubMed, tmp_path: Path) -> None:
    pubmed.fill(300)
    kept = KeptPages(tmp_path / "pages.sqlite")
    with pytest.raises(UsageError, match="nothing is kept"):
        next(client(pubmed, kept, from_kept=True).query("macrophages"))
    first = pmids_of(client(pubmed, kept).query("macrophages"))
    before = len(pubmed.asked)
    assert sorted(pmids_of(client(pubmed, kept, from_kept=True).query("macrophages"))) == sorted(first)
    assert len(pubmed.asked) == before


def test_an_old_stopped_fetch_is_begun_anew(tmp_path: Path) -> None:
    kept = KeptPages(tmp_path / "pages.sqlite")
    assert kept.begin("r", now=0.0) == 0
    kept.add("r", b"<x/>", ["1", "2"])
    assert kept.begin("r", now=60.0) == 2
    assert kept.begin("r", now=1e6) == 0


def test_answers_to_a_request_that_is_not_made_again_are_forgotten(tmp_path: Path) -> None:
    kept = KeptPages(tmp_path / "pages.sqlite")
    kept.begin("old", now=0.0)
    kept.add("old", b"<x/>", ["1"])
    kept.end("old", ["1"])
    kept.begin("another", now=UNUSED / 2)
    assert kept.found("old") == ["1"]
    kept.begin("a third", now=UNUSED + 1)
    with pytest.raises(UsageError, match="nothing is kept"):
        kept.found("old")


_FETCH = """
import sys, time
from pathlib import Path
from pipeline.running import read_sources
from pipeline.settings import EntrezSettings
from pipeline.sources.entrez import EntrezClient
from pipeline.sources.kept_pages import UNUSED, KeptPages
from pipeline.store import Store

url, folder = sys.argv[1], Path(sys.argv[2])
settings = EntrezSettings(email="me@example.org", api_key="a-key", base_url=url, rate=20)
pause = lambda seconds: time.sleep(min(seconds, 0.06))
client = EntrezClient(settings, kept=KeptPages(folder / "pages.sqlite"), sleep=pause)
with Store(folder / "store.sqlite") as store:
    print("started", flush=True)
    tally, _ = read_sources(store, "pubmed", client.query("macrophages"))
print(tally.given)
"""


def test_killed_at_ten_moments_and_resumed_it_ends_with_every_record_once(
    pubmed: PubMed, tmp_path: Path
) -> None:
    pubmed.fill(25_000)
    pubmed.share = 0.1
    command = [sys.executable, "-c", _FETCH, pubmed.url, str(tmp_path)]
    for number in range(10):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        asked = len(pubmed.asked)
        deadline = time.monotonic() + 60
        # Killed after so many further requests: in searches, between pages, while a page comes.
        while len(pubmed.asked) < asked + 5 + number * 3 and time.monotonic() < deadline:
            if process.poll() is not None:
                break
            time.sleep(0.003)
        process.kill()
        process.communicate()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "25000"
    with Store(tmp_path / "store.sqlite") as store:
        assert store.count_articles("pubmed") == 25_000
    assert pubmed.busiest_second() <= RATE + 1


def test_peak_hours_are_those_of_eastern_time() -> None:
    assert is_peak(datetime(2026, 11, 25, 18, 0, tzinfo=UTC))  # Wednesday, 13 o'clock there
    assert not is_peak(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))  # Tuesday, 22 o'clock
    assert not is_peak(datetime(2026, 11, 28, 18, 0, tzinfo=UTC))  # Saturday


def test_a_limit_past_the_wall_gives_the_newest(pubmed: PubMed) -> None:
    pubmed.fill(12_000)
    found = client(pubmed).search("macrophages", limit=10_500)
    assert len(found) == 10_500
    oldest_given = min(pubmed.entries[int(pmid)].entered for pmid in found)
    left_out = set(pubmed.entries) - set(map(int, found))
    assert all(pubmed.entries[pmid].entered <= oldest_given for pmid in left_out)


def test_a_reader_that_has_enough_with_the_last_page_ends_the_fetch(pubmed: PubMed, tmp_path: Path) -> None:
    pubmed.fill(300)
    kept = KeptPages(tmp_path / "pages.sqlite")
    records = client(pubmed, kept).query("macrophages", limit=250)
    for _ in range(250):
        next(records)
    del records
    before = len(pubmed.asked)
    assert len(pmids_of(client(pubmed, kept).query("macrophages", limit=250))) == 250
    # Asked anew, not gone on with: a search and two pages.
    assert len(pubmed.asked) - before == 1 + 2
