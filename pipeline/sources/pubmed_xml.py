"""PubMed XML (EFetch answers, baseline and update files), streamed one record at a time.

Parsed with entities, DTD loading and the network off. Rules for each element follow NLM's "MEDLINE
PubMed XML Element Descriptions" (nlm.nih.gov/bsd/licensee/elements_descriptions.html).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from lxml import etree

from pipeline.records import Article, Rejection, compose_article

_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet")
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")
PLACEHOLDER_TITLES = ("[Not Available].", "[Not Available]", "Not Available", "[In Process Citation]")
"""What PubMed writes where a title was not translated; the original says more."""
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_CHUNK = 1 << 15
_FARTHEST_ROOT = 1 << 20
"""Bytes in which the first element must come."""
_MATHML = "{http://www.w3.org/1998/Math/MathML}"


def read_pubmed_xml(stream: IO[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield the records of a PubMed XML stream in order.

    A record that can't be used and a PMID that the file deletes become rejections. XML that breaks
    off ends in one rejection after all records before the break; what is no PubMed XML at all is one
    rejection. Nothing is raised for bad content. The root may be a set, or a single record as some
    programs save it.
    """
    head, root = _look_at_root(stream)
    if root is None:
        yield Rejection(source, "line 1", "", "parse", "not-pubmed-xml: after 0 records: no element in it")
        return
    if _declares_entities(root):
        yield Rejection(source, "", "", "parse", "entities: the file declares some of its own")
        return
    if root.tag not in (*_ROOTS, *_RECORDS):
        yield Rejection(source, "", "", "parse", f"not-pubmed-xml: the root is <{root.tag}>")
        return
    number = 0
    # Ends of records only: an event for every element takes longer than all else.
    records = etree.iterparse(_Replayed(head, stream), events=("end",), tag=_RECORDS, **_SAFE)
    try:
        for _, element in records:
            holder = element.getparent()
            if holder is not None and holder.tag not in _ROOTS:
                continue
            if element.tag == "DeleteCitation":
                yield from _deletions(element, source)
            else:
                number += 1
                yield _read_record(element, source, number)
            # Free this record and all before it, or the whole file stays in memory.
            element.clear()
            while holder is not None and element.getprevious() is not None:
                del holder[0]
    except etree.XMLSyntaxError as fault:
        words = " ".join(str(fault.msg).split())
        what = f"{'too-long' if 'too long' in words else 'truncated-xml'}: after {number} records: {words}"
        yield Rejection(source, f"line {fault.lineno or 0}", "", "parse", what)


def _look_at_root(stream: IO[bytes]) -> tuple[bytes, Any]:
    """Read as far as the first element; return what was read and the element, none if there is none."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    head = b""
    while len(head) < _FARTHEST_ROOT and (chunk := stream.read(_CHUNK)):
        head += chunk
        with suppress(etree.XMLSyntaxError):
            parser.feed(chunk)
        for _, element in parser.read_events():
            return head, element
        if parser.error_log:
            break
    return head, None


class _Replayed:
    """What was read of a stream already, and then the rest of it."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self._head:
            words, self._head = self._head[:size], self._head[size:]
            return words
        return self._stream.read(size)


def _declares_entities(root: Any) -> bool:
    """Tell whether the document type names entities: PubMed's never does, and they can grow without end."""
    declared = root.getroottree().docinfo.internalDTD
    return declared is not None and any(True for _ in declared.iterentities())


def _deletions(element: Any, source: str) -> Iterator[Rejection]:
    for pmid in element.findall("PMID"):
        yield Rejection(source, "DeleteCitation", _words(pmid), "parse", "deleted: withdrawn by PubMed")


