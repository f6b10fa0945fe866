"""Anything that can be read, as an iterator of articles and of what was refused."""

from __future__ import annotations

import difflib
import gzip
import hashlib
import itertools
import re
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from pipeline.errors import UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import EntrezSettings
from pipeline.sources.bundled import read_references, read_review
from pipeline.sources.jsonl import read_jsonl
from pipeline.sources.medline import read_medline
from pipeline.sources.pmid_list import read_pmid_file
from pipeline.sources.pubmed_xml import read_pubmed_xml

Record = Article | Rejection
Reader = Callable[[IO[bytes], str], Iterator[Record]]

NAMES = ("review", "references", "pubmed", "baseline:PATH")
_BASELINE = "baseline:"
_READERS: dict[str, Reader] = {
    ".xml": read_pubmed_xml,
    ".nbib": read_medline,
    ".medline": read_medline,
    ".txt": read_medline,
    ".jsonl": read_jsonl,
}
_QUERY_FILE = Path(__file__).with_name("default_query.toml")


def open_sources(
    inputs: list[str],
    *,
    query: str | None = None,
    pmids: Path | None = None,
    limit: int | None = None,
    entrez: EntrezSettings,
) -> tuple[Iterator[Record], str, dict[str, Any]]:
    """Open all sources of a run; nothing is read yet, but what can't be opened is told at once.

    Parameters
    ----------
    inputs
        Paths and names of sources.
    query
        A PubMed query; alone it means the source `pubmed`.
    pmids
        A file of PMIDs to fetch from PubMed.
    limit
        Articles at most.

    Returns
    -------
    tuple
        The records, the run's name, and a description of the sources for the manifest.

    Raises
    ------
    UsageError
        For no source at all, an unknown name, a file that can't be read, an empty query, no e-mail.
    """
    if query is not None and not query.strip():
        raise UsageError("the query is empty", "--query", "give a PubMed query, or leave the option out")
    named = list(inputs)
    if query is not None and "pubmed" not in named:
        named.append("pubmed")
    if not named and pmids is None:
        raise UsageError("no source given", "", "use --input, --query or --pmids (try --input review)")
    described: dict[str, Any] = {"sources": []}
    streams: list[Iterator[Record]] = []
    labels: list[str] = []
    for name in named:
        stream, label = _open(name, query, entrez, described)
        streams.append(stream)
        labels.append(label)
    if pmids is not None:
        wanted, refused = read_pmid_file(pmids)
        entry: dict[str, Any] = {"name": str(pmids), "kind": "pmids", "asked": len(wanted)}
        described["sources"].append(entry)
        streams.append(itertools.chain(refused, _fetched(entrez, wanted)))
        labels.append(pmids.stem)
    records = itertools.chain.from_iterable(streams)
    return (records if limit is None else _limited(records, limit)), _run_name(labels), described


def deduplicate(records: Iterable[Record]) -> Iterator[Record]:
    """Turn each article whose PMID came before into a rejection; the first one read counts."""
    seen: dict[str, str] = {}
    for record in records:
        if isinstance(record, Article):
            if record.pmid in seen:
                reason = f"duplicate: already read from {seen[record.pmid]}"
                yield Rejection(record.source, "", record.pmid, "read", reason)
                continue
            seen[record.pmid] = record.source
        yield record


def default_query() -> str:
    """Return the query that is used when none is given."""
    parts = tomllib.loads(_QUERY_FILE.read_text("utf-8"))["part"]
    return " AND ".join("(" + " OR ".join(part["terms"]) + ")" for part in parts)


