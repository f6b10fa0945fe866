"""Hand partitions of articles to one process or several: the same function, the same results."""

from __future__ import annotations

import ctypes
import gc
import itertools
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from spacy.language import Language

from pipeline.annotation import load_annotator, read_language
from pipeline.errors import SourceError
from pipeline.findings import findings_to_json
from pipeline.records import Article, Rejection
from pipeline.stopping import SIGNALS

PARTITION = 64
"""Articles handed over and saved at once: what a kill can cost, and small beside loading a worker."""

Outcome = tuple[str, str, str]
"""PMID, digest and findings as JSON."""

_worker_nlp: Language | None = None


def read_articles(
    articles: Iterable[Article], *, model: Path | None = None, batch_size: int = 32, workers: int = 1
) -> Iterator[tuple[list[Outcome], list[Rejection]]]:
    """Read articles and yield, a partition at a time, what was found and what failed.

    Partitions come in the order given with one worker or with several.
    """
    partitions = _partitions(articles)
    if workers == 1:
        nlp = _load_for_good(model)
        for partition in partitions:
            yield _read(nlp, partition, batch_size)
        return
    # Fresh processes, not forks: a fork would copy locks and random state of the parent.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(model,)
    ) as pool:
        waiting: list[Future[tuple[list[Outcome], list[Rejection]]]] = []
        try:
            for partition in partitions:
                waiting.append(pool.submit(_read_in_worker, partition, batch_size))
                if len(waiting) > 2 * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        except BrokenProcessPool as fault:
            raise SourceError(
                "a worker process died", "", "start the run again, it goes on from here"
            ) from fault


def _partitions(articles: Iterable[Article]) -> Iterator[list[Article]]:
    source = iter(articles)
    while partition := list(itertools.islice(source, PARTITION)):
        yield partition


def _read(nlp: Language, articles: list[Article], batch_size: int) -> tuple[list[Outcome], list[Rejection]]:
    outcomes: list[Outcome] = []
    rejections: list[Rejection] = []
    for article, found in read_language(nlp, articles, batch_size):
        if isinstance(found, Rejection):
            rejections.append(found)
        else:
            outcomes.append((article.pmid, article.digest, findings_to_json(found)))
    _release_memory()
    return outcomes, rejections


def _release_memory() -> None:
    """Give freed memory back to the system, so that a run's need doesn't grow with its length.

    Layers of a few megabytes come and go with each batch and leave holes in the heap; only glibc has a
    call that returns them, elsewhere nothing is done.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _start_worker(model: Path | None) -> None:
    global _worker_nlp
    # The parent decides when to stop; a terminal's Ctrl-C and a service's SIGTERM reach every process.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _worker_nlp = _load_for_good(model)


def _load_for_good(model: Path | None) -> Language:
    """Load the language pipeline and spare the collector its million objects: they stay to the end."""
    nlp = load_annotator(model)
    gc.collect()
    gc.freeze()
    return nlp


def _read_in_worker(articles: list[Article], batch_size: int) -> tuple[list[Outcome], list[Rejection]]:
    assert _worker_nlp is not None
    return _read(_worker_nlp, articles, batch_size)
