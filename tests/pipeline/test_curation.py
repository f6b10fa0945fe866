"""Tending the gold: citations resolved and texts fetched, against a stand-in server."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.curation.fetching import fetch_texts
from pipeline.curation.resolving import citation_of, resolve_references
from pipeline.errors import SourceError, UsageError
from pipeline.settings import EntrezSettings
from pipeline.sources.citations import parse_matches
from pipeline.sources.entrez import EntrezClient
from pipeline.sources.entrez_answers import TransientError
from tests.pipeline.sources.records import article, article_set
from tests.servers.eutils import Answer, StandIn, stand_in

REFERENCES = [
    "number,authors,title,journal,year,volume,pages,doi,kind,comment",
    '1,"Ruffell, B. & Coussens, L. M.",Macrophages.,Cancer Cell.,2015,27,462–472,,article,',
    '2,"Rey-Giraud, F. et al.",Generation.,Plos One,2012,7,e42656,,article,',
    '3,"Zhang, X.",A thesis.,,2019,,,,thesis,',
]


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as state:
        yield state


@pytest.fixture
def client(server: StandIn) -> EntrezClient:
    settings = EntrezSettings(email="me@example.org", base_url=server.url, rate=1000)
    return EntrezClient(settings, sleep=lambda _: None)


@pytest.fixture
def review(tmp_path: Path) -> Path:
    (tmp_path / "references.csv").write_text("\n".join(REFERENCES) + "\n", "utf-8")
    return tmp_path


def answer(*lines: str) -> Answer:
    return Answer("".join(f"{line}\n" for line in lines).encode())


def kept(folder: Path) -> list[dict[str, str]]:
    with (folder / "pmids.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_answers_are_kept_by_key_with_their_day(server: StandIn, client: EntrezClient, review: Path) -> None:
    server.script = {
        "ecitmatch": [
            answer(
                "plos one|2012|7|e42656|rey-giraud f|2|NOT_FOUND;INVALID_JOURNAL",
                "cancer cell|2015|27|462|ruffell b|1|25858805",
            )
        ]
    }
    outcome = resolve_references(review, client)
    assert (outcome.asked, outcome.found, outcome.kept, outcome.conflicts) == (2, 1, 0, ())
    rows = kept(review)
    assert [(r["number"], r["pmid"], r["comment"]) for r in rows] == [
        ("1", "25858805", ""),
        ("2", "", "NOT_FOUND;INVALID_JOURNAL"),
    ]
    assert all(len(row["date"]) == 10 and row["source"] == "ecitmatch" for row in rows)
    sent = server.asked[0][1]["bdata"][0].split("\r")
    assert sent[0].rstrip("|") == "cancer cell|2015|27|462|ruffell b|1"


def test_what_is_answered_is_not_asked_again(server: StandIn, client: EntrezClient, review: Path) -> None:
    server.script = {"ecitmatch": [answer("cancer cell|2015|27|462|ruffell b|1|25858805", "a|b|c|d|e|2|77")]}
    resolve_references(review, client)
    before = (review / "pmids.csv").read_bytes()
    outcome = resolve_references(review, client)
    assert (outcome.asked, outcome.kept) == (0, 2)
    assert (review / "pmids.csv").read_bytes() == before and len(server.asked) == 1


def test_a_conflict_is_told_and_both_answers_stay(
    server: StandIn, client: EntrezClient, review: Path
) -> None:
    (review / "pmids.csv").write_text("number,pmid,source,date,comment\n1,111,a page,,high\n", "utf-8")
    server.script = {"ecitmatch": [answer("cancer cell|2015|27|462|ruffell b|1|222", "x|x|x|x|x|2|")]}
    outcome = resolve_references(review, client)
    assert len(outcome.conflicts) == 1
    assert "reference 1" in outcome.conflicts[0] and "111 (a page)" in outcome.conflicts[0]
    assert [row["pmid"] for row in kept(review)] == ["111", "222", ""]
    assert kept(review)[2]["comment"] == "no match"


def test_a_service_that_fails_loses_nothing(server: StandIn, client: EntrezClient, review: Path) -> None:
    (review / "pmids.csv").write_text("number,pmid,source,date,comment\n1,111,a page,,high\n", "utf-8")
    server.script = {"ecitmatch": [Answer(b"<html>busy</html>")]}
    with pytest.raises(SourceError):
        resolve_references(review, client)
    assert [row["pmid"] for row in kept(review)] == ["111"]


@pytest.mark.parametrize(
    ("line", "pmid", "reason"),
    [
        ("n engl j med|2020|382|727|zhu n|k|31978945", "31978945", ""),
        ("fake journal|2000|1|1||k|NOT_FOUND;INVALID_JOURNAL", "", "NOT_FOUND;INVALID_JOURNAL"),
        ("nature|2001|409|1||k|AMBIGUOUS (3 citations)", "", "AMBIGUOUS (3 citations)"),
        ("nature|2001|409|1||k|", "", "no match"),
    ],
)
def test_every_result_of_ecitmatch(line: str, pmid: str, reason: str) -> None:
    match = parse_matches(f"\n{line}\n".encode())["k"]
    assert (match.pmid, match.reason) == (pmid, reason)


def test_a_page_in_place_of_an_answer_is_no_answer() -> None:
    with pytest.raises(TransientError):
        parse_matches(b"<html>error</html>")


@pytest.mark.parametrize(
    ("authors", "author"),
    [
        ("Ruffell, B. & Coussens, L. M.", "ruffell b"),
        ("Rey-Giraud, F., Hafner, M. & Ries, C. H.", "rey-giraud f"),
        ("Altorki, N. K. et al.", "altorki nk"),
        ("Morrison, C.", "morrison c"),
    ],
)
def test_the_first_author_is_written_as_pubmed_does(authors: str, author: str) -> None:
    row = {"authors": authors, "journal": "Nat. Rev. Cancer", "year": "2019", "volume": "19", "pages": "9–31"}
    citation = citation_of({**row, "number": "5"})
    assert citation.author == author
    assert (citation.journal, citation.page) == ("nat rev cancer", "9")


def documents(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = "pmid,split,sha256,annotators,paper,doi,title,year,source\n" + "".join(f"{r}\n" for r in rows)
    (folder / "documents.csv").write_text(lines, "utf-8")
    return folder


def search(*ids: str) -> Answer:
    listed = "".join(f"<Id>{i}</Id>" for i in ids)
    return Answer(
        f"<eSearchResult><Count>{len(ids)}</Count><IdList>{listed}</IdList></eSearchResult>".encode()
    )


def test_texts_come_by_pmid_doi_or_title_under_the_golds_ids(
    server: StandIn, client: EntrezClient, tmp_path: Path
) -> None:
    folder = documents(
        tmp_path / "gold",
        "1,dev,,A,,,,,",
        "tam:TP002,check,,A,TP002,,Title 2.,2019,",
        "tam:TP003,dev,,A,TP003,,Another title,2019,",
        "tam:TP005,dev,,A,TP005,10.1/none,,2019,",
    )
    server.script = {
        "esearch": [search("2"), search("3"), search()],
        "efetch": [Answer(article_set(article("1"), article("2", title="Title 2."), article("3")))],
    }
    out = tmp_path / "texts.jsonl"
    outcome = fetch_texts(folder, client, out)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["pmid"] for line in lines] == ["1", "tam:TP002"]
    assert lines[1]["title"] == "Title 2." and lines[1]["abstract"]
    assert (outcome.texts, outcome.missing) == (2, 2)
    told = " ".join(outcome.remarks)
    assert "tam:TP003: record 3 has another DOI and title" in told
    assert "tam:TP005: no records" in told


def test_a_folder_without_documents_is_wrong_use(client: EntrezClient, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="knows no document"):
        fetch_texts(tmp_path, client, tmp_path / "out.jsonl")
