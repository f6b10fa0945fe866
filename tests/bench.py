"""Speed, memory and start-up, and where the time goes. Run by `make bench [DATA=abstracts.jsonl.gz]`.

Without data of one's own the review's prose is read over and over, which is enough to compare versions.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from extractors.relations import extract_relations
from pipeline.annotation import load_annotator
from pipeline.executors import read_articles
from pipeline.records import Article, compose_article
from pipeline.settings import Settings
from pipeline.sources import Asked, open_sources
from pipeline.sources.bundled import read_review
from tests import parsing, prefilter
from tests.memory import peak_mib

_RUN = """
import sys, time
from pathlib import Path
from pipeline.running import RunReport, run_all
from pipeline.settings import Settings
from pipeline.store import Store
from tests.bench import texts
from tests.memory import peak_mib
place, data, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
report = RunReport(name="bench", folder=place / "bench")
started = time.monotonic()
with Store(place / "store.sqlite") as store:
    run_all(store, report, texts(data, limit), Settings())
seconds = time.monotonic() - started
print(f"{limit} records: {limit / seconds:.1f} records/s, peak {peak_mib()} MiB")
"""


def texts(data: str, limit: int) -> Iterator[Article]:
    """Yield so many articles of a file, or of the review again and again under new ids."""
    if data:
        records, _, _ = open_sources(Asked([data], limit=limit), Settings())
        yield from (record for record in records if isinstance(record, Article))
        return
    long = [a for a in read_review() if len(a.text) > 400]
    for number, article in enumerate(itertools.islice(itertools.cycle(long), limit)):
        yield compose_article(f"bench:{number}", "", [("", article.abstract)])


def by_component(data: str, count: int = 200) -> None:
    """Print the time of each component on some articles, in ms an article."""
    nlp = load_annotator()
    docs = [nlp.make_doc(article.text) for article in texts(data, count)]
    for name, component in nlp.pipeline:
        started = time.perf_counter()
        docs = list(component.pipe(docs)) if hasattr(component, "pipe") else [component(d) for d in docs]
        print(f"  {name:24s} {(time.perf_counter() - started) * 1000 / count:6.2f} ms")
    started = time.perf_counter()
    for doc in docs:
        extract_relations(doc)
    print(f"  {'relations':24s} {(time.perf_counter() - started) * 1000 / count:6.2f} ms")


def annotation(data: str, warm_up: int = 300, count: int = 1000) -> None:
    """Print how many texts a second are tokenised, parsed and have their names marked and linked."""
    nlp = load_annotator()
    words = [article.text for article in texts(data, warm_up + count)]
    for _ in nlp.pipe(words[:warm_up]):
        pass
    started = time.perf_counter()
    for _ in nlp.pipe(words[warm_up:]):
        pass
    print(f"annotation: {len(words[warm_up:]) / (time.perf_counter() - started):.1f} texts/s")


def workers(data: str, count: int = 2000) -> None:
    """Print how long articles take by one process, by two and by a Dask cluster of two, start-up included."""
    articles = list(texts(data, count))
    alone = 0.0
    for what, options in (
        ("one process", {}),
        ("two workers", {"workers": 2}),
        ("Dask local, two workers", {"workers": 2, "dask": "local"}),
    ):
        started = time.monotonic()
        found = sum(len(outcomes) for outcomes, _ in read_articles(articles, **options))  # type: ignore[arg-type]
        seconds = time.monotonic() - started
        alone = alone or seconds
        print(f"{what}: {found} articles in {seconds:.1f} s, {alone / seconds:.2f} times one process")


def main(data: str) -> None:
    """Print all figures."""
    started = time.monotonic()
    load_annotator()
    print(f"start-up: {time.monotonic() - started:.1f} s after imports")
    by_component(data)
    annotation(data)
    for limit in (1000, 5000):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run([sys.executable, "-c", _RUN, place, data, str(limit)], check=True)
    workers(data)
    if data:
        prefilter.main(data, limit=2000)
    parsing.main(100_000)
    print(f"peak of this process: {peak_mib()} MiB")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 and sys.argv[1] else "")
