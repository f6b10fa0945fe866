"""`tamrex run --update`: only what is new or revised is touched, and the tables are those of a fresh run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from frictionless import Package
from spacy.language import Language

from pipeline import running
from pipeline.batch import Order, run_order
from pipeline.errors import SourceError
from pipeline.executors import reading
from pipeline.export.tables import read_table
from pipeline.running import RunReport
from pipeline.settings import EntrezSettings, Settings, StoreSettings
from pipeline.sources import Asked
from pipeline.sources.entrez import EntrezClient
from pipeline.sources.kept_pages import KeptPages
from tests.pipeline.test_running import TABLES
from tests.servers.pubmed import PubMed, serving

QUERY = "macrophages"


@pytest.fixture
def pubmed(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> Iterator[PubMed]:
    # One language pipeline for all runs: loading it takes longer than they do.
    monkeypatch.setitem(reading._loaded, None, nlp)
    with serving(PubMed()) as state:
        state.fill(300)
        yield state


def settings_of(place: Path, pubmed: PubMed) -> Settings:
    entrez = EntrezSettings(email="me@example.org", api_key="k", base_url=pubmed.url, rate=1000)
    return Settings(entrez=entrez, store=StoreSettings(path=place / "store.sqlite"))


def run(place: Path, pubmed: PubMed, *, update: bool = True) -> RunReport:
    order = Order(Asked(query=QUERY, update=update), place / "out")
    return run_order(order, settings_of(place, pubmed), place)


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}


def asked_for(pubmed: PubMed, since: int) -> set[int]:
    return {
        int(pmid)
        for _, tool, asked in pubmed.asked[since:]
        if tool == "efetch"
        for part in asked["id"]
        for pmid in part.split(",")
    }


def test_an_update_touches_what_is_new_or_revised_and_gives_the_tables_of_a_fresh_run(
    pubmed: PubMed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, pubmed)
    chosen = random.Random(1).sample(sorted(pubmed.entries), 65)
    revised, deleted, retracted = chosen[:50], chosen[50:60], chosen[60:]
    for pmid in revised:
        entry = pubmed.entries[pmid]
        entry.abstract = f"IL-6 from M2 macrophages promoted resistance to cisplatin in cohort {pmid}."
        entry.revised = date.today()
    for pmid in deleted:
        del pubmed.entries[pmid]
    for pmid in retracted:
        pubmed.entries[pmid].retracted = True
        pubmed.entries[pmid].revised = date.today()
    pubmed.fill(200, first=10_001)
    before = len(pubmed.asked)
    read: list[str] = []
    whole = running.read_articles

    def noted(articles: object, **options: object) -> Iterator[object]:
        kept = list(articles)  # type: ignore[call-overload]
        read.extend(article.pmid for article in kept)
        yield from whole(kept, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(running, "read_articles", noted)
        report = run(tmp_path, pubmed)
    new = set(range(10_001, 10_201))
    assert asked_for(pubmed, before) == new | {*revised, *retracted}
    assert set(map(int, read)) == new | set(revised)
    fresh = run(tmp_path / "fresh", pubmed, update=False)
    assert tables(report.folder) == tables(fresh.folder)
    assert len(list(read_table(report.folder, "articles"))) == 300 + 200 - 10
    (entry,) = json.loads((report.folder / "manifest.json").read_text())["sources"]["sources"]
    assert (entry["new"], entry["revised"], entry["withdrawn"]) == (200, 55, 10)
    assert sorted(map(int, entry["deleted"])) == sorted(deleted)


def test_changes_tell_which_articles_made_a_claim_come_change_and_go(pubmed: PubMed, tmp_path: Path) -> None:
    pubmed.entries.clear()
    pubmed.fill(4)
    pubmed.entries[4].abstract = "Overexpression of CXCL12 promoted resistance to gefitinib in PC9 cells."
    first = run(tmp_path, pubmed)
    assert {row["change"] for row in read_table(first.folder, "changes")} == {"added"}
    pubmed.entries[2].retracted, pubmed.entries[2].revised = True, date.today()
    del pubmed.entries[4]
    pubmed.entries[5] = pubmed.entries[1].__class__(
        5, "Macrophages.", "Silencing of IL-6 restored sensitivity to cisplatin.", date.today(), date.today()
    )
    second = run(tmp_path, pubmed)
    changes = {
        (row["subject_name"], row["object_name"]): row
        for row in read_table(second.folder, "changes")
        if row["table"] == "claims"
    }
    ccl2 = changes[("CCL2", "tamoxifen")]
    assert (ccl2["change"], ccl2["reason"], ccl2["pmids"]) == ("changed", "retracted", "2")
    assert (ccl2["n_articles_for_before"], ccl2["n_articles_for"]) == ("3", "2")
    assert "n_articles_for" in ccl2["columns"].split("|")
    gone = changes[("CXCL12", "gefitinib")]
    assert (gone["change"], gone["reason"], gone["pmids"]) == ("removed", "withdrawn", "4")
    assert gone["n_articles_for"] == ""
    come = changes[("IL6", "cisplatin")]
    assert (come["change"], come["reason"], come["pmids"]) == ("added", "new", "5")
    package = Package(str(second.folder / "datapackage.json"))
    assert "changes" in package.resource_names
    assert package.validate().valid
    third = run(tmp_path, pubmed)
    assert list(read_table(third.folder, "changes")) == []


def test_an_update_that_finds_pubmed_down_keeps_every_row(pubmed: PubMed, tmp_path: Path) -> None:
    first = tables(run(tmp_path, pubmed).folder)
    with pytest.raises(SourceError) as fault:
        broken = settings_of(tmp_path, pubmed)
        kept = KeptPages(broken.store.path.with_suffix(".pages.sqlite"))
        pubmed.share = 1.0
        client = EntrezClient(broken.entrez, kept=kept, update=True, sleep=lambda seconds: None)
        records = []
        for record in client.query(QUERY):
            records.append(record)
    assert fault.value.exit_code == 3
    assert len(records) == 300
    pubmed.share = 0.0
    assert tables(run(tmp_path, pubmed).folder) == first


def test_an_update_that_was_stopped_goes_on_and_loses_nothing(pubmed: PubMed, tmp_path: Path) -> None:
    pubmed.fill(600)
    kept = KeptPages(tmp_path / "pages.sqlite")
    entrez = settings_of(tmp_path, pubmed).entrez

    def client() -> EntrezClient:
        return EntrezClient(entrez, kept=kept, update=True, sleep=lambda seconds: None)

    assert len(list(client().query(QUERY))) == 600
    for entry in pubmed.entries.values():
        entry.revised, entry.abstract = date.today(), "Another text."
    records = client().query(QUERY)
    for _ in range(250):
        next(records)
    del records
    before = len(pubmed.asked)
    again = list(client().query(QUERY))
    assert len({record.pmid for record in again}) == len(again) == 600
    assert {record.text.split("\n")[1] for record in again if hasattr(record, "text")} == {"Another text."}
    # Two of three pages had come before it was stopped.
    assert len(asked_for(pubmed, before)) == 200


def test_records_that_come_to_a_query_late_are_found_by_it(pubmed: PubMed, tmp_path: Path) -> None:
    title = pubmed.entries[7].title
    pubmed.entries[7].title = "Something else."
    assert len(list(read_table(run(tmp_path, pubmed).folder, "articles"))) == 299
    # Its date of entry is old, and it was revised long before the last run.
    pubmed.entries[7].title = title
    assert len(list(read_table(run(tmp_path, pubmed).folder, "articles"))) == 300
