"""What every executor does with a partition of articles: the same function, the same results."""

from __future__ import annotations

import ctypes
import gc
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from spacy.language import Language

from pipeline.annotation import load_annotator, read_language
from pipeline.findings import findings_to_json
from pipeline.records import Article, Rejection
from pipeline.stopping import SIGNALS

PARTITION = 64
"""Articles handed over and saved at once: what a kill can cost, and small beside loading a worker."""

Outcome = tuple[str, str, str]
"""PMID, digest and findings as JSON."""
Part = tuple[list[Outcome], list[Rejection]]
"""What came of a partition: what was found, and what failed."""


@dataclass(frozen=True)
class Reading:
    """How partitions are read: a function that any process can import, and what it needs.

    Attributes
    ----------
    model
        A syntax model of one's own.
    batch_size
        Articles annotated at once.
    read
        Reads a partition.
    """

    model: Path | None
    batch_size: int
    read: Callable[[list[Article], Path | None, int], Part]


def partitions_of(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Yield articles by partitions."""
    source = iter(articles)
    while partition := list(itertools.islice(source, PARTITION)):
        yield partition


def read_partition(articles: list[Article], model: Path | None, batch_size: int) -> Part:
    """Read a partition with the language pipeline of this process, which is loaded for the first one."""
    outcomes: list[Outcome] = []
    rejections: list[Rejection] = []
    # A cluster of somebody's own may give a process several threads; one at a time reads.
    with _reading:
        for article, found in read_language(language_of(model), articles, batch_size):
            if isinstance(found, Rejection):
                rejections.append(found)
            else:
                outcomes.append((article.pmid, article.digest, findings_to_json(found)))
        _release_memory()
    return outcomes, rejections


def refusal_of(article: Article) -> Rejection:
    """Return the rejection of an article whose reading ended its process each time."""
    reason = "worker-died: each process that read it ended, for lack of memory perhaps"
    return Rejection(article.source, "", article.pmid, "extract", reason)


def leave_stopping_to_the_parent(lifeline: Connection | None = None) -> None:
    """Have this process ignore the signals that stop a run, and end when its parent does.

    A terminal's Ctrl-C and a service's SIGTERM reach every process; the parent decides when to stop. If it
    is killed, a worker of a pool would wait for the next partition for ever.

    Parameters
    ----------
    lifeline
        A pipe from the parent: the process also ends when its other end is closed.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    ties: list[Any] = [parent.sentinel] if parent is not None else []
    if lifeline is not None:
        ties.append(lifeline)
    threading.Thread(target=_end_with, args=(ties,), daemon=True).start()


def _end_with(ties: list[Any]) -> None:
    wait(ties)
    os._exit(1)


def language_of(model: Path | None) -> Language:
    """Return the language pipeline, loaded once a process; it spares the collector its million objects."""
    if model not in _loaded:
        _loaded[model] = load_annotator(model)
        gc.collect()
        gc.freeze()
    return _loaded[model]


def _release_memory() -> None:
    """Give freed memory back to the system, so that a run's need doesn't grow with its length.

    Layers of a few megabytes come and go with each batch and leave holes in the heap; only glibc has a
    call that returns them, elsewhere nothing is done.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


_loaded: dict[Path | None, Language] = {}
_reading = threading.Lock()
