"""All PMIDs of a query, also past the 9,999 that one search gives.

PubMed gives no record beyond the 9,999th of a search, by no way of paging, and says nothing of it. A query
with more is cut into ranges of entry dates ([EDAT]): they tile exactly, while publication dates overlap and
crowd on the first of January. A day with too many is cut by ranges of PMIDs. What came is checked against
the count of the whole query, since records come and go between searches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.sources.entrez_answers import WALL, SearchAnswer

log = logging.getLogger("tamrex")

FIRST_DAY = date(1900, 1, 1)
HIGHEST_PMID = 2**31
ROUNDS = 3
"""Searches of the whole query before a count that doesn't agree is told as a shortfall."""

Ask = Callable[[str], SearchAnswer]
"""Search for a term; gives the count and up to 9,999 PMIDs, newest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """PMIDs of a query, newest first, and by how many records they differ from PubMed's last count."""

    pmids: list[str]
    count: int
    searches: int

    @property
    def shortfall(self) -> int:
        """Records that PubMed counts and didn't give; 0 where all came."""
        return max(0, self.count - len(self.pmids))


def search_all(ask: Ask, query: str, *, limit: int | None = None) -> Found:
    """Search until the PMIDs that came are as many as PubMed counts.

    Parameters
    ----------
    ask
        One search.
    limit
        Newest records at most.
    """
    searches = 0

    def counted(term: str) -> SearchAnswer:
        nonlocal searches
        searches += 1
        return ask(term)

    def wanted(answer: SearchAnswer) -> int:
        return answer.count if limit is None else min(answer.count, limit)

    whole = counted(query)
    if wanted(whole) <= WALL:
        return Found(whole.pmids[:limit], wanted(whole), searches)
    last_day = date.today() + timedelta(days=366)  # dates of entry can lie ahead
    for _ in range(ROUNDS):
        given = (pmid for part in _by_days(counted, query, FIRST_DAY, last_day) for pmid in part)
        pmids = _first(given, limit)
        if len(pmids) != wanted(whole):
            # Records came or went between the searches: what does the count say now?
            whole = counted(query)
        if len(pmids) == wanted(whole):
            break
        log.warning("query: %d records came and PubMed counts %d", len(pmids), wanted(whole))
    return Found(pmids, wanted(whole), searches)


def _first(pmids: Iterator[str], limit: int | None) -> list[str]:
    kept: dict[str, None] = {}
    for pmid in pmids:
        kept[pmid] = None
        if limit is not None and len(kept) >= limit:
            break
    return list(kept)


def _by_days(ask: Ask, query: str, first: date, last: date) -> Iterator[list[str]]:
    answer = ask(f"({query}) AND {first:%Y/%m/%d}:{last:%Y/%m/%d}[edat]")
    if answer.count <= WALL:
        yield answer.pmids
    elif first == last:
        yield from _by_pmids(ask, f"({query}) AND {first:%Y/%m/%d}:{last:%Y/%m/%d}[edat]", 1, HIGHEST_PMID)
    else:
        middle = _cut(first, last)
        yield from _by_days(ask, query, middle, last)
        yield from _by_days(ask, query, first, middle - timedelta(days=1))


def _cut(first: date, last: date) -> date:
    """Return the first day of the later half; a long stretch is cut where records begin to be many."""
    if (last - first).days > 365 * 60:
        return last - timedelta(days=365 * 12)
    return first + timedelta(days=((last - first).days + 1) // 2)


def _by_pmids(ask: Ask, query: str, first: int, last: int) -> Iterator[list[str]]:
    answer = ask(f"{query} AND {first}:{last}[uid]")
    if answer.count <= WALL or first == last:
        yield answer.pmids
    else:
        # Half of those that came lie above their median: two parts of about the same size.
        seen = sorted(int(pmid) for pmid in answer.pmids)
        middle = min(max(seen[len(seen) // 2] if seen else (first + last) // 2 + 1, first + 1), last)
        yield from _by_pmids(ask, query, middle, last)
        yield from _by_pmids(ask, query, first, middle - 1)
