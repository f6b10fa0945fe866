"""A stand-in PubMed on this machine: generated records behind E-utilities that can misbehave.

Records have entry, creation and revision dates; searches understand a word of the title, `AND`, date and
PMID ranges. It has PubMed's wall (9,999 ids a search, without a word) and its silence about absent ids.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from xml.sax.saxutils import escape

from tests.servers.local import Answer, served

WALL = 9_999


@dataclass
class Entry:
    """A generated record."""

    pmid: int
    title: str
    abstract: str
    entered: date
    revised: date
    retracted: bool = False

    def xml(self) -> str:
        """The record as EFetch gives it."""
        retraction = "<PublicationType>Retracted Publication</PublicationType>" if self.retracted else ""
        return (
            f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{self.pmid}</PMID>'
            f"<Article><Journal><JournalIssue><PubDate><Year>{self.entered.year}</Year></PubDate>"
            f"</JournalIssue><Title>Journal</Title></Journal><ArticleTitle>{escape(self.title)}</ArticleTitle>"
            f"<Abstract><AbstractText>{escape(self.abstract)}</AbstractText></Abstract>"
            f"<PublicationTypeList><PublicationType>Journal Article</PublicationType>{retraction}"
            "</PublicationTypeList></Article></MedlineCitation></PubmedArticle>"
        )


def _set(entries: list[Entry]) -> bytes:
    return ("<PubmedArticleSet>" + "".join(e.xml() for e in entries) + "</PubmedArticleSet>").encode()


_RATE = b'{"error":"API rate limit exceeded","api-key":"10.0.0.1","count":"4","limit":"3"}'
TROUBLES: dict[str, Callable[[bytes], Answer]] = {
    "429 with a pause": lambda body: Answer(_RATE, 429, (("Retry-After", "1"),), "application/json"),
    "429 without": lambda body: Answer(_RATE, 429, (), "application/json"),
    "500": lambda body: Answer(b"<html>NCBI/eutils - WWW Error 500 Diagnostic</html>", 500, (), "text/html"),
    "502": lambda body: Answer(b"<html>Bad Gateway</html>", 502, (), "text/html"),
    "503": lambda body: Answer(b"Unable to route request! service name: x", 503, (), "text/plain"),
    "JSON in place of XML": lambda body: Answer(b'{"header":{}}', kind="application/json"),
    "HTML in place of XML": lambda body: Answer(b"<html><body>maintenance</body></html>", kind="text/html"),
    "empty body": lambda body: Answer(b""),
    "XML cut in the middle": lambda body: Answer(body[: len(body) // 2]),
    "error in a 200": lambda body: Answer(
        b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
    ),
    "connection broken in the middle": lambda body: Answer(body, cut=True),
    "dropped connection": lambda body: Answer(b"", dropped=True),
}
"""Ways in which an answer can go wrong that another try mends."""


@dataclass
class PubMed:
    """The server's records, its moods and its log."""

    entries: dict[int, Entry] = field(default_factory=dict)
    share: float = 0.0
    """Share of answers that misbehave."""
    absent: set[int] = field(default_factory=set)
    """PMIDs that a search gives and a fetch doesn't."""
    forgotten_once: set[int] = field(default_factory=set)
    """PMIDs left out of the first answer that should hold them."""
    shuffled: bool = True
    delay: float = 0.0
    """Seconds between the two halves of each answer of a fetch: slow bytes."""
    before_search: Callable[[int], None] = lambda number: None
    """Called with the number of each search: records can come or go between them."""
    asked: list[tuple[float, str, dict[str, list[str]]]] = field(default_factory=list)
    troubles: dict[str, int] = field(default_factory=dict)
    url: str = ""
    _random: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fill(self, count: int, *, first: int = 1, days: int = 400, word: str = "macrophages") -> None:
        """Generate records over some days; one day holds more than a search can give if `days` is 1."""
        begin = date(2020, 1, 1)
        for number in range(count):
            pmid = first + number
            day = begin + timedelta(days=number * days // count)
            title = f"Study {pmid} of {word} and CCL2."
            text = f"Silencing of CCL2 restored sensitivity to tamoxifen in cohort {pmid}."
            self.entries[pmid] = Entry(pmid, title, text, day, day)

    def busiest_second(self) -> int:
        """The most requests that came in any second."""
        times = sorted(when for when, _, _ in self.asked)
        return max((sum(1 for t in times if start <= t < start + 1.0) for start in times), default=0)

    def reply(self, tool: str, asked: dict[str, list[str]]) -> Answer:
        """Answer, well or badly."""
        with self._lock:
            self.asked.append((time.monotonic(), tool, asked))
            body = getattr(self, f"_{tool}")(asked)
            if self._random.random() < self.share:
                name = self._random.choice(sorted(TROUBLES))
                self.troubles[name] = self.troubles.get(name, 0) + 1
                return TROUBLES[name](body)
            return Answer(body, delay=self.delay if tool == "efetch" else 0.0)

    def _esearch(self, asked: dict[str, list[str]]) -> bytes:
        self.before_search(sum(1 for _, tool, _ in self.asked if tool == "esearch"))
        found = [e for e in self.entries.values() if _fits(e, asked["term"][0])]
        found.sort(key=lambda e: (e.entered, e.pmid), reverse=True)
        wanted = min(int(asked.get("retmax", ["20"])[0]), WALL)
        ids = "".join(f"<Id>{e.pmid}</Id>" for e in found[:wanted])
        return (
            f"<eSearchResult><Count>{len(found)}</Count><RetMax>{wanted}</RetMax><IdList>{ids}</IdList>"
            f"<QueryTranslation>{escape(asked['term'][0])}</QueryTranslation></eSearchResult>"
        ).encode()

    def _efetch(self, asked: dict[str, list[str]]) -> bytes:
        ids = [int(i) for part in asked["id"] for i in part.split(",")]
        given = [i for i in dict.fromkeys(ids) if i in self.entries and i not in self.absent]
        left_out = self.forgotten_once & set(given)
        self.forgotten_once -= left_out
        given = [i for i in given if i not in left_out]
        if self.shuffled:
            self._random.shuffle(given)
        return _set([self.entries[i] for i in given])

    def _esummary(self, asked: dict[str, list[str]]) -> bytes:
        ids = [int(i) for part in asked["id"] for i in part.split(",")]
        known = [i for i in ids if i in self.entries]
        unknown = [i for i in ids if i not in self.entries]
        return (
            "<eSummaryResult>"
            + "".join(f"<ERROR>UID={i}: cannot get document summary</ERROR>" for i in unknown)
            + "".join(f"<DocSum><Id>{i}</Id></DocSum>" for i in known)
            + "</eSummaryResult>"
        ).encode()


def _fits(entry: Entry, term: str) -> bool:
    for clause in re.split(r"\s+AND\s+", term):
        clause = clause.strip("() ")
        dates = re.fullmatch(r"(\S+):(\S+)\[(edat|lr|crdt)\]", clause, re.I)
        pmids = re.fullmatch(r"(\d+):(\d+)\[uid\]", clause, re.I)
        if dates:
            day = entry.revised if dates[3].lower() == "lr" else entry.entered
            if not _day(dates[1]) <= day <= _day(dates[2]):
                return False
        elif pmids:
            if not int(pmids[1]) <= entry.pmid <= int(pmids[2]):
                return False
        elif clause.lower() not in entry.title.lower():
            return False
    return True


def _day(words: str) -> date:
    year, month, day = (int(part) for part in words.split("/"))
    return date(year, month, day)


@contextmanager
def serving(pubmed: PubMed) -> Iterator[PubMed]:
    """Serve on a free port until the block ends."""
    with served(pubmed.reply) as url:
        pubmed.url = url
        yield pubmed
