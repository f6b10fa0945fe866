"""PubMed by the E-utilities, against a stand-in server: what is asked, and what faults come to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings, Settings
from pipeline.sources import Asked, open_sources
from pipeline.sources.entrez import EntrezClient
from pipeline.sources.entrez_requests import ATTEMPTS
from pipeline.sources.pmid_list import read_pmid_file
from tests.pipeline.sources.records import article, article_set
from tests.servers.eutils import Answer, StandIn, stand_in

KEY = "secret-key-123"


def found(count: int, ids: list[str], more: str = "") -> Answer:
    body = f"<eSearchResult><Count>{count}</Count><IdList>{''.join(f'<Id>{i}</Id>' for i in ids)}</IdList>"
    return Answer(f"{body}<QueryTranslation>as searched</QueryTranslation>{more}</eSearchResult>".encode())


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as state:
        yield state


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: StandIn, pauses: list[float]) -> EntrezClient:
    settings = EntrezSettings(email="me@example.org", api_key=KEY, base_url=server.url, rate=1000)
    return EntrezClient(settings, sleep=pauses.append)


def test_search_and_fetch_give_articles_and_tell_what_was_not_returned(
    server: StandIn, client: EntrezClient
) -> None:
    server.script = {
        "esearch": [found(2, ["1", "2"])],
        "efetch": [Answer(article_set(article("1"))), Answer(article_set())],
        "esummary": [
            Answer(b"<eSummaryResult><ERROR>UID=2: cannot get document summary</ERROR></eSummaryResult>")
        ],
    }
    ids = client.search("macrophages")
    first, second = client.fetch(ids)
    assert isinstance(first, Article) and first.pmid == "1"
    assert isinstance(second, Rejection) and second.reason.startswith("not-returned")
    assert client.described["translation"] == "as searched"
    sent = server.asked[0][1]
    assert (sent["tool"], sent["email"]) == (["tamrex"], ["me@example.org"])


def test_more_than_two_hundred_pmids_go_by_pages(server: StandIn, client: EntrezClient) -> None:
    ids = [str(n) for n in range(1, 402)]
    pages = [article_set(*map(article, ids[start : start + 200])) for start in (0, 200, 400)]
    server.script = {"efetch": [Answer(page) for page in pages]}
    assert [r.pmid for r in client.fetch(ids)] == ids
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(b'{"error":"API rate limit exceeded"}', 429, (("Retry-After", "2"),)),
        Answer(b"<html>WWW Error 500 Diagnostic</html>", 500),
        Answer(b"<html>maintenance</html>"),
        Answer(b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"),
        Answer(b""),
        Answer(article_set(article("1")), cut=True),
    ],
    ids=["rate", "server", "html", "lost-history", "empty", "cut"],
)
def test_a_passing_trouble_is_waited_out(
    server: StandIn, client: EntrezClient, pauses: list[float], trouble: Answer
) -> None:
    server.script = {"efetch": [trouble, Answer(article_set(article("1")))]}
    (record,) = client.fetch(["1"])
    assert isinstance(record, Article)
    if trouble.status == 429:
        assert 2.0 in pauses


def test_a_lasting_trouble_ends_after_some_tries_and_what_came_is_kept(
    server: StandIn, client: EntrezClient
) -> None:
    ids = [str(n) for n in range(1, 202)]
    first = Answer(article_set(*map(article, ids[:200])))
    server.script = {"efetch": [first, Answer(b"down", 503)]}
    came: list[Article | Rejection] = []
    with pytest.raises(SourceError) as fault:
        for record in client.fetch(ids):
            came.append(record)
    assert [record.pmid for record in came] == ids[:200]
    assert fault.value.exit_code == 3
    assert KEY not in str(fault.value)
    assert len(server.asked) == 1 + ATTEMPTS


def test_a_refusal_is_final_and_tells_no_secret(server: StandIn, client: EntrezClient) -> None:
    server.script = {"efetch": [Answer(f"<x>{KEY}</x>".encode(), 403)]}
    with pytest.raises(SourceError) as fault:
        list(client.fetch(["1"]))
    assert len(server.asked) == 1
    assert KEY not in str(fault.value)


def test_what_pubmed_dropped_from_a_query_is_shown(
    server: StandIn, client: EntrezClient, caplog: pytest.LogCaptureFixture
) -> None:
    more = "<ErrorList><PhraseNotFound>fleegle</PhraseNotFound></ErrorList>"
    server.script = {"esearch": [found(1, ["1"], more)]}
    with caplog.at_level(logging.WARNING, logger="tamrex"):
        client.search("fleegle AND macrophages")
    assert "fleegle" in caplog.text


def test_what_pubmed_dropped_fails_a_strict_fetch(server: StandIn) -> None:
    more = "<WarningList><QuotedPhraseNotFound>fleegle</QuotedPhraseNotFound></WarningList>"
    server.script = {"esearch": [found(1, ["1"], more)]}
    settings = EntrezSettings(email="me@example.org", base_url=server.url, rate=1000, strict=True)
    with pytest.raises(UsageError, match=r"fleegle.*entrez\.strict"):
        EntrezClient(settings).search("fleegle AND macrophages")


def test_without_an_address_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"e-mail.*TAMREX_ENTREZ__EMAIL"):
        open_sources(Asked(query="macrophages"), Settings())


def test_a_file_of_pmids_is_checked_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("# mine\n1\n\nabc\n1\n 2  # two\n")
    pmids, refused = read_pmid_file(file)
    assert pmids == ["1", "2"]
    assert [(r.place, r.reason.split(":")[0]) for r in refused] == [
        ("line 4", "not-a-pmid"),
        ("line 5", "duplicate"),
    ]
    file.write_text("# nothing\n")
    with pytest.raises(UsageError, match="no PMID"):
        read_pmid_file(file)
