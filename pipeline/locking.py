"""One run at a time: a lock beside the store that names its holder.

The system gives the lock back when its holder ends, however it ends, so that none is ever stale; what the
file says of an ended holder is only told in the log.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import TamrexError, UsageError

log = logging.getLogger("tamrex")


class LockedError(TamrexError):
    """Another run holds the lock (exit code 5)."""

    exit_code = 5


@contextmanager
def only_run(store: Path) -> Iterator[None]:
    """Hold the lock of a store.

    Raises
    ------
    LockedError
        If another run holds it, with its process and when it began.
    UsageError
        If the lock can't be made.
    """
    lock_path = store.with_suffix(".lock")
    holder_path = store.with_suffix(".holder.json")
    lock = FileLock(lock_path, timeout=0)
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        holder = _read(holder_path)
        who = f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"
        raise LockedError(
            f"another run is at work ({who}, since {holder.get('began', '?')})",
            str(lock_path),
            "wait for it, or give this one a store.path of its own",
        ) from None
    except OSError as fault:
        raise UsageError(
            f"the lock can't be made ({fault.strerror or fault})", str(lock_path), "set store.path elsewhere"
        ) from fault
    try:
        left = _read(holder_path)
        if left:
            log.warning("the run of process %s since %s ended without a word", left["pid"], left["began"])
        began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        words = {"pid": os.getpid(), "host": socket.gethostname(), "began": began}
        holder_path.write_text(json.dumps(words), "utf-8")
        yield
    finally:
        holder_path.unlink(missing_ok=True)
        lock.release()


def _read(path: Path) -> dict[str, Any]:
    try:
        holder = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) and {"pid", "began"} <= holder.keys() else {}
