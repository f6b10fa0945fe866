"""Files of records: which reader a name asks for, gzip, what a broken file gives."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from pipeline.errors import UsageError
from pipeline.records import Article, Rejection
from pipeline.sources.jsonl import read_jsonl
from pipeline.sources.medline import read_medline
from pipeline.sources.pubmed_xml import read_pubmed_xml

Record = Article | Rejection
Reader = Callable[[IO[bytes], str], Iterator[Record]]

READERS: dict[str, Reader] = {
    ".xml": read_pubmed_xml,
    ".nbib": read_medline,
    ".medline": read_medline,
    ".txt": read_medline,
    ".jsonl": read_jsonl,
}
BOMB_BYTES = 20_000_000
BOMB_RATIO = 200
"""Unpacked bytes, and how many times the packed ones, past which a file is refused: PubMed's own unpack to
some eight times their size (NLM's page on downloading)."""
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 16
_HALF_A_RECORD = ("truncated-xml", "not-pubmed-xml", "not-json", "not-utf-8")
"""What readers say of the piece of a record before a break."""


def reader_of(path: Path) -> Reader | None:
    """Return the reader for a file's name (`.gz` set aside), or nothing for a kind that can't be read."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return READERS.get(suffixes[-1]) if suffixes else None


def stem_of(path: Path) -> str:
    """Return a file's name without `.gz` and without the ending that tells its kind."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem


def open_file(path: Path, entry: dict[str, Any], *, hash_now: bool = True) -> Iterator[Record]:
    """Check a file now and return its records, which are read later.

    Parameters
    ----------
    path
        A file; packed by gzip or not, as its first bytes tell.
    entry
        Where `sha256` is noted: of the file as it lies on disk.
    hash_now
        Hash the file at once; else when its records are first asked for.

    Raises
    ------
    UsageError
        For a file of another kind or one that can't be read.
    """
    reader = reader_of(path)
    if reader is None:
        raise UsageError("unknown kind of file", str(path), "readable are " + ", ".join(sorted(READERS)))
    if not path.is_file():
        raise UsageError("not a regular file", str(path), "save it to disk first")
    try:
        with path.open("rb") as stream:
            if hash_now:
                entry["sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise UsageError(f"file can't be read ({fault.strerror})", str(path)) from fault
    return _read_file(path, reader, entry)


def _read_file(path: Path, reader: Reader, entry: dict[str, Any]) -> Iterator[Record]:
    """Yield a file's records; one that breaks off ends in a rejection after all that came before."""
    source, read = str(path), 0
    last: Record | None = None
    fault: Exception | None = None
    try:
        with path.open("rb") as raw:
            if "sha256" not in entry:
                entry["sha256"] = hashlib.file_digest(raw, "sha256").hexdigest()
                raw.seek(0)
            unpacked = _Unpacked(raw) if raw.peek(2)[:2] == _GZIP else None
            stream = cast(IO[bytes], io.BufferedReader(unpacked, _CHUNK) if unpacked else raw)
            # One record is held back: of a broken file the last may be the half before the break.
            for record in reader(stream, source):
                if last is not None:
                    read += 1
                    yield last
                last = record
            fault = unpacked.fault if unpacked else None
    except OSError as broken:
        fault = broken
    half = last.pmid if fault and last and _is_half(last, reader) else None
    if last is not None and half is None:
        read += 1
        yield last
    if fault:
        code = "too-long" if isinstance(fault, _BombError) else "broken-file"
        what = f"{code}: after {read} records: {' '.join(str(fault).split())}; get the file again"
        yield Rejection(source, f"record {read + 1}", half or "", "read", what)


def _is_half(last: Record, reader: Reader) -> bool:
    """Tell whether the last record before a break may lack its end.

    An XML record is whole once its end tag came, and a line of JSON once it can be parsed; a MEDLINE
    record may always go on.
    """
    if isinstance(last, Article):
        return reader is read_medline
    return last.reason.split(":", 1)[0] in _HALF_A_RECORD


class _BombError(Exception):
    """A packed file that unpacks to far more than any file of records."""


class _Unpacked(io.RawIOBase):
    """What can be unpacked of a gzip file: at a break the stream ends, and `fault` says why.

    Python's own reader raises instead, and what it had unpacked of its last chunk is lost.
    """

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._unpacker = zlib.decompressobj(wbits=31)
        self._waiting = b""
        self._read = self._given = 0
        self.fault: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        words = b""
        while not words and self.fault is None:
            if not self._waiting:
                self._waiting = self._packed.read(_CHUNK)
                self._read += len(self._waiting)
            at_end = not self._waiting
            words = self._unpack(len(buffer))
            self._given += len(words)
            if self._given > BOMB_BYTES and self._given > BOMB_RATIO * self._read:
                self.fault, words = _BombError(f"it unpacks to more than {BOMB_RATIO} times its size"), b""
            if at_end and not words:
                if not self._unpacker.eof:
                    self.fault = EOFError("the packed file ends before its end mark")
                break
        buffer[: len(words)] = words
        return len(words)

    def _unpack(self, size: int) -> bytes:
        if self._unpacker.eof:
            # Another member (files of several are common), or zeros that fill a block up.
            self._waiting = self._waiting.lstrip(b"\0")
            if not self._waiting:
                return b""
            self._unpacker = zlib.decompressobj(wbits=31)
        try:
            words = self._unpacker.decompress(self._waiting, size)
        except zlib.error as fault:
            self.fault = fault
            return b""
        self._waiting = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        return words
