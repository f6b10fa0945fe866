"""A pool of processes that outlives its workers: what a dead one had in hand is read again."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from pipeline.executors.reading import Part, Reading, leave_stopping_to_the_parent, refusal_of
from pipeline.records import Article

log = logging.getLogger("tamrex")

DEATHS = 2
"""Times that a partition may be in hand when a worker dies before its articles are read one by one."""


@dataclass
class _InHand:
    """A partition that was handed over."""

    articles: list[Article]
    future: Future[Part]
    deaths: int = 0


def read_in_pool(partitions: Iterator[list[Article]], reading: Reading, workers: int) -> Iterator[Part]:
    """Yield what comes of partitions, in their order.

    When a worker is killed the pool is begun anew. A partition that was in hand `DEATHS` times is read
    article by article by a single process, and an article that ends that one as often is refused.
    """
    pool = _Pool(workers, reading)
    waiting: deque[_InHand] = deque()
    try:
        while True:
            while len(waiting) <= 2 * workers and (partition := next(partitions, None)) is not None:
                waiting.append(_InHand(partition, pool.submit(partition)))
            if not waiting:
                return
            try:
                part = waiting[0].future.result()
            except BrokenProcessPool:
                log.warning("a worker process died; what it had in hand is read again")
                _take_up_again(pool, waiting, reading)
            else:
                waiting.popleft()
                yield part
    finally:
        pool.end()


class _Pool:
    """A `ProcessPoolExecutor` that can be begun anew."""

    def __init__(self, workers: int, reading: Reading) -> None:
        self._workers = workers
        self._reading = reading
        self._begin()

    def _begin(self) -> None:
        # Fresh processes, not forks: a fork would copy locks and random state of the parent.
        context = get_context("spawn")
        theirs, self._lifeline = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            self._workers, mp_context=context, initializer=leave_stopping_to_the_parent, initargs=(theirs,)
        )

    def submit(self, articles: list[Article]) -> Future[Part]:
        reading = self._reading
        try:
            return self._executor.submit(reading.read, articles, reading.model, reading.batch_size)
        except BrokenProcessPool as fault:
            # It died since the last look; told where the result is asked for.
            broken: Future[Part] = Future()
            broken.set_exception(fault)
            return broken

    def begin_anew(self) -> None:
        self.end()
        self._begin()

    def end(self) -> None:
        """End the workers at once; what they have in hand is dropped, a later run reads it."""
        # First the line: a broken pool ends its workers by SIGTERM, which they ignore, and waits for them.
        self._lifeline.close()
        self._executor.shutdown(cancel_futures=True)


def _take_up_again(pool: _Pool, waiting: deque[_InHand], reading: Reading) -> None:
    """Begin the pool anew and hand over what a death left undone; which partition caused it isn't known."""
    pool.begin_anew()
    undone = [held for held in waiting if not _is_done(held.future)]
    for held in undone:
        held.deaths += 1
    first = undone[0]
    if first.deaths >= DEATHS:
        undone = undone[1:]
        for held in undone:
            held.deaths = 0
        first.future = Future()
        first.future.set_result(_read_one_by_one(first.articles, reading))
    for held in undone:
        held.future = pool.submit(held.articles)


def _is_done(future: Future[Part]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _read_one_by_one(articles: list[Article], reading: Reading) -> Part:
    outcomes, rejections = [], []
    pool = _Pool(1, reading)
    try:
        for article in articles:
            for _ in range(DEATHS):
                try:
                    found, failed = pool.submit([article]).result()
                except BrokenProcessPool:
                    pool.begin_anew()
                else:
                    outcomes += found
                    rejections += failed
                    break
            else:
                rejections.append(refusal_of(article))
    finally:
        pool.end()
    return outcomes, rejections
