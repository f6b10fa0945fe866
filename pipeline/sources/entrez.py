"""PubMed through NCBI's E-utilities, in the manner that NCBI asks for.

Requests are built by Biopython's `Bio.Entrez`. Its own retries are switched off, since it repeats a
refused request at once and doesn't count the repeats; here they wait, obey `Retry-After` and count in the
rate. Answers are parsed in `pubmed_xml`, since `Bio.Entrez.read` needs the DTD of each year and holds
whole sets in memory. Rules and limits: "Entrez Programming Utilities Help", NCBI Bookshelf, NBK25497 and
NBK25499.
"""

from __future__ import annotations

import io
import logging
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError

from Bio import Entrez
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings
from pipeline.sources.citations import Citation, CitationMatch, parse_matches
from pipeline.sources.entrez_answers import (
    WALL,
    FinalError,
    SearchAnswer,
    TransientError,
    judge_refusal,
    known_ids,
    parse_search,
    whole_set,
)
from pipeline.sources.hours import is_peak
from pipeline.sources.kept_pages import KeptPages, request_key
from pipeline.sources.pubmed_xml import read_pubmed_xml
from pipeline.sources.slicing import search_all
from pipeline.stopping import pause

log = logging.getLogger("tamrex")

PAGE = 200
"""Records asked for at once: more ids than this need POST, and a failure costs little (NBK25499)."""
LARGE = 10_000
"""Records from which on a job is told to be large in peak hours; NCBI gives no number."""
ATTEMPTS = 8
TIMEOUT = 60.0
"""Seconds without an answer after which a request counts as failed; Bio.Entrez itself sets no limit."""
LONGEST_PAUSE = 300.0
"""Seconds: a server that asks for a longer pause has the run end instead."""
_EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_MEND = "try again later; what came is kept"


