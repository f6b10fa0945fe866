"""PubMed through NCBI's E-utilities, in the manner that NCBI asks for.

Requests are built and sent by Biopython's `Bio.Entrez`. Its own retries are switched off, since it
repeats a refused request at once; here they wait, obey `Retry-After` and count in the rate. Rules and
limits: "Entrez Programming Utilities Help", NCBI Bookshelf, NBK25497 and NBK25499.
"""

from __future__ import annotations

import io
import logging
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError

from Bio import Entrez
from lxml import etree
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings
from pipeline.sources.pubmed_xml import read_pubmed_xml

log = logging.getLogger("tamrex")

PAGE = 200
"""Records asked for at once: more ids than this need POST, and a failure costs little (NBK25499)."""
WALL = 9_999
"""PubMed's ESearch gives no record beyond this one, without a word."""
ATTEMPTS = 5
TIMEOUT = 60.0
"""Seconds without an answer after which a request counts as failed; Bio.Entrez itself sets no limit."""
_EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_MEND = "try again later; what came is kept"


class EntrezAccess(Protocol):
    """What a run needs of PubMed: the PMIDs of a query, and the records of PMIDs."""

    described: dict[str, Any]

    def search(self, query: str) -> list[str]:
        """Return the PMIDs of a query."""
        ...

    def fetch(self, pmids: list[str]) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs; those not given become rejections."""
        ...


class _TransientError(Exception):
    """An answer that another try may mend; `after` is the pause asked for, in seconds."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


class _BaseUrl(urllib.request.BaseHandler):
    """Send requests for the E-utilities to another address (a mirror, or a server under test)."""

    handler_order = 100

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/") + "/"

    def https_request(self, request: urllib.request.Request) -> urllib.request.Request:
        if request.full_url.startswith(_EUTILS):
            request.full_url = self._base_url + request.full_url[len(_EUTILS) :]
        return request


