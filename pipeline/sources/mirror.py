"""Bulk files from a mirror by HTTP(S) or FTP: brought once, checked, gone on with after a break.

A file is written as `NAME.part`, and gets its name once its MD5 is that of the mirror's `NAME.md5`, which is
then written beside it. A file that the mirror replaces has another MD5 and is brought again.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urljoin, urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from pipeline.errors import SourceError, UsageError
from pipeline.stopping import check, pause

log = logging.getLogger("tamrex")

ATTEMPTS = 5
TIMEOUT = 60.0
"""Seconds without an answer after which a request counts as failed."""
_CHUNK = 1 << 20
_SCHEMES = ("https", "http", "ftp")
_FOLDERS = ("baseline/", "updatefiles/")
FILE_NAME = re.compile(r"pubmed(\d\d)n\d{4,5}\.xml\.gz")
_LINK = re.compile(r"""href\s*=\s*["']([^"']+)["']|(\S+)\s*$""", re.I | re.M)
_MD5 = re.compile(r"\b[0-9a-fA-F]{32}\b")
_MEND = "run again, what came is kept"


class _AgainError(Exception):
    """A failure that another try may mend."""


class _AbsentError(SourceError):
    """What a mirror says it doesn't have."""


def is_address(place: str) -> bool:
    """Tell whether a place is an address and no path."""
    return urlsplit(place).scheme in _SCHEMES


def md5_file(file: Path) -> Path:
    """Return where the MD5 of a bulk file stands: `NAME.md5` beside it."""
    return file.with_name(file.name + ".md5")


def read_md5(words: str) -> str:
    """Return the MD5 that a sidecar gives (`MD5(name)= hex` or `hex  name`), in lower case; or nothing."""
    found = _MD5.search(words)
    return found.group().lower() if found else ""


def mirror_files(address: str, folder: Path) -> list[Path]:
    """Bring the files of a mirror's newest year that aren't here yet; return all of them.

    Parameters
    ----------
    address
        Of a folder that holds `pubmedYYnNNNNN.xml.gz`, or `baseline/` and `updatefiles/` that do.
    folder
        Where they are kept.

    Raises
    ------
    SourceError
        If the mirror fails, holds no such file, or gives a file that isn't whole; what came is kept.
    UsageError
        If the folder can't be written or its disk is full.
    """
    address = address.rstrip("/") + "/"
    addresses = dict(_listed(address))
    if not addresses:
        for name in _FOLDERS:
            with suppress(_AbsentError):
                addresses |= dict(_listed(urljoin(address, name)))
    if not addresses:
        raise SourceError("the mirror lists no bulk file", address, "give the folder that holds them")
    year = max(name[6:8] for name in addresses)
    names = sorted(name for name in addresses if name[6:8] == year)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(names, 1):
            check()
            if _bring(addresses[name], folder / name):
                log.info("mirror: %s came (%d of %d)", name, number, len(names))
        if f"pubmed{year}n0001.xml.gz" in names:
            _remove_earlier_years(folder, year)
    except OSError as fault:
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"bulk files can't be written ({fault.strerror})"
        raise UsageError(what, str(folder), f"make room or set bulk.folder elsewhere; {_MEND}") from fault
    return [folder / name for name in names]


def _remove_earlier_years(folder: Path, year: str) -> None:
    """Remove what a new year's baseline replaces; it begins with number 1, updates alone replace nothing."""
    for file in folder.iterdir():
        found = FILE_NAME.match(file.name)
        if found and found[1] < year:
            file.unlink()


def _listed(address: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of each bulk file that a folder lists (a page of links, or FTP's lines)."""
    page = _get(address).decode("utf-8", "replace")
    for link in (linked or last for linked, last in _LINK.findall(page)):
        target = urljoin(address, link)
        name = unquote(target).removeprefix(address)
        if FILE_NAME.fullmatch(name):
            yield name, target
        elif FILE_NAME.search(link) and link.endswith(".gz"):
            log.warning("mirror: %r is refused: its name leads out of the folder", link)


def _bring(address: str, file: Path) -> bool:
    """Bring a file unless it is here with the mirror's MD5; tell whether it was brought."""
    sidecar = md5_file(file)
    words = _get(address + ".md5")
    wanted = read_md5(words.decode("utf-8", "replace"))
    if not wanted:
        raise SourceError("the mirror's MD5 can't be read", address + ".md5", _MEND)
    if file.is_file() and sidecar.is_file() and read_md5(sidecar.read_text("utf-8", "replace")) == wanted:
        return False
    part = file.with_name(file.name + ".part")
    # Once more from the start: what a former run left may be of another version of the file.
    for _ in range(2):
        _tried(address, lambda: _download(address, part))
        with part.open("rb") as stream:
            came = hashlib.file_digest(stream, "md5").hexdigest()
        if came == wanted:
            part.replace(file)
            sidecar.write_bytes(words)
            return True
        part.unlink()
    raise SourceError(f"the mirror's file has MD5 {came} and should have {wanted}", address, _MEND)


def _download(address: str, part: Path) -> None:
    """Write what an address gives after what is there already."""
    had = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address)
    if had and not address.startswith("ftp"):
        request.add_header("Range", f"bytes={had}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except HTTPError as fault:
        if fault.code == 416:  # nothing is left to give
            return
        raise _judged(fault, address) from None
    except (URLError, HTTPException, OSError) as fault:
        raise _AgainError(f"no answer ({type(fault).__name__})") from None
    with answer:
        goes_on = getattr(answer, "status", None) == 206
        length = answer.headers.get("Content-Length")
        got = 0
        with part.open("ab" if goes_on else "wb") as file:
            while chunk := _chunk(answer):
                check()
                file.write(chunk)
                got += len(chunk)
    if length is not None and got < int(length):
        raise _AgainError(f"{got} of {length} bytes came")


def _chunk(answer: Any) -> bytes:
    try:
        chunk: bytes = answer.read(_CHUNK)
    except (HTTPException, OSError) as fault:
        raise _AgainError(f"the connection broke ({type(fault).__name__})") from None
    return chunk


def _get(address: str) -> bytes:
    def once() -> bytes:
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
                body: bytes = answer.read()
        except HTTPError as fault:
            raise _judged(fault, address) from None
        except (URLError, HTTPException, OSError) as fault:
            if address.startswith("ftp") and "550 " in str(fault):  # no such folder or file
                raise _AbsentError("the mirror has no such folder or file", address) from None
            raise _AgainError(f"no answer ({type(fault).__name__})") from None
        return body

    result: bytes = _tried(address, once)
    return result


def _judged(fault: HTTPError, address: str) -> Exception:
    if fault.code == 429 or fault.code >= 500:
        return _AgainError(f"status {fault.code}")
    kind = _AbsentError if fault.code == 404 else SourceError
    return kind(f"the mirror answers with status {fault.code}", address, "is the address right?")


def _tried(address: str, once: Any) -> Any:
    retrying = Retrying(
        retry=retry_if_exception_type(_AgainError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(1, 30),
        sleep=pause,
        reraise=True,
    )
    try:
        return retrying(once)
    except _AgainError as fault:
        raise SourceError(f"the mirror failed {ATTEMPTS} times ({fault})", address, _MEND) from None
