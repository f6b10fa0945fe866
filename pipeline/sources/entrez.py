"""PubMed through NCBI's E-utilities, in the manner that NCBI asks for.

Requests are built by Biopython's `Bio.Entrez`. Answers are parsed in `pubmed_xml`, since `Bio.Entrez.read`
needs the DTD of each year and holds whole sets in memory. Rules and limits: "Entrez Programming Utilities
Help", NCBI Bookshelf, NBK25497 and NBK25499.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from Bio import Entrez

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings
from pipeline.sources.citations import Citation, CitationMatch, parse_matches
from pipeline.sources.entrez_answers import (
    WALL,
    SearchAnswer,
    known_ids,
    parse_search,
    whole_set,
)
from pipeline.sources.entrez_requests import MEND, Requests
from pipeline.sources.hours import is_peak
from pipeline.sources.kept_pages import KeptPages, request_key
from pipeline.sources.pubmed_xml import read_pubmed_xml
from pipeline.sources.slicing import Found, search_all
from pipeline.stopping import pause

log = logging.getLogger("tamrex")

PAGE = 200
"""Records asked for at once: more ids than this need POST, and a failure costs little (NBK25499)."""
LARGE = 10_000
"""Records from which on a job is told to be large in peak hours; NCBI gives no number."""
OVERLAP_DAYS = 2
"""Days before the last complete fetch from which revisions are asked for again: dates have no hours, those of
PubMed are Eastern, and its index runs behind."""
LAST_DAY = date(3000, 12, 31)


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

    Parameters
    ----------
    settings
        E-mail (needed), API key, address and rate.
    kept
        Where answers are kept, so that a fetch that was stopped goes on; nothing is kept without it.
    from_kept
        Give the records of the last fetch of a request from what was kept of it, and ask PubMed nothing.
    update
        Ask for records that are new or revised since the last complete fetch of a query, and give the
        others from what was kept of it.
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
        update: bool = False,
        sleep: Callable[[float], None] = pause,
    ) -> None:
        self._settings = settings
        self._requests = Requests(settings, sleep)
        self._kept = kept
        self._from_kept = from_kept and kept is not None
        self._update = update
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
        request = request_key(query=query, limit=limit, base_url=self._requests.base_url)
        if self._from_kept:
            assert self._kept is not None
            self.described = {"query": query, "kept": True}
            yield from self._records(self._kept.found(request), request)
            return
        begun = self._kept.begin_update(request) if self._update and self._kept is not None else None
        if begun is not None:
            yield from self._updated(query, request, *begun, limit=limit)
            return
        if self._update:
            log.info("query: no complete fetch of it is kept, so all of it is fetched")
        pmids = self.search(query, limit=limit)
        yield from self._fetch_whole(pmids, request)
        self._refuse_shortfall()

    def _updated(
        self, query: str, request: str, whole: float, came: set[str], *, limit: int | None
    ) -> Iterator[Article | Rejection]:
        """Yield the records of a query: those that are new or revised from PubMed, the others as kept.

        Which records the query finds is asked anew, since records also come to it and go from it by what
        is done to their indexing, and deleted ones are told by nothing else. If PubMed fails, all that was
        kept is yielded before the failure is raised.
        """
        assert self._kept is not None
        held = self._kept.held(request)
        try:
            pmids = self.search(query, limit=limit)
            since = datetime.fromtimestamp(whole, UTC).date() - timedelta(days=OVERLAP_DAYS)
            ahead = f"{since:%Y/%m/%d}:{LAST_DAY:%Y/%m/%d}[lr]"
            revised = held.intersection(self._search(f"({query}) AND {ahead}").pmids)
            gone = held.difference(pmids)
            if self.described.get("shortfall"):
                # What the searches left out may be among those held.
                pmids += sorted(gone)
                gone = set()
            if gone and limit is None:
                known = self._known_of(sorted(gone))
                self.described["deleted"] = sorted(gone - known)
                self.described["no_longer_found"] = sorted(gone & known)
        except SourceError:
            yield from self._records(sorted(held), request)
            raise
        stale = revised - came
        asked = [pmid for pmid in pmids if pmid not in held or pmid in stale]
        self.described |= {
            "since": since.isoformat(),
            "new": sum(pmid not in held for pmid in asked),
            "revised": sum(pmid in held for pmid in asked),
            "withdrawn": len(gone),
        }
        log.info(
            "query: %d new, %d revised, %d withdrawn since %s",
            *(self.described[key] for key in ("new", "revised", "withdrawn", "since")),
        )
        yield from self._records([pmid for pmid in pmids if pmid in held and pmid not in stale], request)
        given: set[str] = set()
        try:
            for record in self._by_pages(asked, request, pmids):
                if isinstance(record, Article):
                    given.add(record.pmid)
                yield record
        except SourceError:
            # A revised record that didn't come is given as it was: an old copy is better than none.
            yield from self._records([p for p in asked if p in held and p not in given], request)
            raise
        self._refuse_shortfall()

    def _refuse_shortfall(self) -> None:
        if self.described.get("shortfall"):
            raise SourceError(
                f"PubMed counts {self.described['count']} records and its searches gave "
                f"{self.described['found']}",
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
        found = self._search(query, limit=limit, tell=True)
        self.described |= {"found": len(found.pmids), "searches": found.searches}
        if found.shortfall:
            self.described |= {"shortfall": found.shortfall, "count": found.count}
        return found.pmids

    def _search(self, query: str, *, limit: int | None = None, tell: bool = False) -> Found:
        if not query.strip():
            raise UsageError("the query is empty", "entrez.query", "give a PubMed query")
        told = not tell

        def ask(term: str) -> SearchAnswer:
            nonlocal told
            asked = WALL if limit is None else min(limit, WALL)
            request = partial(
                _bio("esearch"), db="pubmed", term=term, retmax=asked, sort="pub_date", retmode="xml"
            )
            answer: SearchAnswer = self._requests.ask("esearch", request, partial(parse_search, asked=asked))
            if not told:
                told = True
                self._tell(query, answer)
            return answer

        return search_all(ask, query, limit=limit)

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
        request = request_key(pmids=pmids, base_url=self._requests.base_url)
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
        yield from self._by_pages([pmid for pmid in pmids if pmid not in had], request, pmids)

    def _by_pages(self, left: list[str], request: str, found: list[str]) -> Iterator[Article | Rejection]:
        """Ask for records by pages; when all came, the fetch ends with what the request found."""
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
                self._kept.end(request, found)
        if lacking:
            raise SourceError(f"PubMed knows {len(lacking)} records that it didn't give", lacking[0], MEND)

    def _page(self, page: list[str], request: str) -> tuple[list[Article | Rejection], set[str]]:
        """Ask for up to 200 PMIDs; return the records, and the PMIDs of those that came, useful or not."""
        ask = partial(_bio("efetch"), db="pubmed", id=page, retmode="xml")
        body: bytes = self._requests.ask("efetch", ask, whole_set)
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

    def _known_of(self, pmids: list[str]) -> set[str]:
        pages = (pmids[start : start + PAGE] for start in range(0, len(pmids), PAGE))
        return set().union(*(self._known(page) for page in pages))

    def _known(self, pmids: list[str]) -> set[str]:
        request = partial(_bio("esummary"), db="pubmed", id=pmids, retmode="xml")
        known: set[str] = self._requests.ask("esummary", request, known_ids)
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
        answer: SearchAnswer = self._requests.ask("esearch", request, partial(parse_search, asked=5))
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
        answer: dict[str, CitationMatch] = self._requests.ask("ecitmatch", request, parse_matches)
        return answer


def _bio(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(Entrez, name)
    return function
