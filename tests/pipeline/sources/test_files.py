"""Sources named on the command line: files of every kind, broken ones, and names."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import Settings
from pipeline.sources import Asked, deduplicate, default_query, open_sources
from tests.pipeline.sources.records import article, article_set


def read(*inputs: str | Path, limit: int | None = None) -> list[Article | Rejection]:
    records, _, _ = open_sources(Asked([str(i) for i in inputs], limit=limit), Settings())
    return list(records)


def codes(found: list[Article | Rejection]) -> list[str]:
    return [r.pmid if isinstance(r, Article) else r.reason.split(":")[0] for r in found]


def test_jsonl_keeps_good_lines_and_tells_each_bad_one(tmp_path: Path) -> None:
    lines = [
        json.dumps({"pmid": "1", "title": "T", "abstract": "A"}),
        "not json",
        json.dumps({"pmid": "2", "title": "T"}),
        json.dumps({"pmid": "", "title": "T", "abstract": "A"}),
        json.dumps({"pmid": "3", "title": "T", "abstract": [{"label": "AIM", "text": "B"}], "other": 1}),
        json.dumps({"pmid": "4", "title": "", "abstract": ""}),
        json.dumps({"pmid": "5", "title": "T", "abstract": ""}),
        json.dumps(["6"]),
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    expected = ["1", "not-json", "missing-field", "no-pmid", "3", "no-text", "5", "not-a-record"]
    found = read(file)
    assert codes(found) == expected
    assert [r.place for r in found if isinstance(r, Rejection)][:2] == ["line 2", "line 3"]


def test_gzip_is_told_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    line = json.dumps({"pmid": "1", "title": "T", "abstract": "A"}).encode() + b"\n"
    (tmp_path / "a.jsonl").write_bytes(gzip.compress(line))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line.replace(b'"1"', b'"2"')))
    assert codes(read(tmp_path)) == ["1", "2"]


def test_a_broken_gzip_costs_only_what_is_behind_the_break(tmp_path: Path) -> None:
    packed = gzip.compress(article_set(article("1")))
    (tmp_path / "a.xml.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "b.xml").write_bytes(article_set(article("2")))
    found = codes(read(tmp_path))
    assert found[-1] == "2"
    assert found[0] in ("broken-file", "not-pubmed-xml", "truncated-xml")


def test_medline_text_is_read_and_error_pages_are_not(tmp_path: Path) -> None:
    file = tmp_path / "a.nbib"
    file.write_text(
        "PMID- 11\nTI  - A title that goes\n      on.\nAB  - Words.\nDP  - 2020 Jan\nPT  - Journal Article\n"
        "LID - 10.1/AB [doi]\n\nPMID- 12\nTI  - Second.\nRIN - Some notice\n\n<html>Error</html>\n",
        "utf-8",
    )
    first, second, third = read(file)
    assert isinstance(first, Article) and first.text == "A title that goes on.\nWords."
    assert (first.year, first.doi) == (2020, "10.1/ab")
    assert isinstance(second, Article) and second.retracted
    assert isinstance(third, Rejection) and third.reason.startswith("not-medline")


def test_a_list_of_pmids_given_as_text_gets_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("123\n456\n")
    (found,) = read(file)
    assert isinstance(found, Rejection) and "--pmids" in found.reason


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reveiw", "did you mean 'review'"),
        ("/no/such/file.xml", "no such file"),
        ("", "no such file"),
    ],
)
def test_an_unknown_source_is_one_clear_fault(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(name)


def test_a_file_of_an_unknown_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(UsageError, match="unknown kind of file"):
        read(tmp_path / "a.docx")
    with pytest.raises(UsageError, match="no readable file"):
        read(tmp_path)


def test_no_source_and_an_empty_query_are_refused() -> None:
    with pytest.raises(UsageError, match="no source"):
        open_sources(Asked(), Settings())
    with pytest.raises(UsageError, match="query is empty"):
        open_sources(Asked(query=" "), Settings())


def test_a_pmid_read_twice_is_rejected_with_its_first_source(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(article_set(article("1", "First."), article("1", "Second.")))
    first, second = deduplicate(read(tmp_path))
    assert isinstance(first, Article) and first.title == "First."
    assert isinstance(second, Rejection) and second.reason.startswith("duplicate")


def test_the_limit_counts_articles(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(
        article_set(article("1", "", ""), article("2"), article("3"), article("4"))
    )
    assert codes(read(tmp_path, limit=2)) == ["no-text", "2", "3"]


def test_the_review_comes_in_pieces_that_stand_in_it() -> None:
    found = read("review")
    assert all(isinstance(r, Article) for r in found)
    assert {"review:45", "review:1"} <= {r.pmid for r in found}
    assert len({r.pmid for r in found}) == len(found)


def test_the_references_are_titles() -> None:
    found = read("references")
    assert len(found) == 209
    assert all(isinstance(r, Article) and r.abstract == "" and r.title for r in found)


def test_the_default_query_is_balanced_and_each_part_is_explained() -> None:
    import tomllib

    import pipeline.sources

    query = default_query()
    assert query.count("(") == query.count(")")
    assert query.count('"') % 2 == 0
    assert query.count(" AND (") >= 3
    data = Path(pipeline.sources.__file__).with_name("default_query.toml").read_text("utf-8")
    assert all(part["comment"] and part["terms"] for part in tomllib.loads(data)["part"])