class EntrezClient:
    """PubMed through the E-utilities.

    Parameters
    ----------
    settings
        E-mail (needed), API key, address and rate.
    sleep
        How to pause, in seconds; replaced in tests.

    Raises
    ------
    UsageError
        If no e-mail is set.
    """

    def __init__(self, settings: EntrezSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        if "@" not in settings.email:
            raise UsageError(
                "NCBI needs an e-mail address with every request",
                "entrez.email",
                "set it in tamrex.toml or as TAMREX_ENTREZ__EMAIL",
            )
        self._sleep = sleep
        self._interval = 1.0 / (settings.rate or (10.0 if settings.api_key else 3.0))
        self._last = -1e9
        self.described: dict[str, Any] = {}
        entrez: Any = Entrez
        entrez.email, entrez.tool, entrez.api_key = settings.email, settings.tool, settings.api_key or None
        entrez.max_tries = 1
        self._entrez = entrez
        urllib.request.install_opener(urllib.request.build_opener(_BaseUrl(settings.base_url)))

    def search(self, query: str) -> list[str]:
        """Return the PMIDs of a query, newest first.

        Raises
        ------
        UsageError
            If PubMed finds the query invalid.
        SourceError
            If the service fails, or the query has more records than can be had at once.
        """
        answer = self._ask(
            "esearch",
            lambda: self._entrez.esearch(db="pubmed", term=query, retmax=WALL, sort="pub_date"),
            "eSearchResult",
        )
        for word in answer.findall("ErrorList/*") + answer.findall("WarningList/*"):
            if word.tag in ("PhraseNotFound", "FieldNotFound", "QuotedPhraseNotFound", "PhraseIgnored"):
                log.warning("query: PubMed says %s: %s", word.tag, word.text)
        count = int(answer.findtext("Count") or 0)
        self.described |= {
            "query": query,
            "translation": answer.findtext("QueryTranslation") or "",
            "count": count,
        }
        if answer.find("ErrorList/FieldNotFound") is not None and not count:
            raise UsageError("PubMed finds the query invalid", query, "check its fields and brackets")
        if count > WALL:
            raise SourceError(
                f"the query has {count} records and PubMed gives {WALL} at most",
                query,
                "narrow it, for example by years: AND 2020:2022[edat]",
            )
        return [element.text or "" for element in answer.findall("IdList/Id")]

    def fetch(self, pmids: list[str]) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs a page at a time; PubMed leaves out absent ones without a word.

        Raises
        ------
        SourceError
            If the service fails; what came before is yielded.
        """
        for start in range(0, len(pmids), PAGE):
            page = pmids[start : start + PAGE]
            body = self._body(
                "efetch", partial(self._entrez.efetch, db="pubmed", id=page, retmode="xml"), _is_set
            )
            given = set()
            for record in read_pubmed_xml(io.BytesIO(body), "pubmed"):
                given.add(record.pmid)
                yield record
            for pmid in page:
                if pmid not in given:
                    yield Rejection(
                        "pubmed", "", pmid, "fetch", "not-returned: PubMed has no record of this id"
                    )

    def _ask(self, what: str, request: Callable[[], Any], root: str) -> Any:
        body = self._body(what, request, lambda element: element.tag == root)
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))

    def _body(self, what: str, request: Callable[[], Any], wanted: Callable[[Any], bool]) -> bytes:
        """Send a request until its answer is whole; return the answer."""
        retrying = Retrying(
            retry=retry_if_exception_type(_TransientError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            body: bytes = retrying(self._once, request, wanted)
        except _TransientError as fault:
            raise SourceError(f"PubMed's {what} failed {ATTEMPTS} times ({fault})", "pubmed", _MEND) from None
        return body

    def _once(self, request: Callable[[], Any], wanted: Callable[[Any], bool]) -> bytes:
        pause = self._last + self._interval - time.monotonic()
        if pause > 0:
            self._sleep(pause)
        self._last = time.monotonic()
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(TIMEOUT)
        try:
            handle = request()
            body = handle.read()
        except HTTPError as fault:
            # Neither the address nor the body may be told: both can hold the API key.
            after = fault.headers.get("Retry-After", "") if fault.headers else ""
            if fault.code == 429 or fault.code >= 500:
                raise _TransientError(
                    f"HTTP {fault.code}", float(after) if after.isdigit() else None
                ) from None
            words = _error_of(fault.read())
            if fault.code == 400 and "cannot get document summary" in words:
                raise _TransientError("HTTP 400, cannot get document summary") from None
            raise SourceError(f"PubMed refused the request (HTTP {fault.code} {words})", "pubmed") from None
        except (URLError, HTTPException, OSError) as fault:
            raise _TransientError(f"no answer: {type(fault).__name__}") from None
        finally:
            socket.setdefaulttimeout(before)
        return _checked(body.encode("utf-8") if isinstance(body, str) else body, wanted)


def _wait(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    after = getattr(fault, "after", None)
    return float(after) if after is not None else wait_exponential_jitter(1, 60)(state)


def _is_set(element: Any) -> bool:
    return element.tag in ("PubmedArticleSet", "PubmedBookArticleSet")


def _checked(body: bytes, wanted: Callable[[Any], bool]) -> bytes:
    """Return a body that is whole and of the right kind: a status of 200 says nothing about that."""
    try:
        root = etree.fromstring(
            body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except etree.XMLSyntaxError as fault:
        raise _TransientError("the answer is no whole XML") from fault
    words = _error_of(body)
    if words:
        final = ("Invalid db name", "Empty ID list", "ID list is empty", "Empty term")
        if any(word in words for word in final):
            raise UsageError(
                f"PubMed refused the request ({words})", "pubmed", "check the query or the PMIDs"
            )
        raise _TransientError(words)
    if not wanted(root):
        raise _TransientError(f"the answer is <{root.tag}>")
    return body


def _error_of(body: bytes) -> str:
    """Return the first error that an answer holds, in one line; nothing for JSON, which may hold the key."""
    try:
        root = etree.fromstring(
            body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except (etree.XMLSyntaxError, ValueError):
        return ""
    found = (" ".join(str(element.xpath("string()")).split()) for element in root.iter("ERROR"))
    return next((words for words in found if words), "")[:200]
