"""A file of PMIDs: one a line, `#` begins a comment."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UsageError
from pipeline.records import Rejection


def read_pmid_file(path: Path) -> tuple[list[str], list[Rejection]]:
    """Return the PMIDs of a file in order, each once, and the lines that are none.

    Raises
    ------
    UsageError
        If the file can't be read or holds no PMID.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"file of PMIDs can't be read ({reason})", str(path)) from fault
    pmids: dict[str, None] = {}
    refused = []
    for number, line in enumerate(lines, 1):
        word = line.split("#", 1)[0].strip()
        if not word:
            continue
        place = f"line {number}"
        if not (word.isascii() and word.isdigit()) or int(word) == 0:
            refused.append(Rejection(str(path), place, "", "read", f"not-a-pmid: {word[:40]!r}"))
        elif (plain := str(int(word))) in pmids:
            refused.append(Rejection(str(path), place, plain, "read", "duplicate: earlier in this file"))
        else:
            pmids[plain] = None
    if not pmids:
        raise UsageError("file holds no PMID", str(path), "write one PMID a line")
    return list(pmids), refused
