"""The gzip tables of names that a knowledge base is made of, and the concepts that come of them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from extractors.normalisation import fold

csv.field_size_limit(10_000_000)

COLUMNS = ("id", "name", "synonyms", "xrefs", "extra")
_LONGEST = 80


class LexicaError(Exception):
    """A folder of tables that can't be read: what is wrong, where, and the mend."""

    def __init__(self, what: str, where: str, mend: str) -> None:
        super().__init__(f"{what}: {where}; {mend}")
        self.what, self.where, self.mend = what, where, mend


@dataclass(eq=False)
class Concept:
    """A concept with its names.

    Attributes
    ----------
    names
        Besides `name`. A cell line's official name may be a word of everything: of a line only these count.
    weak
        Names that count only where the text speaks for them.
    curated, curated_weak
        Names written by hand, which are surer than all others of their sort.
    source
        Tables (or `supplement`) that it comes from, joined by `|`.
    """

    id: str
    kind: str
    name: str
    names: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    xrefs: set[str] = field(default_factory=set)
    source: str = ""
    curated: list[str] = field(default_factory=list)
    curated_weak: list[str] = field(default_factory=list)
    definition: str = ""

    def take_in(self, other: Concept, *, references: bool = True) -> None:
        """Add names, references and sources of a concept that is the same; id, name and kind stay."""
        self.names += [other.name, *other.names] if other.kind != "cell_line" else other.names
        self.weak += other.weak
        self.xrefs |= (other.xrefs if references else set()) | {other.id}
        self.xrefs.discard(self.id)
        self.source = "|".join(dict.fromkeys([*self.source.split("|"), *other.source.split("|")]))
        self.definition = self.definition or other.definition

    def as_line(self, licences: dict[str, str]) -> str:
        """Return the concept as one line of JSON, doubles and empty names left out.

        Parameters
        ----------
        licences
            Licence of each source.
        """
        seen: set[str] = set()
        own = self.names if self.kind == "cell_line" and not self.curated else [self.name, *self.names]
        curated = _distinct(self.curated, seen)
        aliases = curated + _distinct(own, seen)
        weak = _distinct([*self.curated_weak, *self.weak], seen)
        curated += [name for name in self.curated_weak if name in weak]
        values: dict[str, object] = {
            "concept_id": self.id,
            "canonical_name": self.name,
            "aliases": aliases,
            "types": [self.kind],
        }
        if self.definition:
            values["definition"] = self.definition
        if curated:
            values["curated"] = curated
        if weak:
            values["weak"] = weak
        if self.xrefs:
            values["xrefs"] = sorted(self.xrefs)
        sources = self.source.split("|")
        values["source"] = self.source
        values["licence"] = "|".join(dict.fromkeys(licences.get(source, "") for source in sources))
        return json.dumps(values, ensure_ascii=False)


def _distinct(names: list[str], seen: set[str]) -> list[str]:
    """Return the names whose spelling wasn't seen yet; what is no name or too long is left out."""
    kept = []
    for name in names:
        spelling = fold(name)
        if len(spelling) > 1 and len(name) <= _LONGEST and spelling not in seen:
            seen.add(spelling)
            kept.append(name)
    return kept


class Tables:
    """The tables of a folder; remembers which were read, for the provenance.

    Raises
    ------
    LexicaError
        If the folder, a table or a column of it is missing, or a table is cut short.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise LexicaError("no such folder", str(folder), "give the folder that holds the tables of names")
        self._folder = folder
        self.read: dict[str, str] = {}

    def __call__(self, name: str) -> Iterator[dict[str, str]]:
        """Yield the rows of a table, ids in their public form."""
        path = self._folder / f"{name}.tsv.gz"
        if not path.is_file():
            raise LexicaError("a table is missing", str(path), "put it into the folder")
        if path.name not in self.read:
            self.read[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            yield from _rows(path)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise LexicaError("the file is cut short or no gzip", str(path), "fetch it again") from fault
        except UnicodeDecodeError as fault:
            raise LexicaError("the table is not UTF-8", str(path), "write it in UTF-8") from fault


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for column in COLUMNS:
            if column not in (reader.fieldnames or ()):
                raise LexicaError(
                    f"the table has no column {column!r}", str(path), f"columns are {', '.join(COLUMNS)}"
                )
        for row in reader:
            if None in row.values():
                raise LexicaError(
                    "a row has too few columns", f"{path}, line {reader.line_num}", "separate them by tabs"
                )
            row["id"] = public_id(row["id"])
            yield row


def public_id(curie: str) -> str:
    """Give a private id its public form: `local.cell:x` is `tamrex.population:x`."""
    if curie.startswith("local.cell:"):
        return "tamrex.population:" + curie.split(":", 1)[1]
    return "tamrex." + curie[len("local.") :] if curie.startswith("local.") else curie


def values_of(row: dict[str, str], column: str) -> list[str]:
    """Return the values of a cell, which are joined by `|`."""
    return [value for value in (row[column] or "").split("|") if value]


def extra(row: dict[str, str], name: str) -> str:
    """Return a value of the column `extra` (`name=value; name=value`), "" if it isn't there."""
    found = re.search(rf"(?:^|; ){name}=([^;]*)", row["extra"] or "")
    return found.group(1) if found else ""
