"""Input that would fill the memory or read other files: refused with a line, all else is read."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.records import Article, Rejection
from pipeline.settings import Settings
from pipeline.sources import MAX_TEXT, Asked, open_sources
from tests.pipeline.sources.records import article, article_set

MOST_MEMORY = 500
"""MB at the peak of a refusal."""
_READ = """
import sys
from pipeline.settings import Settings
from pipeline.sources import Asked, open_sources
from tests.memory import peak_mib
records, _, _ = open_sources(Asked([sys.argv[1]]), Settings())
for record in records:
    print(record.pmid, getattr(record, "reason", "read"))
print(peak_mib())
"""


def read(file: Path) -> list[str]:
    """Read a file in a process of its own; return a line for each record, once it kept to the memory."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(file)], capture_output=True, text=True, check=True
    )
    *lines, peak = done.stdout.splitlines()
    assert int(peak) < MOST_MEMORY
    return lines


def xml_with(words: Iterator[bytes]) -> Iterator[bytes]:
    """A record, one with these words as its abstract, and another."""
    head, tail = article("2", abstract="<AbstractText>@</AbstractText>").encode().split(b"@")
    yield article_set(article("1")).removesuffix(b"</PubmedArticleSet>") + head
    yield from words
    yield tail + article("3").encode() + b"</PubmedArticleSet>"


def words_of_200_mb() -> Iterator[bytes]:
    return (b"word " * 200_000 for _ in range(200))


def test_an_abstract_of_200_mb_in_xml(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    with file.open("wb") as stream:
        stream.writelines(xml_with(words_of_200_mb()))
    first, refused = read(file)
    assert first == "1 read"
    assert "too-long: after 1 records" in refused


def test_an_abstract_of_200_mb_in_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with file.open("wb") as stream:
        stream.write(
            b'{"pmid": "1", "title": "T", "abstract": ""}\n{"pmid": "2", "title": "T", "abstract": "'
        )
        stream.writelines(words_of_200_mb())
        stream.write(b'"}\n{"pmid": "3", "title": "T", "abstract": ""}\n')
    first, refused, last = read(file)
    assert (first, last) == ("1 read", "3 read")
    assert "too-long" in refused


def test_an_abstract_of_200_mb_in_medline_text(tmp_path: Path) -> None:
    file = tmp_path / "a.nbib"
    with file.open("wb") as stream:
        stream.write(b"PMID- 1\nTI  - T\n\nPMID- 2\nTI  - T\nAB  - ")
        stream.writelines(words_of_200_mb())
        stream.write(b"\n\nPMID- 3\nTI  - T\n")
    first, refused, last = read(file)
    assert (first, last) == ("1 read", "3 read")
    assert "too-long" in refused


@pytest.mark.parametrize("name", ["a.xml.gz", "a.jsonl.gz", "a.nbib.gz"])
def test_a_gzip_bomb(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with gzip.open(file, "wb") as stream:
        if name.startswith("a.xml"):
            stream.write(article_set(article("1")).removesuffix(b"</PubmedArticleSet>"))
        for _ in range(40):
            stream.write((b" " * 999 + b"\n") * 1_000)
    assert file.stat().st_size < 100_000
    assert ["too-long" in line for line in read(file)][-1:] == [True]


def test_entities_are_refused_and_no_other_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("another file's words")
    head = f'<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY a "ha">'
    head += "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 9)) + "]>"
    records = article("1", abstract="<AbstractText>&x; &a8;</AbstractText>")
    (tmp_path / "a.xml").write_text(f"{head}<PubmedArticleSet>{records}</PubmedArticleSet>")
    (refused,) = read(tmp_path / "a.xml")
    assert refused.split(":")[0].strip() == "entities"


def test_a_text_of_another_kind_of_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(
        article_set(
            article("1", abstract=f"<AbstractText>{'word ' * (MAX_TEXT // 5)}</AbstractText>"), article("2")
        )
    )
    records, _, _ = open_sources(Asked([str(tmp_path / "a.xml")]), Settings())
    refused, other = records
    assert isinstance(refused, Rejection) and refused.pmid == "1" and refused.reason.startswith("too-long")
    assert isinstance(other, Article)
