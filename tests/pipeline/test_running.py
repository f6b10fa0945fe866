"""Whole runs: the same bytes again, with more workers, after a stop; every offset in its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from frictionless import Package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from pipeline import running
from pipeline.annotation import doc_findings
from pipeline.errors import SourceError
from pipeline.export.tables import read_table
from pipeline.records import Article, Rejection, compose_article
from pipeline.running import RunReport, run_all
from pipeline.settings import Settings
from pipeline.sources.bundled import read_review
from pipeline.store import Store

TABLES = (
    "resistance",
    "macrophage",
    "interventions",
    "claims",
    "tam_resistance",
    "mentions",
    "articles",
    "rejected",
)


def articles() -> list[Article]:
    return list(read_review())[:90]


def make_run(place: Path, name: str = "mine", *, workers: int = 1, records: object = None) -> Path:
    report = RunReport(name=name, folder=place / name)
    with Store(place / "store.sqlite") as store:
        run_all(store, report, records or articles(), Settings(), workers=workers)  # type: ignore[arg-type]
    return report.folder


def table_bytes(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("once"))


def test_two_runs_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    assert table_bytes(make_run(tmp_path)) == table_bytes(finished)


def test_two_workers_give_the_same_bytes_as_one(finished: Path, tmp_path: Path) -> None:
    assert table_bytes(make_run(tmp_path, workers=2)) == table_bytes(finished)


def test_a_run_stopped_in_the_middle_goes_on_and_gives_the_same(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = running.read_articles
    read: list[int] = []

    def stopped(*args: object, **options: object) -> Iterator[object]:
        partitions = whole(*args, **options)  # type: ignore[arg-type]
        yield next(partitions)
        raise KeyboardInterrupt

    def counted(*args: object, **options: object) -> Iterator[object]:
        for outcomes, failed in whole(*args, **options):  # type: ignore[arg-type]
            read.append(len(outcomes))
            yield outcomes, failed

    monkeypatch.setattr(running, "read_articles", stopped)
    with pytest.raises(KeyboardInterrupt):
        make_run(tmp_path)
    assert not (tmp_path / "mine").exists()
    monkeypatch.setattr(running, "read_articles", counted)
    assert table_bytes(make_run(tmp_path)) == table_bytes(finished)
    assert 0 < sum(read) < len(articles())


def test_every_offset_slices_back_to_its_words(finished: Path) -> None:
    texts = {article.pmid: article.text for article in articles()}
    checked = 0
    for table in ("resistance", "macrophage", "interventions"):
        for row in read_table(finished, table):
            text = texts[row["pmid"]]
            slots = [column[: -len("_start")] for column in row if column.endswith("_start")]
            for slot in slots:
                if row[f"{slot}_start"]:
                    at = slice(int(row[f"{slot}_start"]), int(row[f"{slot}_end"]))
                    assert text[at] == row[f"{slot}_text"]
                    checked += 1
            spans = [tuple(map(int, span.split("-"))) for span in row["passage_spans"].split("|")]
            assert row["passage"] == " … ".join(text[start:end] for start, end in spans)
    for row in read_table(finished, "mentions"):
        assert texts[row["pmid"]][int(row["start"]) : int(row["end"])] == row["text"]
    assert checked > 50


def test_the_folder_is_a_valid_data_package(finished: Path) -> None:
    report = Package(str(finished / "datapackage.json")).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])[:5]


def test_the_manifest_counts_every_stage_without_loss(finished: Path) -> None:
    manifest = json.loads((finished / "manifest.json").read_text("utf-8"))
    for stage in manifest["stages"].values():
        assert stage["taken"] == stage["given"] + stage["rejected"]
    assert manifest["finished"] is True
    assert manifest["score"] == "uncalibrated"
    assert manifest["stages"]["export"]["given"] == len(articles())


def test_what_came_before_a_source_failed_is_written(tmp_path: Path) -> None:
    def failing() -> Iterator[Article | Rejection]:
        yield from articles()[:3]
        yield Rejection("file", "line 4", "", "read", "not-json: cut")
        raise SourceError("the service went away", "pubmed", "try again")

    with pytest.raises(SourceError):
        make_run(tmp_path, records=failing())
    assert len(list(read_table(tmp_path / "mine", "articles"))) == 3
    reasons = [row["reason"].split(":")[0] for row in read_table(tmp_path / "mine", "rejected")]
    assert reasons == ["not-json", "incomplete"]


WORDS = st.sampled_from(
    [
        "IL-6", "TNF-α", "cisplatin", "promotes", "resistance to", "M2 macrophages", "secrete", "🧬", "a\u0301",
        "miR-155-5p", "silencing of", "(TAMs)", "tumour-associated macrophages", "\u2009", "restored", "CD163+",
        "sensitivity", "not", ".", "; ", "/", "5-FU", "μ", "in A549/DDP cells", "IC50 of", "and", "=1+1",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.lists(WORDS, max_size=8), body=st.lists(WORDS, max_size=40))
def test_offsets_hold_for_any_text(nlp: Language, title: list[str], body: list[str]) -> None:
    article = compose_article("1", " ".join(title), [("RESULTS", " ".join(body))])
    found = doc_findings(nlp(article.text))
    for mention in found.mentions:
        assert article.text[mention.start : mention.end] == mention.text
    for relation in found.relations:
        for mention in relation.arguments.values():
            assert article.text[mention.start : mention.end] == mention.text
        for start, end in relation.spans:
            assert 0 <= start < end <= len(article.text)
        assert 0 < relation.score < 1
