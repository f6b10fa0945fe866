"""Make the list of further terms that the recogniser's features know, from a folder of lexica.

They have no concept in the knowledge base (diseases other than cancers, chemicals that are no drugs, tissues,
organisms, procedures): it is enough to know what kind of thing a word may be.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from extractors.normalisation import fold, name_key
from extractors.training.tables import Tables, extra, values_of

_TREES = (
    ("D", re.compile(r"C\d")),  # diseases
    ("h", re.compile(r"D0[1-7]|D09|D1[03-9]|D20|D2[56]")),  # chemicals
    ("P", re.compile(r"D08|D12|D23")),  # enzymes, proteins, biological factors
    ("x", re.compile(r"D27")),  # actions of chemicals
    ("y", re.compile(r"A11")),  # cells
    ("A", re.compile(r"A(?!11)\d")),  # anatomy
    ("s", re.compile(r"B\d")),  # organisms
    ("E", re.compile(r"E\d")),  # procedures
    ("B", re.compile(r"G\d")),  # phenomena
)
"""Letter of a category to the branches of MeSH's tree that it stands for."""
_TABLES = {
    "drugs_chebi_subset": "h",
    "cells_cl": "y",
    "famplex": "P",
    "gene_groups_hgnc": "P",
    "complexes_complexportal_human": "P",
    "celllines_cellosaurus_names_2020": "l",
}
_MESH = "mesh_descriptors_ABCDEG"
_LENGTHS = range(3, 61)
_WORDY = frozenset("l")
"""Letters of kinds whose names are often ordinary words: those are left out."""


def term_keys(tables: Tables) -> dict[str, str]:
    """Return keys of names with the letters of what they may be, sorted."""
    words = frozenset(row["name"].lower() for row in tables("english_words_scowl_small"))
    found: dict[str, set[str]] = {}
    for name, letter in _names(tables):
        key = name_key(fold(name))
        if len(key) in _LENGTHS and not key.isdigit() and not (letter in _WORDY and key in words):
            found.setdefault(key, set()).add(letter)
    return {key: "".join(sorted(letters)) for key, letters in sorted(found.items())}


def _names(tables: Tables) -> Iterator[tuple[str, str]]:
    for row in tables(_MESH):
        branches = extra(row, "tree").split(",")
        letters = [letter for letter, tree in _TREES if any(tree.match(branch) for branch in branches)]
        for name in (row["name"], *values_of(row, "synonyms")):
            head, comma, rest = name.partition(", ")
            turned = [f"{rest} {head}"] if comma and ", " not in rest else []
            for form in (name, *turned):
                yield from ((form, letter) for letter in letters)
    for table, letter in _TABLES.items():
        for row in tables(table):
            for name in (row["name"], *values_of(row, "synonyms")):
                yield name, letter


def write_terms(terms: Mapping[str, str], path: Path) -> None:
    """Write the terms that `term_keys` gave, the same bytes each time."""
    lines = "".join(f"{key}\t{letters}\n" for key, letters in terms.items())
    path.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
