"""Which concept of the shipped vocabulary is narrower than which: made from the same tables.

A row of `broader.tsv.gz` is `narrower`, `broader`, `relation`, by CURIE: `member` (of a family or a drug
class), `part` (of a combination of drugs), `kind` (a disease, a cell), `arm` (of a miRNA named without one).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.training.tables import Concept, Tables, extra

BROADER = "broader.tsv.gz"
_MACROPHAGE = "cl:0000235"
_ARM = re.compile(r"-[35]p$")

Row = tuple[str, str, str]


def broader_rows(tables: Tables, found: Iterable[Concept]) -> Iterator[Row]:
    """Yield (narrower, broader, relation) between concepts of the knowledge base.

    Parameters
    ----------
    tables
        The tables that the concepts were made of.
    found
        All concepts.
    """
    concepts = {concept.id: concept for concept in found}
    shipped = {xref: concept.id for concept in concepts.values() for xref in sorted(concept.xrefs)}
    shipped |= {curie: curie for curie in concepts}
    symbols = {c.name: curie for curie, c in concepts.items() if curie.startswith("hgnc:")}
    rows = [*_families(tables, symbols), *_drugs(tables), *_cancers(tables), *_cells(tables, concepts)]
    for narrower, broader, relation in rows:
        if narrower in shipped and broader in shipped and shipped[narrower] != shipped[broader]:
            yield shipped[narrower], shipped[broader], relation
    for curie, concept in concepts.items():
        if curie.startswith("mirbase.mature:") and _ARM.search(concept.name):
            yield curie, f"tamrex.mirna:{_ARM.sub('', concept.name)}", "arm"


def _families(tables: Tables, symbols: dict[str, str]) -> Iterator[Row]:
    for row in tables("famplex"):
        for member in extra(row, "members").split(","):
            yield member, row["id"], "member"
    for row in tables("gene_groups_hgnc"):
        for symbol in extra(row, "members").split(","):
            yield symbols.get(symbol, ""), row["id"], "member"


def _drugs(tables: Tables) -> Iterator[Row]:
    members: dict[str, set[str]] = {}
    for row in tables("drugclasses_oncology_curated"):
        members[row["id"]] = {m.rpartition("=")[2] for m in extra(row, "members").split(",") if "=" in m}
    for name, drugs in members.items():
        for drug in drugs:
            yield drug, name, "member"
        for other, wider in members.items():
            if drugs and drugs < wider:
                yield name, other, "member"
    for row in tables("drug_regimens_mesh"):
        for drug in extra(row, "mapped_to").split(","):
            # The protocols' own heading is no drug.
            if drug != "mesh:D000971":
                yield drug, row["id"], "part"


def _cancers(tables: Tables) -> Iterator[Row]:
    for table in ("cancers_mondo_neoplasm", "cancers_doid"):
        for row in tables(table):
            for parent in extra(row, "parents").split(","):
                yield row["id"], parent, "kind"
    for row in tables("cancers_oncotree"):
        yield row["id"], f"oncotree:{extra(row, 'parent')}", "kind"
    numbers = {number: row["id"] for row in tables("cancers_mesh_c04") for number in _tree(row)}
    for number, curie in numbers.items():
        yield curie, numbers.get(number.rpartition(".")[0], ""), "kind"


def _tree(row: dict[str, str]) -> list[str]:
    return extra(row, "tree").split(",")


def _cells(tables: Tables, concepts: dict[str, Concept]) -> Iterator[Row]:
    for row in tables("cells_cl"):
        for parent in extra(row, "parents").split(","):
            yield row["id"], parent, "kind"
    for curie, concept in concepts.items():
        if concept.kind == "macrophage" and not curie.startswith("cl:"):
            yield curie, _MACROPHAGE, "kind"
