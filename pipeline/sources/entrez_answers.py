"""Answers of the E-utilities: which are whole, which another try may mend, which are final.

The body is judged before the status, since many faults come with status 200. Shapes of answers follow
"Entrez Programming Utilities Help" (NCBI Bookshelf, NBK25499).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Any

from lxml import etree

WALL = 9_999
"""PubMed's ESearch gives no record beyond this one, without a word."""
_SETS = ("PubmedArticleSet", "PubmedBookArticleSet")
_REMARKS = ("PhraseNotFound", "FieldNotFound", "QuotedPhraseNotFound", "PhraseIgnored")
_NO_IDS = ("Empty ID list", "ID list is empty")
_FINAL = (
    "Invalid db name",
    "Empty term",
    "Empty result",
    "cannot be larger than",
    "Neither query_key nor id",
)
_EMPTY_SET = b"<PubmedArticleSet/>"


class TransientError(Exception):
    """An answer that another try may mend; `after` is the pause asked for, in seconds."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


class FinalError(Exception):
    """An answer that another try won't mend; `mend` is what the user can do."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search came to: how many records there are, ids, what was searched for, remarks on it."""

    count: int
    pmids: list[str]
    translation: str
    remarks: list[tuple[str, str]]


def parse_search(body: bytes, *, asked: int) -> SearchAnswer:
    """Read the answer of a search for up to `asked` ids.

    Raises
    ------
    TransientError
        If it is not whole, ids that it counts included.
    FinalError
        If PubMed refuses the search.
    """
    root = _root(body)
    _refuse_errors(root)
    count = root.findtext("Count") or ""
    if root.tag != "eSearchResult" or not count.isdecimal():
        raise TransientError(f"the answer is <{root.tag}> without a count")
    pmids = list(dict.fromkeys(_words(element) for element in root.findall("IdList/Id")))
    # A search beyond the wall is refused by its count, whatever ids came with it.
    expected = 0 if int(count) > asked >= WALL else min(int(count), asked)
    if len(pmids) < expected:
        raise TransientError(f"the search gave {len(pmids)} of {expected} ids")
    remarks = [
        (str(element.tag), _words(element))
        for element in root.findall("ErrorList/*") + root.findall("WarningList/*")
        if element.tag in _REMARKS
    ]
    translation = " ".join((root.findtext("QueryTranslation") or "").split())
    return SearchAnswer(int(count), pmids, translation, remarks)


def whole_set(body: bytes) -> bytes:
    """Return the body of an EFetch answer that is a whole set; an empty set where no id was right.

    Raises
    ------
    TransientError
        If it is cut, empty, a page of HTML, or an error that may pass.
    FinalError
        If PubMed refuses the request.
    """
    root = _root(body)
    if any(word in _error_words(root) for word in _NO_IDS):
        return _EMPTY_SET
    _refuse_errors(root)
    if root.tag not in _SETS:
        raise TransientError(f"the answer is <{root.tag}>")
    return body


def known_ids(body: bytes) -> set[str]:
    """Return the ids that an ESummary answer has a record for; an id without one is an ERROR beside them.

    Raises
    ------
    TransientError
        If the answer is not whole.
    """
    root = _root(body)
    if root.tag != "eSummaryResult":
        raise TransientError(f"the answer is <{root.tag}>")
    return {_words(element) for element in root.findall("DocSum/Id")}


def judge_refusal(status: int, headers: Any, body: bytes, *, longest_pause: float) -> bytes:
    """Tell an answer with a status other than 200 as one that may pass, or as final.

    Returns
    -------
    bytes
        The body, where it is an answer after all: no id of those asked for was right.

    Raises
    ------
    TransientError
        For 429 and 5xx, with the pause that `Retry-After` asks for, and for one kind of 400 that passes.
    FinalError
        For all others, and for a pause over `longest_pause` seconds.
    """
    words = _words_of_refusal(body)
    after = _pause(headers.get("Retry-After") or "")
    if status == 429 or status >= 500:
        if after is not None and after > longest_pause:
            raise FinalError(f"HTTP {status}, come back in {after:.0f} seconds", "try again then")
        raise TransientError(f"HTTP {status}", after)
    if any(word in words for word in _NO_IDS):
        return body
    if "cannot get document summary" in words:
        raise TransientError(f"HTTP {status}, cannot get document summary")
    mend = "check entrez.api_key" if "api key" in words.lower() else ""
    raise FinalError(f"HTTP {status} {words}".strip(), mend)


def _pause(after: str) -> float | None:
    """Return the seconds of a `Retry-After` header, a number or a date (RFC 9110, section 10.2.3)."""
    if after.strip().isdecimal():
        return float(after)
    date = parsedate_tz(after)
    return max(0.0, mktime_tz(date) - time.time()) if date else None


def _root(body: bytes) -> Any:
    if body.lstrip()[:1] == b"{":
        words = _words_of_json(body)
        if words and "rate" not in words.lower():
            raise FinalError(words, "check entrez.api_key" if "api key" in words.lower() else "")
        raise TransientError(words or "the answer is JSON")
    try:
        return etree.fromstring(body, _parser())
    except etree.XMLSyntaxError:
        raise TransientError("the answer is no whole XML") from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _refuse_errors(root: Any) -> None:
    words = _error_words(root)
    if any(word in words for word in _FINAL):
        raise FinalError(words, "check the query")
    if words:
        raise TransientError(words)


def _error_words(root: Any) -> str:
    """Return the first error of an answer in one line; an empty ERROR element is none."""
    found = (_words(element) for element in root.iter("ERROR"))
    return next((words for words in found if words), "")[:200]


def _words_of_refusal(body: bytes) -> str:
    if body.lstrip()[:1] == b"{":
        return _words_of_json(body)
    try:
        return _error_words(etree.fromstring(body, _parser()))
    except (etree.XMLSyntaxError, ValueError):
        return ""


def _words_of_json(body: bytes) -> str:
    """Return the `error` of a JSON answer; its other fields can hold the caller's address or key."""
    try:
        # Not strict: PubMed has been seen to leave raw line breaks in its words.
        values = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return ""
    words = values.get("error") if isinstance(values, dict) else None
    return " ".join(words.split())[:200] if isinstance(words, str) else ""


def _words(element: Any) -> str:
    return " ".join(str(element.xpath("string()")).split())
