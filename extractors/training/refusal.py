"""Texts that nothing may be trained on: test parts, texts kept for checks, references, sealed ones."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_WORDS = re.compile(r"\W+")


def plain_title(title: str) -> str:
    """Return a title as it is compared: letters and digits only, lower case."""
    return _WORDS.sub("", title).casefold()


@dataclass
class Refusal:
    """Ids, hashes of ids and titles that are refused; counts what it refused, by corpus.

    Ids of the test part of the corpus itself are among them: an official split may leak.
    """

    ids: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def refuses(self, corpus: str, ids: Iterable[str], title: str = "") -> bool:
        """Tell whether a document must be left out, and count it.

        Parameters
        ----------
        ids
            PMID and PMC id, as far as they are known; with none, the title decides alone.
        """
        known = [i for i in ids if i]
        refused = any(
            i in self.ids or hashlib.sha256(i.encode()).hexdigest() in self.digests for i in known
        ) or (bool(title) and plain_title(title) in self.titles)
        self.counts[corpus] = self.counts.get(corpus, 0) + refused
        return refused


_OTHER_SPLITS = frozenset(("craft_iob",))
"""Corpora whose test part nobody is scored on, and whose documents another split gives to training."""


def read_refusal(corpora: Path, lists: Iterable[Path] = ()) -> Refusal:
    """Read what must be refused.

    Parameters
    ----------
    corpora
        Folder of corpora; `ner/pmids.json` in it lists the documents of every test part.
    lists
        TSV or CSV files with a column `pmid` or `title` (where they have a column `split`, only `check` is
        refused); other files have a SHA-256 of an id a line.

    Raises
    ------
    OSError
        If a list is missing.
    ValueError
        If a table has neither column.
    """
    refusal = Refusal()
    listed = json.loads((corpora / "ner" / "pmids.json").read_text("utf-8"))
    for name, splits in listed["corpora"].items():
        if name not in _OTHER_SPLITS:
            refusal.ids |= {i for key in ("pmid", "pmcid") for i in splits.get("test", {}).get(key, ())}
    refusal.ids |= set(_strings(listed["external"]))
    for path in lists:
        if path.suffix not in (".tsv", ".csv"):
            refusal.digests |= set(path.read_text("utf-8").split())
            continue
        rows = [row for row in _rows(path) if row.get("split", "check") == "check"]
        if not {"pmid", "title"} & {column for row in rows[:1] for column in row}:
            raise ValueError(f"{path} has no column `pmid` or `title`")
        refusal.ids |= {row.get("pmid", "") for row in rows}
        refusal.titles |= {plain_title(row.get("title", "")) for row in rows}
    refusal.ids.discard("")
    refusal.titles.discard("")
    return refusal


def _strings(values: object) -> Iterable[str]:
    if isinstance(values, dict):
        for value in values.values():
            yield from _strings(value)
    elif isinstance(values, list):
        yield from (str(value) for value in values)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".tsv":
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        return list(csv.DictReader(file))
