"""Who reads makes no difference: one process, several, a cluster; and a worker that dies costs nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import SourceError, UsageError
from pipeline.executors import read_articles
from pipeline.executors.cluster import read_on_cluster
from pipeline.executors.pool import read_in_pool
from pipeline.executors.reading import Part, Reading
from pipeline.records import Article, compose_article
from pipeline.sources.bundled import read_review

DEADLY = "deadly"


def article(number: int, words: str = "harmless") -> Article:
    return compose_article(str(number), "Title.", [("", words)])


def partitions(count: int = 12, size: int = 3, deadly: int = -1) -> list[list[Article]]:
    articles = [article(n, DEADLY if n == deadly else "harmless") for n in range(count * size)]
    return [articles[start : start + size] for start in range(0, len(articles), size)]


def read(articles: list[Article], model: Path | None, batch_size: int) -> Part:
    """Read as a worker does; an article that says so ends the process as the system does for lack of memory."""
    if any(DEADLY in a.text for a in articles):
        os.kill(os.getpid(), signal.SIGKILL)
    return [(a.pmid, a.digest, "{}") for a in articles], []


def read_but_die_once(articles: list[Article], model: Path | None, batch_size: int) -> Part:
    """Read; the first process that reads the fifth partition ends."""
    assert model is not None
    if any(a.pmid == "13" for a in articles) and not model.exists():
        model.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return read(articles, None, batch_size)


def pmids_of(parts: list[Part]) -> list[str]:
    return [pmid for outcomes, _ in parts for pmid, _, _ in outcomes]


def on_cluster(given: list[list[Article]], reading: Reading) -> list[Part]:
    return list(read_on_cluster(iter(given), reading, address="local", workers=2))


def in_pool(given: list[list[Article]], reading: Reading) -> list[Part]:
    return list(read_in_pool(iter(given), reading, 2))


@pytest.mark.parametrize("execute", [in_pool, on_cluster])
def test_a_worker_killed_once_loses_and_doubles_nothing(execute: object, tmp_path: Path) -> None:
    mark = tmp_path / "died"
    parts = execute(partitions(), Reading(mark, 32, read_but_die_once))  # type: ignore[operator]
    assert mark.exists()
    assert pmids_of(parts) == [str(n) for n in range(36)]


@pytest.mark.parametrize("execute", [in_pool, on_cluster])
def test_an_article_that_ends_every_worker_is_refused_alone(execute: object) -> None:
    parts = execute(partitions(deadly=16), Reading(None, 32, read))  # type: ignore[operator]
    assert pmids_of(parts) == [str(n) for n in range(36) if n != 16]
    (refused,) = [rejection for _, rejections in parts for rejection in rejections]
    assert (refused.pmid, refused.stage) == ("16", "extract")
    assert refused.reason.startswith("worker-died: ")


def test_few_partitions_are_handed_over_ahead_so_that_a_stop_waits_for_few() -> None:
    handed: list[int] = []

    def given() -> object:
        for number, partition in enumerate(partitions(100)):
            handed.append(number)
            yield partition

    parts = read_in_pool(given(), Reading(None, 32, read), 2)  # type: ignore[arg-type]
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert len(handed) < 10


def test_a_worker_that_dies_when_all_is_read_holds_nobody_up() -> None:
    parts = read_in_pool(iter(partitions(3)), Reading(None, 32, read), 2)
    assert len([next(parts) for _ in range(3)]) == 3
    killed = multiprocessing.active_children()[0].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert list(parts) == []
    assert multiprocessing.active_children() == []


_POOL = """
import multiprocessing, sys
from pipeline.executors.pool import read_in_pool
from pipeline.executors.reading import Reading
from tests.pipeline.test_executors import partitions, read

if __name__ == "__main__":
    parts = read_in_pool(iter(partitions(100)), Reading(None, 32, read), 2)
    next(parts)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    sys.stdin.read()
"""


def test_workers_end_when_the_run_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(_POOL)
    run = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    workers = [int(pid) for pid in run.stdout.readline().split()]
    assert len(workers) == 2 and all(map(is_running, workers))
    run.kill()
    run.wait()
    deadline = time.monotonic() + 20
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, workers))


def is_running(pid: int) -> bool:
    """Tell whether a process is there and is no zombie that nobody took note of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_pool_and_cluster_find_what_one_process_finds_though_a_worker_is_killed() -> None:
    articles = list(read_review())[:200]
    alone = list(read_articles(articles))
    parts = read_articles(articles, workers=2)
    first = next(parts)
    killed = multiprocessing.active_children()[0].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert [first, *parts] == alone
    assert list(read_articles(articles, workers=2, dask="local")) == alone


def test_an_address_that_is_none_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="not the address of a Dask scheduler") as fault:
        list(read_articles([article(1)], dask="nowhere at all"))
    assert "\n" not in str(fault.value)


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.executors.cluster.TIMEOUT", 1)
    with pytest.raises(SourceError, match="no Dask scheduler answers") as fault:
        list(read_articles([article(1)], dask="tcp://127.0.0.1:1"))
    assert fault.value.exit_code == 3


def test_dask_that_is_not_installed_is_told_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'tamrex\[dask\]'"):
        list(read_articles([article(1)], dask="local"))
