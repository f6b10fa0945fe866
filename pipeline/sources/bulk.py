"""PubMed's baseline and update files: from a folder or a mirror, checked, the newest word of each record.

Rules: "Download PubMed Data" (nlm.nih.gov/databases/download/pubmed_medline.html) and the README of the
baseline. Files are numbered on from baseline to updates of a year; a later file replaces what an earlier one
says, deletions too; a new year's baseline replaces all files of the year before.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError, UsageError
from pipeline.records import Article, Rejection
from pipeline.settings import BulkSettings
from pipeline.sources.files import Record, open_file
from pipeline.sources.mirror import FILE_NAME, is_address, md5_file, mirror_files, read_md5
from pipeline.sources.parsed_files import ParsedFile, ParsedFiles
from pipeline.sources.prefilter import filter_version, may_give_rows
from pipeline.stopping import check

log = logging.getLogger("tamrex")

_PARSING = "1"
"""Raised when parsing of records changes, so that kept files are parsed again."""
_BROKEN = ("broken-file", "md5-mismatch", "truncated-xml", "not-pubmed-xml", "too-long", "entities")


def open_bulk(
    place: str, entry: dict[str, Any], settings: BulkSettings, kept: ParsedFiles | None = None
) -> Iterator[Record]:
    """Read bulk files, the latest first, so that the newest version of a record counts.

    Older copies are passed over and counted as `superseded`; with the pre-filter, records that can't give
    a row are counted as `passed_over`. Memory holds one file's records and a byte for each PMID. A file
    whose MD5 isn't that of the `.md5` beside it isn't read, and one that breaks off is read so far: since
    an older file may then bring back what a later one changed or deleted, the source fails when all
    else is read.

    Parameters
    ----------
    place
        A folder, one file, or the address of a mirror.
    entry
        Where files and counts are noted.
    kept
        Where what each file came to is kept; used with the pre-filter only.

    Raises
    ------
    UsageError
        If there is no such file, or one can't be read.
    SourceError
        While records are read: if a mirror fails, or after the last record if a file is damaged.
    """
    if is_address(place):
        return _from_mirror(place, entry, settings, kept)
    path = Path(place)
    files = sorted(path.glob("*.xml.gz")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise UsageError("no baseline file", place, "give a folder of pubmed*.xml.gz, or one of them")
    for file in files:
        open_file(file, {}, hash_now=False)  # tells one that can't be read
    return _newest(files, entry, settings, kept)


def _from_mirror(
    address: str, entry: dict[str, Any], settings: BulkSettings, kept: ParsedFiles | None
) -> Iterator[Record]:
    try:
        yield from _newest(mirror_files(address, settings.folder), entry, settings, kept)
    finally:
        for name in entry.get("damaged", ()):
            # Without its MD5 a file doesn't count as here: the next run brings it again.
            md5_file(settings.folder / name).unlink(missing_ok=True)


def _newest(
    files: list[Path],
    entry: dict[str, Any],
    settings: BulkSettings,
    kept: ParsedFiles | None,
) -> Iterator[Record]:
    entry |= {"files": [], "superseded": 0, "passed_over": 0}
    settled = _Settled()
    damaged: list[str] = []
    for file in sorted(_of_newest_year(files), key=lambda p: p.name, reverse=True):
        check()
        parsed, fault = _parse(file, settings, kept)
        entry["files"].append({"name": file.name, "sha256": parsed.sha256})
        entry["passed_over"] += parsed.passed_over
        entry["superseded"] += parsed.superseded + settled.count(parsed.pmids)
        if fault is not None:
            damaged.append(file.name)
            yield fault
        for record in parsed.records:
            if not record.pmid or not settled.holds(record.pmid):
                yield record
        settled.add(parsed.pmids)
    if kept is not None:
        kept.forget_missing()
    if entry["passed_over"]:
        log.info("bulk files: %d records passed over that can't give a row", entry["passed_over"])
    if damaged:
        entry["damaged"] = damaged
        raise SourceError(f"{len(damaged)} bulk files are damaged", damaged[0], "get them again")


def _of_newest_year(files: list[Path]) -> list[Path]:
    years = {found[1] for file in files if (found := FILE_NAME.fullmatch(file.name))}
    if len(years) < 2:
        return files
    newest = max(years)
    log.warning("bulk files of 20%s alone are read: a new baseline replaces those of years before", newest)
    return [file for file in files if (found := FILE_NAME.fullmatch(file.name)) and found[1] == newest]


def _parse(
    file: Path, settings: BulkSettings, kept: ParsedFiles | None
) -> tuple[ParsedFile, Rejection | None]:
    """Return what a file came to, and how it is damaged if it is."""
    sidecar = md5_file(file)
    md5 = read_md5(sidecar.read_text("utf-8", "replace")) if sidecar.is_file() else None
    version = f"{_PARSING}:{filter_version()}:{md5 or ''}"
    known = kept.get(file, version) if kept is not None and settings.prefilter else None
    if known is not None:
        return known, None
    mismatch = None if md5 is None else _md5_mismatch(file, md5)
    if mismatch is not None:
        return ParsedFile(), mismatch
    parsed, fault = _read(file, prefilter=settings.prefilter)
    if fault is None and kept is not None and settings.prefilter:
        kept.keep(file, version, parsed)
    return parsed, fault


def _read(file: Path, *, prefilter: bool) -> tuple[ParsedFile, Rejection | None]:
    entry: dict[str, Any] = {}
    parsed = ParsedFile()
    fault: Rejection | None = None
    # Of each PMID the version and, if it may give rows, the record: the last word of a file counts.
    inside: dict[str, tuple[int, Record | None]] = {}
    for record in open_file(file, entry, hash_now=False):
        if not record.pmid:
            if isinstance(record, Rejection) and record.reason.split(":", 1)[0] in _BROKEN:
                fault = record
            else:
                parsed.records.append(record)
            continue
        version = record.version if isinstance(record, Article) else 0
        before = inside.get(record.pmid)
        if before is not None:
            parsed.superseded += 1
            if version and version < before[0]:
                continue
        passes = not prefilter or not isinstance(record, Article) or may_give_rows(record.text)
        inside[record.pmid] = (version, record if passes else None)
    parsed.sha256 = entry.get("sha256", "")
    parsed.records += [record for _, record in inside.values() if record is not None]
    parsed.passed_over = sum(record is None for _, record in inside.values())
    parsed.pmids = np.array([int(pmid) for pmid in inside if _is_number(pmid)], np.int64)
    return parsed, fault


def _md5_mismatch(file: Path, wanted: str) -> Rejection | None:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "md5").hexdigest()
    if wanted == found:
        return None
    what = f"md5-mismatch: {found}, where {file.name}.md5 says {wanted or 'nothing'}; get the file again"
    return Rejection(str(file), "", "", "read", what)


def _is_number(pmid: str) -> bool:
    return pmid.isascii() and pmid.isdigit() and len(pmid) < 10


class _Settled:
    """PMIDs whose newest word is known: a byte for each number up to the highest, 45 MB for all of PubMed."""

    def __init__(self) -> None:
        self._flags: NDArray[np.bool_] = np.zeros(1 << 20, np.bool_)

    def holds(self, pmid: str) -> bool:
        return _is_number(pmid) and int(pmid) < len(self._flags) and bool(self._flags[int(pmid)])

    def count(self, pmids: NDArray[np.int64]) -> int:
        return int(self._flags[pmids[pmids < len(self._flags)]].sum())

    def add(self, pmids: NDArray[np.int64]) -> None:
        if len(pmids) and (highest := int(pmids.max())) >= len(self._flags):
            grown = np.zeros(max(highest + 1, 2 * len(self._flags)), np.bool_)
            grown[: len(self._flags)] = self._flags
            self._flags = grown
        self._flags[pmids] = True
