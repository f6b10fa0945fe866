"""Room on the disk, looked at before anything is begun."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pipeline.errors import UsageError

LEAST_ROOM = 50 * 2**20
"""Bytes: what a run over some thousand abstracts writes."""


def refuse_lack_of_room(folder: Path) -> None:
    """See that a folder can be written and its disk has room.

    Raises
    ------
    UsageError
        If it can't be made or written, or its disk is nearly full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        raise UsageError(
            f"folder can't be written ({fault.strerror})", str(folder), "choose another"
        ) from fault
    if free < LEAST_ROOM:
        needed = f"a run needs {LEAST_ROOM // 2**20} MB"
        raise UsageError(f"only {free // 2**20} MB are free", str(folder), needed)
