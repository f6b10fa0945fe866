"""JSON Lines: one record a line, `pmid`, `title` and `abstract` required."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from pipeline.records import Article, Rejection, compose_article, fold_space

_REQUIRED = ("pmid", "title", "abstract")
MAX_LINE = 8_000_000
"""Bytes of one line: far above any abstract, so that a file of another kind doesn't fill the memory."""


class _BadRecordError(Exception):
    """A line that is no record; the message begins with the code of the reason."""


def read_jsonl(stream: IO[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield a record for each line; a line that is none becomes a rejection with its number.

    `abstract` is text or a list of ``{"label": …, "text": …}``. Optional: `doi`, `year`, `journal`,
    `article_type`, `retracted`. Other fields are ignored, empty lines too.
    """
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        place = f"line {number}"
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Rejection(source, place, "", "read", f"too-long: over {MAX_LINE} bytes")
            continue
        if not line.strip():
            continue
        try:
            values = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            yield Rejection(source, place, "", "read", "not-utf-8: the line can't be decoded")
            continue
        except (ValueError, RecursionError) as fault:
            yield Rejection(source, place, "", "read", f"not-json: {fault}")
            continue
        try:
            yield _article(values, source)
        except _BadRecordError as fault:
            yield Rejection(source, place, _told_pmid(values), "read", str(fault))


def _article(values: Any, source: str) -> Article:
    if not isinstance(values, dict):
        raise _BadRecordError("not-a-record: the line is no JSON object")
    for name in _REQUIRED:
        if name not in values:
            raise _BadRecordError(f"missing-field: no {name!r}")
    pmid = _told_pmid(values)
    if not pmid:
        raise _BadRecordError("no-pmid: 'pmid' is empty or no text")
    article = compose_article(
        pmid,
        _text(values, "title"),
        _parts(values["abstract"]),
        doi=_text(values, "doi").lower(),
        year=_year(values.get("year")),
        journal=_text(values, "journal"),
        article_type=_text(values, "article_type"),
        retracted=values.get("retracted") is True,
        source=source,
    )
    if not article.text.strip():
        raise _BadRecordError("no-text: neither title nor abstract")
    return article


def _told_pmid(values: Any) -> str:
    """Return the id of a line as far as it has one."""
    pmid = values.get("pmid") if isinstance(values, dict) else None
    if isinstance(pmid, bool) or not isinstance(pmid, str | int):
        return ""
    return _characters(fold_space(str(pmid)))


def _characters(words: str) -> str:
    # A lone surrogate is no character: it can be neither counted as one nor written as UTF-8.
    return words.encode("utf-8", "replace").decode("utf-8")


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadRecordError(f"wrong-type: {name!r} is no text")
    return _characters(value)


def _parts(abstract: Any) -> list[tuple[str, str]]:
    if abstract is None:
        return []
    if isinstance(abstract, str):
        return [("", _text({"abstract": abstract}, "abstract"))]
    if isinstance(abstract, list) and all(isinstance(part, dict) for part in abstract):
        return [(_text(part, "label"), _text(part, "text")) for part in abstract]
    raise _BadRecordError("wrong-type: 'abstract' is neither text nor a list of {label, text}")


def _year(value: Any) -> int | None:
    if value is None or value == "":
        return None
    words = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    if re.fullmatch(r"[0-9]{4}", words):
        return int(words)
    raise _BadRecordError("wrong-type: 'year' is no year of four digits")
