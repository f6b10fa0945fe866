"""Build the shipped knowledge base from a folder of tables and the entries written by hand.

The tables are `<name>.tsv.gz` (UTF-8, columns `id name synonyms xrefs extra`, values joined by `|`); their
`README.md` gives source and licence of each. A table whose licence forbids derived works is never read.
Beside the knowledge base are written `broader.tsv.gz`, `english_words.txt.gz`, `terms.tsv.gz` (what only the
recogniser's features know) and `provenance.json`. The same tables give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from extractors.knowledge_base import LEXICONS
from extractors.normalisation import fold, name_key
from extractors.recognition.terms import TERMS
from extractors.training.broader import BROADER, broader_rows
from extractors.training.drugs import drugs
from extractors.training.equivalents import join_drugs
from extractors.training.tables import Concept, LexicaError, Tables
from extractors.training.terms import term_keys, write_terms
from extractors.training.vocabulary import (
    cancers,
    cell_lines,
    cells,
    drug_classes,
    english_words,
    families,
    genes,
    mouse_names,
    pathways,
    rnas,
    species,
)

SUPPLEMENT = LEXICONS / "supplement.toml"
PROVENANCE = "provenance.json"
ENGLISH_WORDS = "english_words.txt.gz"
_OWN = "own work"
_DRUGS_IN_ENGLISH = {"aspirin", "ibuprofen", "warfarin", "quinine", "caffeine", "cortisone", "steroids"}


@dataclass(frozen=True)
class Built:
    """What a knowledge base holds: number of concepts by kind and by source (a concept may have several)."""

    concepts: int
    kinds: dict[str, int]
    sources: dict[str, int]


def build_knowledge_base(lexica: Path, out: Path) -> Built:
    """Write the knowledge base to a file, and what goes with it beside.

    Parameters
    ----------
    lexica
        Folder of the tables.
    out
        The file to write, `kb.jsonl.gz` by custom.

    Raises
    ------
    LexicaError
        If a table or column is missing, or a file is cut short; nothing is written then.
    """
    tables = Tables(lexica)
    terms = term_keys(tables)
    licences = _licences(lexica / "README.md")
    words = sorted({word for word in english_words(tables) if len(word) > 2})
    concepts = add_supplement(gather(tables, set(words)), read_supplement())
    broader = sorted(set(broader_rows(tables, concepts)))
    by_table = {name.removesuffix(".tsv.gz"): values["licence"] for name, values in licences.items()}
    by_table["supplement"] = _OWN
    given = Counter(source for concept in concepts for source in concept.source.split("|"))
    provenance = {
        name: {
            "sha256": digest,
            "concepts": given.get(name.removesuffix(".tsv.gz"), 0),
            **licences.get(name, {}),
        }
        for name, digest in sorted(tables.read.items())
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    _write_gzip(out, (concept.as_line(by_table) for concept in concepts))
    _write_gzip(out.parent / BROADER, ("\t".join(row) for row in broader))
    _write_gzip(out.parent / ENGLISH_WORDS, words)
    write_terms(terms, out.parent / TERMS)
    text = json.dumps(provenance, ensure_ascii=False, indent=1) + "\n"
    (out.parent / PROVENANCE).write_text(text, "utf-8")
    return Built(len(concepts), dict(Counter(concept.kind for concept in concepts)), dict(given))


def gather(tables: Tables, words: set[str]) -> list[Concept]:
    """Return the concepts of all tables.

    Parameters
    ----------
    words
        Ordinary English words, which are no names of drugs.
    """
    human = {gene.id: gene for gene in genes(tables)}
    mouse_names(tables, human)
    proteins = [*human.values(), *families(tables, human)]
    protein_keys = {name_key(fold(n)) for c in proteins for n in (c.name, *c.names)}
    medicines = join_drugs(drugs(tables, protein_keys, words - _DRUGS_IN_ENGLISH))
    diseases = cancers(tables)
    disease_keys = {name_key(fold(n)) for c in diseases for n in (c.name, *c.names, *c.weak)}
    return [
        *proteins,
        *rnas(tables),
        *medicines,
        *drug_classes(tables),
        *diseases,
        *cell_lines(tables, disease_keys),
        *cells(tables),
        *pathways(tables),
        *species(tables),
    ]


def read_supplement() -> list[Concept]:
    """Read the concepts written by hand."""
    return [
        Concept(
            entry["id"],
            entry["kind"],
            entry["name"],
            xrefs=set(entry.get("xrefs", [])),
            source="supplement",
            curated=[entry["name"], *entry["names"]],
            curated_weak=entry.get("weak", []),
            definition=entry.get("definition", ""),
        )
        for entry in tomllib.loads(SUPPLEMENT.read_text("utf-8"))["concept"]
    ]


def add_supplement(concepts: Iterable[Concept], supplement: Iterable[Concept]) -> list[Concept]:
    """Join the concepts written by hand to those of the tables; return all, sorted by id.

    A concept of the tables that is named in an entry's `xrefs` becomes part of the entry's concept. Name and
    kind are the entry's.
    """
    by_id: dict[str, Concept] = {}
    for concept in concepts:
        if concept.id in by_id:
            by_id[concept.id].take_in(concept)
        else:
            by_id[concept.id] = concept
    for entry in supplement:
        known = by_id.setdefault(entry.id, Concept(entry.id, entry.kind, entry.name))
        known.take_in(entry)
        known.names.insert(0, known.name)
        known.name, known.kind = entry.name, entry.kind
        known.curated, known.curated_weak = entry.curated, entry.curated_weak
        known.definition = entry.definition or known.definition
        known.source = known.source.strip("|")
        for xref in entry.xrefs:
            if xref in by_id and xref != entry.id:
                known.take_in(by_id.pop(xref))
    for concept in by_id.values():
        if concept.id.startswith("tamrex.") and not concept.definition:
            concept.definition = _KIND_DEFINITIONS[concept.kind].format(name=concept.name)
    return [by_id[curie] for curie in sorted(by_id)]


_KIND_DEFINITIONS = {
    "gene": "{name}, a family of genes or proteins that no public vocabulary holds as one.",
    "cytokine": "{name}, a family of cytokines that no public vocabulary holds as one.",
    "mirna": "The microRNAs {name} of all arms and precursors.",
    "lncrna": "{name}, a non-coding RNA that no public vocabulary holds.",
    "drug": "{name}, an agent that no public vocabulary at hand holds.",
    "drug_class": "{name}: all drugs of this action or target.",
    "generic_drug": "{name}, as texts speak of it without naming a drug.",
    "macrophage": "{name}: macrophages or monocytes set apart by this marker, place or origin.",
    "immune_cell": "{name}: immune cells set apart by this marker, place or origin.",
    "cancer": "{name}, which no public vocabulary at hand holds.",
    "cell_line": "{name}, a cell line whose accession could not be verified.",
    "pathway": "{name}, a pathway that no public vocabulary holds.",
    "vesicle": "{name}, a vesicle that no public vocabulary holds.",
}


def _write_gzip(path: Path, lines: Iterable[str]) -> None:
    # No time stamp and no file name, so that the same names give the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        for line in lines:
            file.write(line.encode("utf-8") + b"\n")


def _licences(readme: Path) -> dict[str, dict[str, str]]:
    """Read source and licence of each table from the folder's description."""
    if not readme.is_file():
        raise LexicaError(
            "the tables' description is missing", str(readme), "write their sources and licences there"
        )
    found = {}
    for line in readme.read_text("utf-8").splitlines():
        cells_of_line = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells_of_line) == 7 and cells_of_line[0].endswith(".tsv.gz"):
            found[cells_of_line[0]] = {"source": cells_of_line[4], "licence": cells_of_line[5]}
    last: dict[str, str] = {}
    for name, values in found.items():
        for column, value in values.items():
            # "same" refers to the row before.
            values[column] = last.get(column, value) if value.startswith("same") else value
        last = values
        found[name] = values
    return found
