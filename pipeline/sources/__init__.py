"""Anything that can be read, as an iterator of articles and of what was refused."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import Settings
from pipeline.sources.bulk import open_bulk
from pipeline.sources.bundled import read_references, read_review
from pipeline.sources.files import READERS, Record, open_file, reader_of, stem_of
from pipeline.sources.kept_pages import KeptPages
from pipeline.sources.parsed_files import ParsedFiles
from pipeline.sources.pmid_list import read_pmid_file
from pipeline.sources.query_dates import refuse_wrong_dates

if TYPE_CHECKING:
    from pipeline.sources.entrez import EntrezAccess

NAMES = ("review", "references", "pubmed", "baseline:PLACE")
MAX_TEXT = 200_000
"""Characters of a text: the longest of 9,627 records has 10,905; more is another kind of text, or harm."""
_BASELINE = "baseline:"
_BUNDLED = {"review": read_review, "references": read_references}
_QUERY_FILE = Path(__file__).with_name("default_query.toml")


@dataclass(frozen=True)
class Asked:
    """What a run is to read.

    Attributes
    ----------
    inputs
        Paths and names of sources.
    query
        A PubMed query; alone it means the source `pubmed`.
    pmids
        A file of PMIDs to fetch from PubMed.
    limit
        Different articles at most; rejections don't count.
    from_kept
        Read what PubMed gave last time from where it is kept, and ask it nothing.
    update
        Ask PubMed only for what is new or revised since the last complete fetch of a query.
    """

    inputs: Sequence[str] = ()
    query: str | None = None
    pmids: Path | None = None
    limit: int | None = None
    from_kept: bool = False
    update: bool = False


def open_sources(
    asked: Asked, settings: Settings, kept: KeptPages | None = None, parsed: ParsedFiles | None = None
) -> tuple[Iterator[Record], str, dict[str, Any]]:
    """Open all sources of a run; what can't be opened is told at once, records are read later.

    Parameters
    ----------
    kept
        Where PubMed's answers are kept.
    parsed
        Where is kept what bulk files came to.

    Returns
    -------
    tuple
        The records; the run's name; a description of the sources for the manifest, whose counts
        (`articles`, `rejected`) grow as the records are read.

    Raises
    ------
    UsageError
        For no source at all, an unknown name, a file that can't be read, an empty query, no e-mail.
    """
    query = asked.query
    if query is not None and not query.strip():
        raise UsageError("the query is empty", "--query", "give a PubMed query, or leave the option out")
    if asked.from_kept and asked.update:
        raise UsageError("an update asks PubMed, kept answers don't", "--kept", "leave out one of both")
    named = list(asked.inputs)
    if query is not None and "pubmed" not in named:
        named.append("pubmed")
    if not named and asked.pmids is None:
        raise UsageError("no source given", "", "use --input, --query or --pmids (try --input review)")
    opened = _Opened(asked, settings, kept, parsed)
    for name in named:
        opened.add(name)
    if asked.pmids is not None:
        opened.add_pmids(asked.pmids)
    described: dict[str, Any] = {"sources": opened.described}
    records: Iterator[Record] = itertools.chain.from_iterable(opened.streams)
    if asked.limit is not None:
        described["limit"] = asked.limit
        records = _limited(records, asked.limit)
    return records, _run_name(opened.labels), described


def deduplicate(records: Iterable[Record]) -> Iterator[Record]:
    """Turn each article whose PMID came before into a rejection.

    The first one read counts, whatever its version: it may have been worked on before the second comes.
    Files with several versions of a record are read right by `baseline:PATH`, which knows the newest.
    """
    seen: dict[str, str] = {}
    for record in records:
        if isinstance(record, Article):
            if record.pmid in seen:
                reason = f"duplicate: first in {seen[record.pmid]}"
                yield Rejection(record.source, "", record.pmid, "read", reason)
                continue
            seen[record.pmid] = record.source
        yield record


def default_query() -> str:
    """Return the query that is used when none is given."""
    parts = tomllib.loads(_QUERY_FILE.read_text("utf-8"))["part"]
    return " AND ".join("(" + " OR ".join(part["terms"]) + ")" for part in parts)


@dataclass
class _Opened:
    """The sources opened so far: streams, what the manifest says of them, what names the run."""

    asked: Asked
    settings: Settings
    kept: KeptPages | None
    parsed: ParsedFiles | None
    streams: list[Iterator[Record]] = field(default_factory=list)
    described: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    _client: EntrezAccess | None = None

    def add(self, name: str) -> None:
        """Open a source by its name or path."""
        entry: dict[str, Any] = {"name": name}
        if name in _BUNDLED:
            entry["kind"] = "bundled"
            self._keep(_BUNDLED[name](), entry)
            self.labels.append(name)
        elif name == "pubmed":
            entry["kind"] = "query"
            query = self.asked.query or self.settings.entrez.query or default_query()
            self._keep(self._searched(query, entry), entry)
            self.labels.append(name)
        elif name.startswith(_BASELINE):
            entry["kind"] = "baseline"
            self._keep(open_bulk(name[len(_BASELINE) :], entry, self.settings.bulk, self.parsed), entry)
            self.labels.append("baseline")
        else:
            self._add_path(name)

    def add_pmids(self, file: Path) -> None:
        """Open a file of PMIDs, whose records come from PubMed."""
        wanted, refused = read_pmid_file(file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        entry: dict[str, Any] = {"name": str(file), "kind": "pmids", "sha256": digest, "asked": len(wanted)}
        self._keep(itertools.chain(refused, self._access().fetch(wanted)), entry)
        self.labels.append(file.stem)

    def _add_path(self, name: str) -> None:
        path = Path(name)
        if not name.strip() or not path.exists():
            _refuse_name(name)
        files = [path]
        if path.is_dir():
            files = sorted(p for p in path.iterdir() if p.is_file() and reader_of(p) is not None)
            if not files:
                raise UsageError(
                    "folder holds no readable file", name, "readable are " + ", ".join(sorted(READERS))
                )
        for file in files:
            entry: dict[str, Any] = {"name": str(file), "kind": "file"}
            self._keep(open_file(file, entry), entry)
        self.labels.append(path.resolve().name if path.is_dir() else stem_of(path))

    def _keep(self, stream: Iterator[Record], entry: dict[str, Any]) -> None:
        self.described.append(entry)
        self.streams.append(_counted(_of_readable_size(stream), entry))

    def _access(self) -> EntrezAccess:
        # One for all sources of a run, so that all of them together keep NCBI's rate.
        from pipeline.sources.entrez import EntrezClient

        self._client = self._client or EntrezClient(
            self.settings.entrez, kept=self.kept, from_kept=self.asked.from_kept, update=self.asked.update
        )
        return self._client

    def _searched(self, query: str, entry: dict[str, Any]) -> Iterator[Record]:
        refuse_wrong_dates(query)
        access = self._access()
        entry["query"] = query

        def read() -> Iterator[Record]:
            try:
                yield from access.query(query, limit=self.asked.limit)
            finally:
                entry.update(access.described)

        return read()


def _of_readable_size(records: Iterator[Record]) -> Iterator[Record]:
    for record in records:
        if isinstance(record, Article) and len(record.text) > MAX_TEXT:
            reason = f"too-long: a text of {len(record.text)} characters, {MAX_TEXT} at most"
            yield Rejection(record.source, "", record.pmid, "read", reason)
        else:
            yield record


def _counted(records: Iterator[Record], entry: dict[str, Any]) -> Iterator[Record]:
    entry.update(articles=0, rejected=0)
    for record in records:
        entry["articles" if isinstance(record, Article) else "rejected"] += 1
        yield record


def _limited(records: Iterator[Record], limit: int) -> Iterator[Record]:
    given: set[str] = set()
    for record in records:
        yield record
        if isinstance(record, Article):
            given.add(record.pmid)
            if len(given) >= limit:
                return


def _refuse_name(name: str) -> None:
    valid = "give an existing path or one of " + ", ".join(NAMES)
    near = difflib.get_close_matches(name, ["review", "references", "pubmed"], n=1, cutoff=0.6)
    raise UsageError(
        "no such file or source", name, f"did you mean {near[0]!r}? Else {valid}" if near else valid
    )


def _run_name(labels: list[str]) -> str:
    """Return a name for the run's folder made of its sources."""
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", "+".join(labels))[:60].strip("-.+")
    return name or "run"
