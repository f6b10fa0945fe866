"""Partitions on a Dask cluster: one begun here, or one that runs elsewhere."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from pipeline.errors import SourceError, UsageError
from pipeline.executors.reading import Part, Reading, leave_stopping_to_the_parent, refusal_of
from pipeline.records import Article

LOCAL = "local"
TIMEOUT = 20
"""Seconds in which a scheduler must answer."""
_AHEAD = 2
"""Partitions handed over for each worker: one in hand and one waiting."""


def read_on_cluster(
    partitions: Iterator[list[Article]], reading: Reading, *, address: str, workers: int
) -> Iterator[Part]:
    """Yield what comes of partitions, in their order.

    Dask hands a dead worker's partition to another one. One that ends several workers is read article by
    article, and an article that does so is refused.

    Raises
    ------
    UsageError
        If Dask isn't installed, or the address isn't one.
    SourceError
        If no scheduler answers, or it goes away.
    """
    try:
        import distributed
        from dask import config as dask_config
        from distributed.comm.core import CommClosedError
    except ImportError as fault:
        raise UsageError("Dask isn't installed", "--dask", "pip install 'tamrex[dask]'") from fault
    # Its own words about workers that come and go; what matters is raised.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        client = stack.enter_context(_connect(distributed, dask_config, stack, address, workers))
        waiting: deque[tuple[list[Article], Any]] = deque()
        try:
            while True:
                most = _AHEAD * max(workers, sum(client.nthreads().values()))
                while len(waiting) < most and (partition := next(partitions, None)) is not None:
                    waiting.append((partition, _submit(client, reading, partition)))
                if not waiting:
                    return
                articles, future = waiting[0]
                try:
                    part: Part = future.result()
                except distributed.KilledWorker:
                    part = _read_one_by_one(distributed, client, reading, articles)
                waiting.popleft()
                yield part
        except (OSError, CommClosedError, distributed.client.FutureCancelledError) as fault:
            what = f"the Dask scheduler went away ({type(fault).__name__})"
            raise SourceError(what, address, "start the run again, it goes on from here") from fault
        finally:
            client.cancel([future for _, future in waiting], force=True)


def _connect(distributed: Any, dask_config: Any, stack: ExitStack, address: str, workers: int) -> Any:
    if address == LOCAL:
        # Workers would look a hundred times a second at what they do, for a dashboard that isn't there.
        with dask_config.set({"distributed.worker.profile.enabled": False}):
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
        stack.enter_context(cluster)
        client = distributed.Client(cluster)
        client.register_worker_callbacks(leave_stopping_to_the_parent)
        return client
    try:
        return distributed.Client(address, timeout=TIMEOUT)
    except ValueError as fault:
        mend = "give `local` or an address like tcp://host:8786"
        raise UsageError("not the address of a Dask scheduler", f"--dask {address}", mend) from fault
    except OSError as fault:
        raise SourceError("no Dask scheduler answers", address, "is it running?") from fault


def _submit(client: Any, reading: Reading, articles: list[Article]) -> Any:
    # `pure=False`: a partition is read where it is asked for, never answered from what was read before.
    return client.submit(reading.read, articles, reading.model, reading.batch_size, pure=False)


def _read_one_by_one(distributed: Any, client: Any, reading: Reading, articles: list[Article]) -> Part:
    outcomes, rejections = [], []
    for article in articles:
        try:
            found, failed = _submit(client, reading, [article]).result()
        except distributed.KilledWorker:
            rejections.append(refusal_of(article))
        else:
            outcomes += found
            rejections += failed
    return outcomes, rejections
