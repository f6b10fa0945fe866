"""MEDLINE text (`.nbib`, `.medline`): tags of four letters, continuation lines indented by six.

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

_MEDLINE: Any = Bio.Medline
_TAG_LINE = re.compile(r"^[A-Z]{2,4} {0,2}- ")


def read_medline(stream: IO[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield the records of a MEDLINE text in order.

    What is no such record (an HTML or JSON error page, a list of numbers) becomes a rejection with its
    line.
    """
    for line, block in _blocks(stream):
        place = f"line {line}"
        if not any(_TAG_LINE.match(row) for row in block):
            what = "not-medline: no line begins with a tag such as `PMID- `"
            if all(row.strip().isdigit() for row in block):
                what += "; give a list of PMIDs with --pmids"
            yield Rejection(source, place, "", "parse", what)
            continue
        yield _record(_MEDLINE.read(io.StringIO("\n".join(block) + "\n")), source, place)


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record's first line number and lines; records begin at `PMID-` or after a blank line."""
    block: list[str] = []
    first = 1
    number = 0
    for number, raw in enumerate(stream, 1):
        row = raw.decode("utf-8", "replace").rstrip("\r\n").lstrip("\ufeff")
        begins = row.startswith("PMID- ")
        if block and (begins or not row.strip()):
            # A blank line inside a field is followed by an indented line, which belongs to the record.
            yield first, block
            block = []
        if row.strip():
            if not block:
                first = number
            block.append(row)
    if block:
        yield first, block


def _record(values: Any, source: str, place: str) -> Article | Rejection:
    pmid = str(values.get("PMID", "")).strip()
    if not pmid.isdigit():
        return Rejection(source, place, pmid, "parse", "no-pmid: the record has no PubMed id")
    types = [str(t) for t in values.get("PT", [])]
    year = re.search(r"\b(1[5-9]\d\d|20\d\d)\b", str(values.get("DP", "")))
    article = compose_article(
        pmid,
        _joined(values.get("TI", "") or values.get("BTI", "")),
        [("", _joined(values.get("AB", "")))],
        doi=_doi(values),
        year=int(year.group()) if year else None,
        journal=_joined(values.get("JT", "") or values.get("TA", "")),
        article_type="|".join(types),
        retracted="Retracted Publication" in types or "RIN" in values,
        source=source,
    )
    if not article.text.strip():
        return Rejection(source, place, pmid, "parse", "no-text: neither title nor abstract")
    return article


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _doi(values: Any) -> str:
    for field in ("LID", "AID"):
        found = re.search(r"(\S+) \[doi\]", _joined(values.get(field, "")))
        if found:
            return found.group(1).lower()
    return ""