def _read_record(element: Any, source: str, number: int) -> Article | Rejection:
    is_book = element.tag == "PubmedBookArticle"
    record = element.find("BookDocument" if is_book else "MedlineCitation")
    # Only the direct child: PMIDs of comments and corrections stand deeper.
    own = record.find("PMID") if record is not None else None
    pmid = _words(own) if own is not None else ""
    if record is None or not (pmid.isascii() and pmid.isdigit()):
        return Rejection(source, f"record {number}", pmid, "parse", "no-pmid: the record has no PubMed id")
    assert own is not None
    article = record if is_book else record.find("Article")
    if article is None:
        return Rejection(
            source, f"record {number}", pmid, "parse", "no-article: the record has no Article element"
        )
    title = _title(article, is_book)
    parts = [(_label(part), _words(part)) for part in article.findall("Abstract/AbstractText")]
    types = (
        [_words(t) for t in record.iterfind(".//PublicationType")]
        if is_book
        else [_words(t) for t in article.findall("PublicationTypeList/PublicationType")]
    )
    composed = compose_article(
        pmid,
        title,
        parts,
        doi=_doi(article, element, is_book),
        year=_year(article, is_book),
        journal=_text_of(article, "Journal/Title") or _text_of(record, "MedlineJournalInfo/MedlineTA"),
        article_type="|".join(["Book", *types] if is_book else types),
        retracted=_is_retracted(record, types),
        version=int(own.get("Version") or 1) if (own.get("Version") or "1").isdigit() else 1,
        source=source,
    )
    if not composed.text.strip():
        return Rejection(source, f"record {number}", pmid, "parse", "no-text: neither title nor abstract")
    return composed


def _words(element: Any) -> str:
    """All text of an element; nothing is put between pieces (`CD8<sup>+</sup>` is `CD8+`).

    White space between MathML elements is layout and is dropped.
    """
    pieces = [element.text or ""]
    for child in element:
        if len(child) or not isinstance(child.tag, str) or child.tag.startswith(_MATHML):
            break
        pieces += (child.text or "", child.tail or "")
    else:
        # As good as all: no tags, or words in small type that hold no others.
        return " ".join("".join(pieces).split())
    pieces = []

    def walk(node: Any, in_math: bool) -> None:
        for words in _own_text(node, in_math):
            if isinstance(words, str):
                pieces.append(words)
            else:
                walk(words, in_math or str(words.tag).startswith(_MATHML))

    walk(element, str(element.tag).startswith(_MATHML))
    return " ".join("".join(pieces).split())


def _own_text(node: Any, in_math: bool) -> Iterator[Any]:
    if node.text and not (in_math and not node.text.strip()):
        yield node.text
    for child in node:
        if isinstance(child.tag, str):
            yield child
        elif child.tag is etree.Entity:
            # Without the DTD a named character (`&beta;`) is left as it stands; its name is HTML's.
            yield html.unescape(child.text)
        if child.tail and not (in_math and not child.tail.strip()):
            yield child.tail


def _label(part: Any) -> str:
    label = " ".join((part.get("Label") or "").split())
    # PubMed's own word for "this part has no label".
    return "" if label.upper() == "UNLABELLED" else label


def _title(article: Any, is_book: bool) -> str:
    paths = ("ArticleTitle", "Book/BookTitle") if is_book else ("ArticleTitle",)
    for path in paths:
        found = article.find(path)
        if found is not None and _words(found):
            title = _words(found)
            # A stand-in for a title that was not translated: the original one says more.
            return _text_of(article, "VernacularTitle") if title in PLACEHOLDER_TITLES else title
    return ""


def _text_of(element: Any, path: str) -> str:
    found = element.find(path)
    return _words(found) if found is not None else ""


def _doi(article: Any, element: Any, is_book: bool) -> str:
    for location in article.findall("ELocationID[@EIdType='doi']"):
        if location.get("ValidYN", "Y") == "Y" and _words(location):
            return _words(location).lower()
    # The list under PubmedData only: cited papers have lists of their own.
    data = element.find("PubmedBookData" if is_book else "PubmedData")
    if data is not None:
        for identifier in data.findall("ArticleIdList/ArticleId[@IdType='doi']"):
            if _words(identifier):
                return _words(identifier).lower()
    return ""


def _year(article: Any, is_book: bool) -> int | None:
    date = "Book/PubDate" if is_book else "Journal/JournalIssue/PubDate"
    candidates = (
        _text_of(article, f"{date}/Year"),
        _text_of(article, f"{date}/MedlineDate"),
        _text_of(article, "ArticleDate/Year"),
    )
    for words in candidates:
        found = re.search(r"\b(1[5-9]\d\d|20\d\d)\b", words)
        if found:
            return int(found.group())
    return None


def _is_retracted(record: Any, types: list[str]) -> bool:
    # The notice itself has RetractionOf and is not retracted.
    return "Retracted Publication" in types or (
        record.find("CommentsCorrectionsList/CommentsCorrections[@RefType='RetractionIn']") is not None
    )
