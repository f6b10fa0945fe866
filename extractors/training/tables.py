"""The gzip tables of names that a vocabulary is made of, and the concepts that come of them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from extractors.normalisation import fold

csv.field_size_limit(10_000_000)


@dataclass
class Concept:
    """A concept with its names; `weak` ones count only where the text speaks for them."""

    id: str
    kind: str
    name: str
    names: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    xrefs: set[str] = field(default_factory=set)
    source: str = ""

    def as_line(self) -> str:
        """Return the concept as one line of JSON, doubles and empty names left out."""
        seen: set[str] = set()
        values: dict[str, object] = {"id": self.id, "kind": self.kind, "name": self.name}
        # A cell line's official name may be a word of everything; its usable names are listed.
        strong = self.names if self.kind == "cell_line" else [self.name, *self.names]
        for label, names in (("names", strong), ("weak", self.weak)):
            kept = []
            for name in names:
                spelling = fold(name)
                if len(spelling) > 1 and len(name) <= 80 and spelling not in seen:
                    seen.add(spelling)
                    kept.append(name)
            if kept:
                values[label] = kept
        if self.xrefs:
            values["xrefs"] = sorted(self.xrefs)
        return json.dumps(values, ensure_ascii=False)


class Tables:
    """The tables of a folder; remembers which were read, for the provenance."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read: dict[str, str] = {}

    def __call__(self, name: str) -> Iterator[dict[str, str]]:
        path = self._folder / f"{name}.tsv.gz"
        self.read[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                row["id"] = public_id(row["id"])
                yield row


def public_id(curie: str) -> str:
    """Give a private id its public form: `local.cell:x` is `tamrex.cell:x`."""
    if curie.startswith("local.cell:"):
        return "tamrex.population:" + curie.split(":", 1)[1]
    return "tamrex." + curie[len("local.") :] if curie.startswith("local.") else curie


def values_of(row: dict[str, str], column: str) -> list[str]:
    return [value for value in (row[column] or "").split("|") if value]


def extra(row: dict[str, str], name: str) -> str:
    found = re.search(rf"(?:^|; ){name}=([^;]*)", row["extra"] or "")
    return found.group(1) if found else ""
