"""What the pre-filter of bulk files costs: rows of abstracts that it passes over. Run by `make bench DATA=…`.

All of them: `python -m tests.prefilter abstracts.jsonl.gz`, which takes some minutes.
"""

from __future__ import annotations

import sys

from extractors.types import THRESHOLD
from pipeline.executors import read_articles
from pipeline.findings import findings_from_json
from pipeline.records import Article
from pipeline.settings import Settings
from pipeline.sources import Asked, open_sources
from pipeline.sources.prefilter import may_give_rows


def main(data: str, limit: int | None = None) -> None:
    """Print the share of abstracts that pass, and by table how many rows lie in those that don't."""
    records, _, _ = open_sources(Asked([data], limit=limit), Settings())
    articles = [record for record in records if isinstance(record, Article)]
    passing = {article.pmid for article in articles if may_give_rows(article.text)}
    rows: dict[tuple[str, bool], list[bool]] = {}
    for outcomes, _ in read_articles(articles, workers=2):
        for pmid, _, found in outcomes:
            for relation in findings_from_json(found).relations:
                key = (relation.kind, relation.score >= THRESHOLD)
                rows.setdefault(key, []).append(pmid in passing)
    print(f"pre-filter: {len(passing)} of {len(articles)} abstracts pass")
    for (kind, accepted), kept in sorted(rows.items()):
        what = "accepted" if accepted else "not accepted"
        print(f"  {kind}, {what}: {len(kept) - sum(kept)} of {len(kept)} rows are lost")


if __name__ == "__main__":
    main(sys.argv[1])