class EntrezAccess(Protocol):
    """What a run needs of PubMed: the PMIDs of a query, and the records of PMIDs."""

    described: dict[str, Any]
    """What the last search came to, for the manifest."""

    def query(self, query: str, *, limit: int | None = None) -> Iterator[Article | Rejection]:
        """Yield the records of a query."""
        ...

    def fetch(self, pmids: list[str]) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs; those not given become rejections."""
        ...


class EntrezClient:
    """PubMed through the E-utilities.

    Biopython's own pace (a request each 0.37 s, with a key each 0.1 s) holds beside `settings.rate`.

    Parameters
    ----------
    settings
        E-mail (needed), API key, address and rate.
    kept
        Where answers are kept, so that a fetch that was stopped goes on; nothing is kept without it.
    from_kept
        Give the records of the last fetch of a request from what was kept of it, and ask PubMed nothing.
    sleep
        How to pause, in seconds; replaced in tests.

    Raises
    ------
    UsageError
        If no e-mail is set.
    """

    def __init__(
        self,
        settings: EntrezSettings,
        *,
        kept: KeptPages | None = None,
        from_kept: bool = False,
        sleep: Callable[[float], None] = pause,
    ) -> None:
        if "@" not in settings.email:
            raise UsageError(
                "NCBI needs an e-mail address with every request",
                "entrez.email",
                "set it in tamrex.toml or as TAMREX_ENTREZ__EMAIL",
            )
        self._settings = settings
        self._base_url = settings.base_url.rstrip("/") + "/"
        self._sleep = sleep
        self._kept = kept
        self._from_kept = from_kept and kept is not None
        self._interval = 1.0 / (settings.rate or (10.0 if settings.api_key else 3.0))
        self._last = -1e9
        self.described: dict[str, Any] = {}

    def query(self, query: str, *, limit: int | None = None) -> Iterator[Article | Rejection]:
        """Yield the records of a query; a fetch of it that was stopped is gone on with.

        Raises
        ------
        UsageError
            If the query is empty or PubMed finds it invalid.
        SourceError
            If the service fails, or PubMed counts more records than it gives; what came is yielded.
        """
        request = request_key(query=query, limit=limit, base_url=self._base_url)
        if self._from_kept:
            assert self._kept is not None
            self.described = {"query": query, "kept": True}
            yield from self._records(self._kept.found(request), request)
            return
        pmids = self.search(query, limit=limit)
        yield from self._fetch_whole(pmids, request)
        lacking = self.described.get("shortfall", 0)
        if lacking:
            raise SourceError(
                f"PubMed counts {self.described['count']} records and its searches gave {len(pmids)}",
                "pubmed",
                "run again: records are being added or withdrawn just now",
            )

    def search(self, query: str, *, limit: int | None = None) -> list[str]:
        """Return the PMIDs of a query, newest first; past 9,999 by several searches.

        What PubMed left out of the query or read otherwise is told as a warning: a dropped term can
        leave thousands of hits. `described` tells by how many the count differs from what came.

        Raises
        ------
        UsageError
            If the query is empty, PubMed finds it invalid, or drops a part of it while `entrez.strict`.
        SourceError
            If the service fails.
        """
        if not query.strip():
            raise UsageError("the query is empty", "entrez.query", "give a PubMed query")
        told = False

        def ask(term: str) -> SearchAnswer:
            nonlocal told
            asked = WALL if limit is None else min(limit, WALL)
            request = partial(
                _bio("esearch"), db="pubmed", term=term, retmax=asked, sort="pub_date", retmode="xml"
            )
            answer: SearchAnswer = self._ask("esearch", request, partial(parse_search, asked=asked))
            if not told:
                told = True
                self._tell(query, answer)
            return answer

        found = search_all(ask, query, limit=limit)
        self.described |= {"found": len(found.pmids), "searches": found.searches}
        if found.shortfall:
            self.described |= {"shortfall": found.shortfall, "count": found.count}
        return found.pmids

    def _tell(self, query: str, answer: SearchAnswer) -> None:
        """Note what PubMed made of a query, and warn of what it left out."""
        for kind, words in answer.remarks:
            log.warning("query: PubMed says %s: %s", kind, words)
        self.described = {
            "query": query,
            "translation": answer.translation,
            "count": answer.count,
            "remarks": [f"{kind}: {words}" for kind, words in answer.remarks],
        }
        if self._settings.strict and answer.remarks:
            kind, words = answer.remarks[0]
            raise UsageError(f"PubMed says {kind}: {words}", query, "mend the query, or unset entrez.strict")
        if not answer.count:
            if any(kind == "FieldNotFound" for kind, _ in answer.remarks):
                raise UsageError("PubMed finds the query invalid", query, "check its fields and brackets")
            log.warning("query: PubMed has no record for it")
        if answer.count > LARGE and is_peak(datetime.now(UTC)):
            log.warning(
                "query: %d records; NCBI wants large jobs at weekends or from 21 to 5 o'clock Eastern time",
                answer.count,
            )

    def fetch(self, pmids: list[str]) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs, a page at a time; a fetch of them that was stopped is gone on with.

        PubMed leaves out absent ones without a word: they are asked for once more, and ESummary then tells
        whether PubMed knows them.

        Raises
        ------
        SourceError
            If the service fails, or doesn't give a record that it knows; what came is yielded.
        """
        request = request_key(pmids=pmids, base_url=self._base_url)
        if self._from_kept:
            assert self._kept is not None
            yield from self._records(self._kept.found(request), request)
        else:
            yield from self._fetch_whole(pmids, request)

    def _fetch_whole(self, pmids: list[str], request: str) -> Iterator[Article | Rejection]:
        """Yield the records of PMIDs: kept ones of a fetch that was stopped, then the others by pages."""
        had: set[str] = set()
        if self._kept is not None and (before := self._kept.begin(request)):
            log.info("fetch: going on, %d records came before it was stopped", before)
            for record in self._records(pmids, request):
                had.add(record.pmid)
                yield record
        left = [pmid for pmid in pmids if pmid not in had]
        lacking: list[str] = []
        missing = len(left)
        try:
            for start in range(0, len(left), PAGE):
                page = left[start : start + PAGE]
                records, given = self._page(page, request)
                absent = [pmid for pmid in page if pmid not in given]
                if absent:
                    more, given = self._page(absent, request)
                    records += more
                    absent = [pmid for pmid in absent if pmid not in given]
                known = self._known(absent) if absent else set()
                lacking += [pmid for pmid in absent if pmid in known]
                missing -= len(page)
                yield from records
                for pmid in absent:
                    why = (
                        "PubMed knows this id and gave no record" if pmid in known else "no record of this id"
                    )
                    yield Rejection("pubmed", "", pmid, "fetch", f"not-returned: {why}")
        finally:
            # Also when the reader has enough with the last page: all came, there is nothing to go on with.
            if self._kept is not None and not missing and not lacking:
                self._kept.end(request, pmids)
        if lacking:
            raise SourceError(f"PubMed knows {len(lacking)} records that it didn't give", lacking[0], _MEND)

    def _page(self, page: list[str], request: str) -> tuple[list[Article | Rejection], set[str]]:
        """Ask for up to 200 PMIDs; return the records, and the PMIDs of those that came, useful or not."""
        ask = partial(_bio("efetch"), db="pubmed", id=page, retmode="xml")
        body: bytes = self._ask("efetch", ask, whole_set)
        wanted = set(page)
        given: set[str] = set()
        records: list[Article | Rejection] = []
        for record in read_pubmed_xml(io.BytesIO(body), "pubmed"):
            if not record.pmid or record.pmid in wanted - given:
                records.append(record)
                given.add(record.pmid)
        if self._kept is not None:
            self._kept.add(request, body, given & wanted)
        return records, given

    def _records(self, pmids: list[str], request: str) -> Iterator[Article | Rejection]:
        """Yield the kept records of PMIDs."""
        assert self._kept is not None
        for body, held in self._kept.holding(request, pmids):
            for record in read_pubmed_xml(io.BytesIO(body), "pubmed"):
                if record.pmid in held:
                    held.discard(record.pmid)
                    yield record

    def _known(self, pmids: list[str]) -> set[str]:
        request = partial(_bio("esummary"), db="pubmed", id=pmids, retmode="xml")
        known: set[str] = self._ask("esummary", request, known_ids)
        return known

    def find_doi(self, doi: str) -> list[str]:
        """Return the PMIDs that PubMed's search gives for a DOI; more than one means that it is not sure.

        Raises
        ------
        SourceError
            If the service fails.
        """
        return self._find(f'"{doi}"[doi]')

    def find_title(self, title: str) -> list[str]:
        """Return the PMIDs that PubMed's search gives for the words of a title.

        Raises
        ------
        SourceError
            If the service fails.
        """
        # Signs are operators in a query; words alone find a title all the same.
        words = re.findall(r"[^\W_]+", title)
        return self._find(f"{' '.join(words)}[title]")

    def _find(self, term: str) -> list[str]:
        request = partial(_bio("esearch"), db="pubmed", term=term, retmax=5, retmode="xml")
        answer: SearchAnswer = self._ask("esearch", request, partial(parse_search, asked=5))
        return answer.pmids

    def match_citations(self, citations: Sequence[Citation]) -> dict[str, CitationMatch]:
        """Return what ECitMatch knows of citations, by their keys.

        Raises
        ------
        SourceError
            If the service fails.
        """
        lines = [
            {
                "journal_title": citation.journal,
                "year": citation.year,
                "volume": citation.volume,
                "first_page": citation.page,
                "author_name": citation.author,
                "key": citation.key,
            }
            for citation in citations
        ]
        request = partial(_bio("ecitmatch"), db="pubmed", bdata=lines)
        answer: dict[str, CitationMatch] = self._ask("ecitmatch", request, parse_matches)
        return answer

    def _ask(self, what: str, request: Callable[[], Any], read: Callable[[bytes], Any]) -> Any:
        """Send a request until its answer is whole; return what was read of it."""
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: read(self._once(request)))
        except TransientError as fault:
            tried = f"PubMed's {what} failed {ATTEMPTS} times ({self._without_key(fault)})"
            raise SourceError(tried, "pubmed", _MEND) from None
        except FinalError as fault:
            raise SourceError(
                f"PubMed refused the {what} ({self._without_key(fault)})", "pubmed", fault.mend
            ) from None

    def _once(self, request: Callable[[], Any]) -> bytes:
        """Send a request once, in the rate; return the whole body of its answer."""
        early = self._last + self._interval - time.monotonic()
        if early > 0:
            self._sleep(early)
        self._last = time.monotonic()
        try:
            with self._biopython():
                body = request().read()
        except HTTPError as fault:
            refusal = fault
        except (URLError, HTTPException, OSError) as fault:
            # No word of the fault itself: it can hold the address, and so the key.
            raise TransientError(f"no answer: {type(fault).__name__}") from None
        else:
            return body.encode("utf-8") if isinstance(body, str) else body
        try:
            words = refusal.read()
        except (HTTPException, OSError):
            words = b""
        return judge_refusal(refusal.code, refusal.headers, words, longest_pause=LONGEST_PAUSE)

    @contextmanager
    def _biopython(self) -> Iterator[None]:
        """Lend our settings to `Bio.Entrez`, which keeps its own in module variables, for one request."""
        ours = {
            "email": self._settings.email,
            "tool": self._settings.tool,
            "api_key": self._settings.api_key or None,
            "max_tries": 1,
            "urlopen": self._send,
        }
        theirs = {name: getattr(Entrez, name) for name in ours}
        vars(Entrez).update(ours)
        try:
            yield
        finally:
            vars(Entrez).update(theirs)

    def _send(self, request: urllib.request.Request) -> Any:
        # Addresses are fixed in each function of Bio.Entrez, which has no time limit either.
        request.full_url = request.full_url.replace(_EUTILS, self._base_url, 1)
        return urllib.request.urlopen(request, timeout=TIMEOUT)

    def _without_key(self, fault: Exception) -> str:
        key = self._settings.api_key
        return str(fault).replace(key, "…") if key else str(fault)


def _bio(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(Entrez, name)
    return function


def _wait(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    after = getattr(fault, "after", None)
    return float(after) if after is not None else wait_exponential_jitter(1, 60)(state)