def _open(
    name: str, query: str | None, entrez: EntrezSettings, described: dict[str, Any]
) -> tuple[Iterator[Record], str]:
    if name == "review":
        described["sources"].append({"name": name, "kind": "bundled"})
        return iter(read_review()), name
    if name == "references":
        described["sources"].append({"name": name, "kind": "bundled"})
        return iter(read_references()), name
    if name == "pubmed":
        return _searched(query or entrez.query or default_query(), entrez, described), name
    if name.startswith(_BASELINE):
        return _baseline(Path(name[len(_BASELINE) :]), described), "baseline"
    path = Path(name)
    if not name.strip():
        _refuse_name(name)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and _reader_of(p) is not None)
        if not files:
            raise UsageError(
                "folder holds no readable file", name, "readable are " + ", ".join(sorted(_READERS))
            )
        return itertools.chain.from_iterable(_file(p, described) for p in files), path.name or "folder"
    if not path.exists():
        _refuse_name(name)
    return _file(path, described), path.name.split(".")[0]


def _refuse_name(name: str) -> None:
    near = difflib.get_close_matches(name, ["review", "references", "pubmed"], n=1, cutoff=0.6)
    mend = f"did you mean {near[0]!r}?" if near else "give an existing path or one of " + ", ".join(NAMES)
    raise UsageError("no such file or source", name, mend)


def _reader_of(path: Path) -> Reader | None:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return _READERS.get(suffixes[-1]) if suffixes else None


def _file(path: Path, described: dict[str, Any]) -> Iterator[Record]:
    """Check a file now, read it later."""
    reader = _reader_of(path)
    if reader is None:
        raise UsageError("unknown kind of file", str(path), "readable are " + ", ".join(sorted(_READERS)))
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise UsageError(f"file can't be read ({fault.strerror})", str(path)) from fault
    described["sources"].append({"name": str(path), "kind": "file", "sha256": digest})
    return _read_file(path, reader)


def _read_file(path: Path, reader: Reader) -> Iterator[Record]:
    source = str(path)
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
        read = 0
        try:
            for record in reader(stream, source):
                read += 1
                yield record
        except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as fault:
            reason = f"broken-file: after {read} records: {fault}; get the file again"
            yield Rejection(source, f"record {read + 1}", "", "read", reason)


def _baseline(path: Path, described: dict[str, Any]) -> Iterator[Record]:
    """Read baseline and update files, the latest first, so that the newest version of a record counts.

    PubMed numbers its files on from baseline to updates, and a later file replaces what an earlier one
    says, deletions too (NLM, "Download PubMed Data").
    """
    files = sorted(path.glob("*.xml.gz"), key=lambda p: p.name, reverse=True) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise UsageError("no baseline file", str(path), "give a folder of pubmed*.xml.gz, or one of them")
    streams = [_file(p, described) for p in files]
    return _newest(streams)


def _newest(streams: list[Iterator[Record]]) -> Iterator[Record]:
    settled: set[str] = set()
    for stream in streams:
        inside: dict[str, Record] = {}
        for record in stream:
            if record.pmid in settled:
                continue
            if not record.pmid:
                yield record
            else:
                inside[record.pmid] = record  # the last of a file counts
        settled.update(inside)
        yield from inside.values()


def _searched(query: str, entrez: EntrezSettings, described: dict[str, Any]) -> Iterator[Record]:
    from pipeline.sources.entrez import EntrezClient

    client = EntrezClient(entrez)
    entry: dict[str, Any] = {"name": "pubmed", "kind": "query", "query": query}
    described["sources"].append(entry)

    def read() -> Iterator[Record]:
        found = client.search(query)
        entry.update(client.described)
        yield from client.fetch(found)

    return read()


def _fetched(entrez: EntrezSettings, pmids: list[str]) -> Iterator[Record]:
    from pipeline.sources.entrez import EntrezClient

    return EntrezClient(entrez).fetch(pmids)


def _limited(records: Iterator[Record], limit: int) -> Iterator[Record]:
    given = 0
    for record in records:
        yield record
        given += isinstance(record, Article)
        if given >= limit:
            return


def _run_name(labels: list[str]) -> str:
    """Return a name for the run's folder made of its sources."""
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", "+".join(labels)).strip("-.")
    return name[:60] or "run"
