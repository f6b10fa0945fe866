"""MEDLINE text (`.nbib`, `.medline`): tags of up to four letters, continuation lines indented by six.

Read with Biopython's parser. Labels of a structured abstract are words of the abstract in this format
and stay so; the format has no versions of a record.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, Any

import Bio.Medline

from pipeline.records import Article, Rejection, compose_article
from pipeline.sources.pubmed_xml import PLACEHOLDER_TITLES

_MEDLINE: Any = Bio.Medline
_TAG_LINE = re.compile(r"^[A-Z]{2,4} {0,2}- ")
MAX_RECORD = 8_000_000
"""Characters of a record: far above any, so that a file of another kind doesn't fill the memory."""
_CONTINUED = "      "


def read_medline(stream: IO[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield the records of a MEDLINE text in order.

    What is no such record (an HTML or JSON error page, a list of numbers) becomes one rejection with its
    first line, however many blank lines are in it. Nothing is raised for bad content.
    """
    was_foreign = False
    for line, block in _blocks(stream):
        if sum(map(len, block)) >= MAX_RECORD:
            yield Rejection(source, f"line {line}", "", "parse", f"too-long: over {MAX_RECORD} characters")
            continue
        # Biopython takes any four characters for a tag, so that an error page would pass for a record.
        is_foreign = not _TAG_LINE.match(block[0])
        if is_foreign and not was_foreign:
            yield Rejection(source, f"line {line}", "", "parse", _why_foreign(block))
        elif not is_foreign:
            yield _record(block, source, f"line {line}")
        was_foreign = is_foreign


def _why_foreign(block: list[str]) -> str:
    what = "not-medline: the text does not begin with a tag such as `PMID- `"
    if all(row.strip().isdigit() for row in block):
        what += "; give a list of PMIDs with --pmids"
    return what


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record's first line number and lines; records begin at `PMID-` or after a blank line.

    A blank line before an indented one stands inside a field and ends nothing. Bytes that are not UTF-8
    are kept as lone surrogates, for the record to be refused.
    """
    block: list[str] = []
    first, after_blank = 1, False
    size = 0
    for number, raw in enumerate(_lines(stream), 1):
        row = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
        if number == 1:
            row = row.removeprefix("\ufeff")
        if not row.strip():
            after_blank = True
            continue
        ends = row.startswith("PMID- ") or (after_blank and not row.startswith(_CONTINUED))
        if block and ends:
            yield first, block
            block, size = [], 0
        if not block:
            first = number
        if size < MAX_RECORD:
            block.append(row)
        size += len(row)
        after_blank = False
    if block:
        yield first, block


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; of one without end only as much as refuses the record."""
    while line := stream.readline(MAX_RECORD):
        yield line
        while len(line) >= MAX_RECORD and not line.endswith(b"\n"):
            line = stream.readline(MAX_RECORD)


def _record(block: list[str], source: str, place: str) -> Article | Rejection:
    values = _MEDLINE.read(io.StringIO("\n".join(block) + "\n"))
    pmid = _joined(values.get("PMID")).strip()
    if not (pmid.isascii() and pmid.isdigit()):
        return Rejection(source, place, "", "parse", "no-pmid: the record has no PubMed id")
    if any("\udc80" <= character <= "\udcff" for row in block for character in row):
        return Rejection(source, place, pmid, "parse", "not-utf-8: the record can't be decoded")
    types = [str(t) for t in values.get("PT", [])]
    year = re.search(r"\b(1[5-9]\d\d|20\d\d)\b", _joined(values.get("DP")))
    article = compose_article(
        pmid,
        _title(values),
        [("", _joined(values.get("AB")))],
        doi=_doi(values),
        year=int(year.group()) if year else None,
        journal=_joined(values.get("JT")) or _joined(values.get("TA")),
        article_type="|".join(types),
        retracted="Retracted Publication" in types or "RIN" in values,
        source=source,
    )
    if not article.text.strip():
        return Rejection(source, place, pmid, "parse", "no-text: neither title nor abstract")
    return article


def _title(values: Any) -> str:
    """Return the title, the original one for a stand-in, or a book's."""
    title = _joined(values.get("TI"))
    if title in PLACEHOLDER_TITLES:
        title = _joined(values.get("TT"))
    return title or _joined(values.get("BTI"))


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")


def _doi(values: Any) -> str:
    for field in ("LID", "AID"):
        found = re.search(r"(\S+) \[doi\]", _joined(values.get(field)))
        if found:
            return found.group(1).lower()
    return ""
