"""Hand partitions of articles to this process, to a pool of processes, or to a Dask cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

from pipeline.executors.pool import read_in_pool
from pipeline.executors.reading import Part, Reading, partitions_of, read_partition
from pipeline.records import Article


def read_articles(
    articles: Iterable[Article],
    *,
    model: Path | None = None,
    batch_size: int = 32,
    workers: int = 1,
    dask: str = "",
) -> Generator[Part]:
    """Read articles and yield, a partition at a time, what was found and what failed.

    Partitions come in the order given, and with the same results, whoever reads them.

    Parameters
    ----------
    workers
        Processes of this machine; one reads in this process.
    dask
        Address of a Dask scheduler (`tcp://host:8786`), or `local` for a cluster of that many processes
        here.

    Raises
    ------
    UsageError
        If Dask isn't installed, or the address isn't one.
    SourceError
        If no scheduler answers, or it goes away.
    """
    reading = Reading(model, batch_size, read_partition)
    partitions = partitions_of(articles)
    if dask:
        from pipeline.executors.cluster import read_on_cluster

        yield from read_on_cluster(partitions, reading, address=dask, workers=workers)
    elif workers > 1:
        yield from read_in_pool(partitions, reading, workers)
    else:
        for partition in partitions:
            yield reading.read(partition, model, batch_size)
